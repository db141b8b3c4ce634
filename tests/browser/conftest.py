"""A gateway on a real socket, and the browser that this machine has."""

import asyncio
import shutil
import socket
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no stubs
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright
from sqlalchemy import update
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from services.gateway.access.domain.accounts import Invitation
from services.gateway.access.operations.invite_account import invite_account
from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.access.store.tables import clients as tables
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.kit.database import Database
from services.stack.stores import Store
from tests.support.asgi import settings_for
from tests.support.serving import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]
SCREENS = Path("/tmp/indimaj-screens")  # noqa: S108  # for whoever looks at the pages while working on them
Answer = TypeVar("Answer")
_WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


def pytest_report_header() -> str:
    """Say why the pages are not looked at, where they are not."""
    return f"pages are looked at in {CHROMIUM}" if CHROMIUM else "no Chromium on PATH: tests/browser is left out"


def beside(work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """Run a coroutine in a thread: Playwright has an event loop of its own in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


@dataclass
class Site:
    """The gateway as a browser reaches it, and a client's own site.

    Attributes:
        base: The gateway.
        callback: Where the client `ministry` lets people be sent back to.
    """

    base: str
    callback: str
    url: str

    def invite(self, username: str, **more: Any) -> Invitation:
        """Make an account with an invitation."""
        values = {"organisation": "ministry", "display_name": "Amina El Idrissi", "language": "fr"} | more

        async def make() -> Invitation:
            database = Database(self.url, pool_size=2)
            async with database.sessions.begin() as session:
                made = await invite_account(
                    session,
                    username=username,
                    scopes=["persons:read", "coverage:read", "steering:read"],
                    at=datetime.now(UTC),
                    **values,
                )
            await database.close()
            return made

        return beside(make)


@dataclass
class Screen:
    """A page in the browser, and what went wrong on it.

    Attributes:
        foreign: Requests to other origins.
        told: What the browser complained about.
    """

    page: Page
    site: Site
    foreign: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def watch(self) -> "Screen":
        """Begin to note what goes wrong."""
        self.page.add_init_script(_WATCH)
        self.page.on("request", self._note)
        self.page.on("console", lambda line: self.told.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        return self

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.site.base, self.site.callback, "data:")):
            self.foreign.append(request.url)

    def is_sound(self, name: str) -> None:
        """Look at the page as it stands: readable for all, nothing blocked, nothing from elsewhere."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert self.page.evaluate("window.__violations") == [], name
        assert self.told == [], name
        assert self.foreign == [], name
        width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{name} is wider than the screen: {width}"
        if SCREENS.is_dir():
            self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


@pytest.fixture
def site(gateway_database: Store) -> Iterator[Site]:
    """A gateway at a name, so that passkeys can be made for it."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://localhost:{listener.getsockname()[1]}"
    settings = GatewaySettings(**settings_for(gateway_database, key_encryption_key="33" * 32, issuer=base))
    with served(_arrived) as client:
        beside(lambda: _seed(gateway_database.url, f"{client}/callback"))
        with served(create_app(settings), listener):
            yield Site(base, f"{client}/callback", gateway_database.url)


@pytest.fixture(scope="module")
def playing() -> Iterator[Playwright]:
    """The driver of the browser; it ends with the module, for its event loop is in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playing: Playwright) -> Iterator[Browser]:
    """The browser."""
    launched = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
    yield launched
    launched.close()


async def _seed(url: str, callback: str) -> None:
    database = Database(url, pool_size=2)
    async with database.sessions.begin() as session:
        await seed_demo_clients(session, environment="test", at=datetime.now(UTC))
        await session.execute(
            update(tables.client)
            .where(tables.client.c.id == "ministry")
            .values(redirect_uris=[callback], grant_types=["authorization_code", "refresh_token"])
        )
    await database.close()


async def _arrived(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand for a client's site."""
    if scope["type"] == "http":
        await HTMLResponse("<!doctype html><title>arrived</title>")(scope, receive, send)
        return
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
