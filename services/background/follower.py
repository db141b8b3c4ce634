"""Follow another service's change feed, each change taking effect exactly once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.kit import clock, http
from services.kit.database import Database
from services.kit.logs import log

SOURCE = "registry"
BATCH = 500
WAIT_S = 20
LONGEST_PAUSE_S = 30.0
IDLE_PAUSE_S = 0.2
UNAUTHORISED = 401
Item = Mapping[str, Any]
GiveToken = Callable[[], Awaitable[str]]
Apply = Callable[[AsyncSession, Sequence[Item]], Awaitable[None]]


class Follower:
    """Read `/v1/changes` page by page; apply each page and move the cursor in one transaction.

    Args:
        database: The store that keeps the cursor and what is applied.
        gateway_url: Where the feed is read.
        credentials: client_id and client_secret of this follower, or what gives a token for each page.
        purpose: Decides which facts the feed carries.
        apply: Takes a page of feed items, idempotently.
        source: The feed's name, under which the cursor is kept.
        token_url: Where the credentials buy a token; elsewhere than at the gateway where it trusts another issuer.
    """

    def __init__(
        self,
        database: Database,
        *,
        gateway_url: str,
        credentials: tuple[str, str] | GiveToken,
        purpose: str,
        apply: Apply,
        source: str = SOURCE,
        token_url: str = "/oauth2/token",  # noqa: S107  # an address
    ) -> None:
        self._token_url = token_url
        self._database, self._apply, self._purpose, self._source = database, apply, purpose, source
        self._gateway_url, self._credentials = gateway_url, credentials
        self._token: str | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow until told to stop; wait longer after each failure in a row."""
        pause = 0.5
        async with http.client(self._gateway_url, timeout_s=WAIT_S + 10) as peer:
            while not stopping.is_set():
                try:
                    moved = await _unless(stopping, self.step(peer, wait_s=WAIT_S))
                    pause = 0.5
                    if not moved:  # a feed that does not wait must not be asked without end
                        await _unless(stopping, asyncio.sleep(IDLE_PAUSE_S))
                except (http.HttpError, OSError, SQLAlchemyError, ValueError) as error:
                    log.warning("feed_interrupted", error=type(error).__name__)
                    await _unless(stopping, asyncio.sleep(pause))
                    pause = min(pause * 2, LONGEST_PAUSE_S)

    async def step(self, peer: Any, *, wait_s: int = 0) -> int:
        """Read and apply one page; return how many changes it held.

        Raises:
            ConnectionError: The gateway refuses, or answers something else than a page.
            HttpError: The gateway does not answer.
        """
        async with self._database.sessions.begin() as session:
            cursor = await changes.cursor_of(session, self._source)
        page = await self._read(peer, cursor, wait_s)
        async with self._database.sessions.begin() as session:
            if await changes.cursor_of(session, self._source) != cursor:
                return 0
            items = page["items"]
            if items:
                await self._apply(session, items)
            caught_up_at = clock.now() if page["caught_up"] else None
            await changes.move_cursor(session, self._source, page["next"] or cursor, caught_up_at=caught_up_at)
        return len(items)

    async def _read(self, peer: Any, cursor: str, wait_s: int) -> dict[str, Any]:
        if not isinstance(self._credentials, tuple):
            self._token = await self._credentials()
        elif self._token is None:
            self._token = await self._fetch_token(peer, self._credentials)
        response = await peer.get(
            "/v1/changes",
            params={"after": cursor, "limit": BATCH, "wait": wait_s},
            headers={"authorization": f"Bearer {self._token}", "purpose": self._purpose},
        )
        if response.status_code == UNAUTHORISED:
            self._token = None
        if response.status_code != 200:  # noqa: PLR2004  # HTTP's OK
            raise ConnectionError(f"feed answered {response.status_code}")
        page = response.json()
        if not isinstance(page, dict) or not page.keys() >= {"items", "next", "caught_up"}:
            raise ConnectionError("feed answered something else than a page")
        return page

    async def _fetch_token(self, peer: Any, credentials: tuple[str, str]) -> str:
        response = await peer.post(self._token_url, data={"grant_type": "client_credentials"}, auth=credentials)
        if response.status_code != 200:  # noqa: PLR2004  # HTTP's OK
            raise ConnectionError(f"token endpoint answered {response.status_code}")
        answer = response.json()
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise ConnectionError("token endpoint answered something else than a token")
        return str(answer["access_token"])


async def _unless(stopping: asyncio.Event, work: Awaitable[Any]) -> Any:
    """Await the work and return what it gives, or leave it as soon as the process is told to stop."""
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, stop):
            one.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)
