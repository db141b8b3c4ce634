"""Following a feed over real HTTP: every change takes effect once and in order, whatever breaks."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import follower
from services.background.follower import Apply, Follower
from services.kit import http
from services.kit.database import Database
from services.stack.stores import Store
from tests.kit.feed import CREDENTIALS, Feed, applied, apply, prepare
from tests.kit.serving import serving
from tests.kit.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def feed(notes_store: Store) -> Feed:
    """A feed, and a store ready to take what it brings."""
    prepare(notes_store)
    return Feed()


@pytest.fixture
async def url(feed: Feed) -> AsyncIterator[str]:
    """Where the feed is."""
    async with serving(feed.app) as served:
        yield served


def following(database: Database, url: str, how: Apply = apply) -> Follower:
    return Follower(database, gateway_url=url, credentials=CREDENTIALS, purpose="TRAINING", apply=how)


@asynccontextmanager
async def running(*followers: Follower) -> AsyncIterator[None]:
    """Let followers run, and stop them at the end as a worker does."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(one.run(stopping)) for one in followers]
    yield
    stopping.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)


async def until_applied(store: Store, count: int, *, within_s: float = 15) -> list[int]:
    await until(lambda: len(applied(store)) >= count, within_s=within_s)
    return applied(store)


def cursor(store: Store) -> Any:
    with psycopg.connect(store.admin_url) as connection:
        return connection.execute("SELECT cursor, caught_up_at IS NOT NULL FROM feed_cursor").fetchone()


async def test_pages_are_applied_in_order_and_the_cursor_moves_with_them(
    feed: Feed, url: str, database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "BATCH", 4)
    feed.last = 10
    one = following(database, url)
    async with http.client(url) as peer:
        assert await one.step(peer) == 4
        assert cursor(notes_store) == ("4.0", False)
        assert [await one.step(peer) for _ in range(3)] == [4, 2, 0]
    assert applied(notes_store) == list(range(1, 11))
    assert cursor(notes_store) == ("10.0", True)
    assert next(feed.tokens_given) == 2  # one token served every page
    assert feed.purposes == {"TRAINING"}
    assert feed.asked[0] == {"after": "0.0", "limit": "4", "wait": "0"}


async def test_what_happens_while_the_feed_is_followed_comes_through_at_once(
    feed: Feed, url: str, database: Database, notes_store: Store
) -> None:
    async with running(following(database, url)):
        for last in (1, 5, 6):
            feed.last = last
            assert await until_applied(notes_store, last, within_s=8) == list(range(1, last + 1))
    assert all(query["wait"] == "20" for query in feed.asked)


async def test_an_expired_token_is_replaced(feed: Feed, url: str, database: Database, notes_store: Store) -> None:
    feed.last = 3
    async with running(following(database, url)):
        await until_applied(notes_store, 3)
        feed.tokens.clear()
        for feed.last in (4, 5):  # the first is told by the request that is already waiting
            assert await until_applied(notes_store, feed.last) == list(range(1, feed.last + 1))
    assert next(feed.tokens_given) == 3


async def test_a_feed_in_trouble_is_asked_less_and_less_often(
    feed: Feed, url: str, database: Database, notes_store: Store
) -> None:
    feed.last, feed.trouble = 3, [500, 503, 502]
    started = time.monotonic()
    async with running(following(database, url)):
        assert await until_applied(notes_store, 3) == [1, 2, 3]
    assert time.monotonic() - started >= 0.5 + 1 + 2
    assert len(feed.asked) <= 5


@pytest.mark.parametrize(
    ("trouble", "token_trouble"),
    [
        (500, None),
        (204, None),
        ({"items": []}, None),
        (["items"], None),
        (None, 401),
        (None, {"token": "x"}),
        (None, {"access_token": None}),
        (None, "token"),
    ],
)
async def test_an_answer_that_is_no_page_is_a_connection_error_and_moves_nothing(
    feed: Feed, url: str, database: Database, notes_store: Store, trouble: Any, token_trouble: Any
) -> None:
    feed.last = 3
    feed.trouble = [] if trouble is None else [trouble]
    feed.token_trouble = [] if token_trouble is None else [token_trouble]
    one = following(database, url)
    async with http.client(url) as peer:
        with pytest.raises(ConnectionError):
            await one.step(peer)
        assert applied(notes_store) == []
        assert await one.step(peer) == 3


async def test_a_page_that_cannot_be_applied_is_undone_and_tried_again(
    feed: Feed, url: str, database: Database, notes_store: Store
) -> None:
    feed.last = 3
    tries = 0

    async def clumsy(session: AsyncSession, items: Any) -> None:
        nonlocal tries
        tries += 1
        await apply(session, items)
        if tries == 1:
            raise ValueError("a fact that nobody understands")

    async with running(following(database, url, clumsy)):
        assert await until_applied(notes_store, 3) == [1, 2, 3]
    assert tries == 2


async def test_a_defect_of_the_application_ends_the_follower(feed: Feed, url: str, database: Database) -> None:
    feed.last = 1

    async def broken(session: AsyncSession, items: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await following(database, url, broken).run(asyncio.Event())


async def test_two_followers_of_one_store_apply_each_change_once(
    feed: Feed, url: str, database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "BATCH", 7)
    feed.last = 200
    second = Database(notes_store.url, pool_size=2)
    async with running(following(database, url), following(second, url)):
        await until_applied(notes_store, 200)
        feed.last = 260
        await until_applied(notes_store, 260)
    await second.close()
    assert applied(notes_store) == list(range(1, 261))


async def test_a_follower_killed_between_reading_and_committing_leaves_its_page_to_the_next(
    feed: Feed, url: str, database: Database, notes_store: Store, tmp_path: Path
) -> None:
    feed.last = 20
    sign = tmp_path / "applied"
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kit.doomed_follower", notes_store.url, url, str(sign), cwd=ROOT
    )
    await until(sign.exists)
    doomed.send_signal(signal.SIGKILL)
    await doomed.wait()
    assert applied(notes_store) == []
    async with running(following(database, url)):
        assert await until_applied(notes_store, 20) == list(range(1, 21))


async def test_stopping_leaves_a_waiting_feed_at_once(feed: Feed, url: str, database: Database) -> None:
    stopping = asyncio.Event()
    task = asyncio.create_task(following(database, url).run(stopping))
    await until(lambda: bool(feed.asked))
    await asyncio.sleep(0.1)
    stopping.set()
    async with asyncio.timeout(15):  # the feed would have been waited for 20 s
        await task
    await following(database, url).run(stopping)  # already told to stop: nothing to do


async def test_a_feed_that_does_not_wait_is_not_asked_without_end(feed: Feed, url: str, database: Database) -> None:
    feed.waits = False
    async with running(following(database, url)):
        await asyncio.sleep(1)
    assert 1 <= len(feed.asked) <= 6


async def test_a_gateway_that_is_away_is_waited_for(database: Database, notes_store: Store, feed: Feed) -> None:
    async with serving(feed.app) as gone:
        pass
    feed.last = 1
    stopping = asyncio.Event()
    task = asyncio.create_task(following(database, gone).run(stopping))
    await asyncio.sleep(0.3)
    assert not task.done()
    stopping.set()
    await task
    assert applied(notes_store) == []


async def test_a_follower_that_gives_its_own_tokens_makes_one_for_each_page_and_keeps_a_cursor_of_its_own(
    feed: Feed, url: str, database: Database, notes_store: Store
) -> None:
    given: list[str] = []

    async def give() -> str:
        given.append(f"own-{len(given)}")
        feed.tokens.add(given[-1])
        return given[-1]

    feed.last = 2
    one = Follower(database, gateway_url=url, credentials=give, purpose="TRAINING", apply=apply, source="other")
    async with http.client(url) as peer:
        assert [await one.step(peer) for _ in range(2)] == [2, 0]
    assert given == ["own-0", "own-1"]
    with psycopg.connect(notes_store.admin_url) as connection:
        assert connection.execute("SELECT source, cursor FROM feed_cursor").fetchall() == [("other", "2.0")]


async def test_a_token_may_come_from_another_issuer(
    feed: Feed, url: str, database: Database, notes_store: Store
) -> None:
    feed.last, issuer = 2, Feed()
    feed.tokens = issuer.tokens
    async with serving(issuer.app) as elsewhere, http.client(url) as peer:
        one = Follower(
            database,
            gateway_url=url,
            credentials=CREDENTIALS,
            purpose="TRAINING",
            apply=apply,
            token_url=f"{elsewhere}/oauth2/token",
        )
        assert await one.step(peer) == 2
    assert applied(notes_store) == [1, 2]
    assert (next(issuer.tokens_given), next(feed.tokens_given)) == (2, 1)
