"""A small real change feed behind a token endpoint, for followers to follow; it can be away, lie, or not wait."""

import asyncio
import itertools
from typing import Any

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.background.follower import Item
from services.stack.stores import Store

CREDENTIALS = ("training-worker", "s3cret")


class Feed:
    """Numbered changes, each one's cursor its number.

    Attributes:
        trouble: Statuses, or whole answers, given instead of the next pages.
        waits: Whether the feed holds an empty answer back as long as it is asked to.
        asked: The query of every request for a page.
    """

    def __init__(self) -> None:
        self.last = 0
        self.trouble: list[Any] = []
        self.token_trouble: list[Any] = []
        self.waits = True
        self.asked: list[dict[str, str]] = []
        self.purposes: set[str | None] = set()
        self.tokens: set[str] = set()
        self.tokens_given = itertools.count(1)
        self.app = FastAPI()
        self.app.post("/oauth2/token")(self._token)
        self.app.get("/v1/changes")(self._changes)

    async def _token(self, request: Request) -> Any:
        if self.token_trouble:
            return _answer(self.token_trouble.pop(0))
        assert await request.body() == b"grant_type=client_credentials"
        assert request.headers["authorization"].startswith("Basic ")
        token = f"token-{next(self.tokens_given)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300}

    async def _changes(self, request: Request, after: str, limit: int, wait: int) -> Any:
        self.asked.append(dict(request.query_params))
        self.purposes.add(request.headers.get("purpose"))
        if request.headers["authorization"].removeprefix("Bearer ") not in self.tokens:
            return Response(status_code=401)
        if self.trouble:
            return _answer(self.trouble.pop(0))
        start = int(after.partition(".")[0])
        for _ in range(wait * 50 if self.waits else 0):
            if self.last > start:
                break
            await asyncio.sleep(0.02)
        end = min(self.last, start + limit)
        items = [{"cursor": f"{n}.0", "id": n} for n in range(start + 1, end + 1)]
        return {"items": items, "next": f"{end}.0" if items else None, "caught_up": end == self.last}


def _answer(trouble: Any) -> Response:
    return Response(status_code=trouble) if isinstance(trouble, int) else JSONResponse(trouble)


def prepare(store: Store) -> None:
    """Make the table that takes what is applied; nothing in it hides a change that is applied twice."""
    with psycopg.connect(store.admin_url) as connection:
        connection.execute("CREATE TABLE applied (place int GENERATED ALWAYS AS IDENTITY, id int)")
        connection.execute("GRANT ALL ON applied TO notes_app")


async def apply(session: AsyncSession, items: Any) -> None:
    """Note down what was applied, in its order."""
    for item in items:
        await session.execute(text("INSERT INTO applied (id) VALUES (:id)"), {"id": _number(item)})


def _number(item: Item) -> int:
    return int(item["id"])


def applied(store: Store) -> list[int]:
    """Return what was applied, in the order in which it was."""
    with psycopg.connect(store.admin_url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM applied ORDER BY place")]
