"""`Idempotency-Key` on every POST: 64 identical requests at once have one effect, and all are told the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from time import sleep
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest

from services.gateway.access.operations.create_client import create_client
from services.kit.database import Database
from tests.contract import erasing, family, posts, rights
from tests.contract.partners import ORGANISATIONS, Partner, agree
from tests.contract.posts import OF_OAUTH, SHOWN_ONCE, WITHOUT_EFFECT, Post, World
from tests.contract.walking import operations
from tests.support.server import Databases
from tests.support.system import System, running_system

POSTS = {**posts.POSTS, **family.POSTS, **rights.POSTS, **erasing.POSTS}
AT_ONCE = 64
MOST_TRIES = 400
PASSING = frozenset({429, 503})
"""Limits and load shedding: the request was not looked at."""

NO_EFFECT = ("audit", "limit", "rate", "idempotency_key", "access_token", "grant", "dpop", "trail")
"""Tables that count requests, not effects."""


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    """The whole system."""
    with running_system(databases) as running:
        yield running


@pytest.fixture(scope="module")
def http(system: System) -> Iterator[httpx.Client]:
    """Connections for as many at once."""
    # A connection for each request: among threads, httpcore's pool may end one that rests just as another takes it.
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
    with httpx.Client(base_url=system.base_url, timeout=120, limits=limits) as opened:
        yield opened


@pytest.fixture(scope="module")
def world(system: System, http: httpx.Client) -> World:
    """A partner with rows of every kind, and two who administer partners."""
    issued = asyncio.run(agree(system))
    name = ORGANISATIONS[0]
    partner = Partner(http, name, issued[name])
    partner.settle()
    first, second = (Partner(http, *known) for known in asyncio.run(administrators(system, "world")))
    many = {"units": 100_000, "window_s": 60, "burst": 100_000}
    for name in ("bulk", "admin"):  # subscriptions belong to `admin`
        limit = f"/v1/partners/{partner.rows['partner']}/limits/{name}"
        raised = first.ask("PUT", limit, json=many, headers={"if-match": '"v0"'})
        assert raised.status_code in {200, 201}, raised.text
    return World(system, partner, first, second)


async def administrators(system: System, operation: str) -> list[tuple[str, str]]:
    """Make two clients of the ministry for one operation, so that each has limits of its own."""
    database = Database(system.stores["gateway"].url)
    async with database.sessions.begin() as session:
        made = [
            await create_client(
                session,
                client_id=f"{who}-{operation.replace('_', '-')}"[:64],
                organisation="ministry",
                scopes=["partners:admin"],
                at=datetime.now(UTC),
            )
            for who in ("first", "second")
        ]
    await database.close()
    return [(one.client_id, one.client_secret) for one in made]


def effects(system: System) -> dict[str, int]:
    """Count the rows of every table of every store that holds effects."""
    found = {}
    for store, there in system.stores.items():
        with psycopg.connect(there.admin_url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                if not table.startswith(NO_EFFECT):
                    row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
                    found[f"{store}.{table}"] = row[0] if row else 0
    return found


def more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - count for table, count in before.items() if after[table] != count}


def send(post: Post, key: str, *, other: bool = False) -> httpx.Response:
    """Send a POST under a key until it is answered: while the first one runs, and past limits, it is sent again."""
    options = post.options(other)
    headers = {**options.pop("headers", {}), "idempotency-key": key}
    for _ in range(MOST_TRIES):
        answer = post.by.ask("POST", post.path, purpose=post.purpose, headers=headers, **options)
        running = answer.status_code == 409 and answer.json()["code"] == "idempotency-key-in-progress"
        if not running and answer.status_code not in PASSING:
            return answer
        sleep(1.0 if answer.status_code == 429 else 0.2)
    return answer


def told(answer: httpx.Response) -> tuple[int, bytes, list[str | None]]:
    """Return all that an answer says of the effect; byte for byte, unless a secret is in it that is shown once."""
    body = answer.content
    if any(f'"{name}"' in answer.text for name in SHOWN_ONCE):
        body = orjson.dumps({**answer.json(), **dict.fromkeys(SHOWN_ONCE)}, option=orjson.OPT_SORT_KEYS)
    return answer.status_code, body, [answer.headers.get(name) for name in ("location", "etag", "content-type")]


def all_at_once(post: Post, key: str) -> list[httpx.Response]:
    barrier = Barrier(AT_ONCE)

    def one(_number: int) -> httpx.Response:
        barrier.wait()
        return send(post, key)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_every_post_is_tried_here(system: System) -> None:
    posts = {found.name for found in operations(system.document) if found.method == "POST"}
    missing = posts - set(POSTS) - WITHOUT_EFFECT - OF_OAUTH
    assert not missing, "say in posts.py how to try these"
    assert set(POSTS) <= posts


@pytest.mark.parametrize("operation", POSTS)
def test_64_identical_requests_have_one_effect(
    system: System, world: World, http: httpx.Client, operation: str
) -> None:
    of_admins = asyncio.run(administrators(system, operation))
    world.first, world.second = (Partner(http, name, secret) for name, secret in of_admins)
    alone, crowded = POSTS[operation](world), POSTS[operation](world)
    before = effects(system)
    single = send(alone, str(uuid4()))
    assert single.status_code in {200, 201, 202, 204}, f"{alone.path}: {single.status_code} {single.text}"
    between = effects(system)
    key = str(uuid4())
    answers = all_at_once(crowded, key)
    after = effects(system)
    first = next(answer for answer in answers if "idempotent-replayed" not in answer.headers)
    for answer in answers:
        assert told(answer) == told(first)
    assert first.status_code == single.status_code
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert more(between, after) == more(before, between)
    again = send(crowded, key)
    assert (told(again), again.headers.get("idempotent-replayed")) == (told(first), "true")
    another = send(crowded, key, other=True)
    assert (another.status_code, another.json()["code"]) == (422, "idempotency-key-reused")
    assert effects(system) == after
