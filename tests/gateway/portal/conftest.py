"""A gateway with the services' real documents, peers behind it, and somebody at its portal."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.stack.stores import Store
from tests.gateway import peer
from tests.gateway.accounts.visitor import Browser, Clock, Person, enrolled, ticking
from tests.gateway.conftest import ISSUER, KEK, House, seeded
from tests.support.asgi import settings_for

SCOPES = ("persons:read", "persons:write", "persons:search", "coverage:read", "courses:read", "events:subscribe")


@pytest.fixture
async def house(gateway_database: Store) -> AsyncIterator[House]:
    """A gateway as it is published, in front of one peer that stands for every service."""
    async with peer.running() as one:
        urls = {f"{name}_url": one.url for name in ("registry", "health", "training")}
        more = {"key_encryption_key": KEK, "issuer": ISSUER, "allow_local_webhooks": True, **urls}
        gateway = create_app(GatewaySettings(**settings_for(gateway_database, **more)))
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield House(gateway, client, one, one, one, await seeded(gateway))
        for _, upstream in gateway.upstreams.values():
            await upstream.close()
        await gateway.state.database.close()


@pytest.fixture
def hour(house: House) -> Clock:
    """The pages' clock, set to now: the tokens that the portal writes are looked at by the real one."""
    clock = ticking(house.gateway)
    clock.at = datetime.now(UTC)
    return clock


async def signed_in(house: House, hour: Clock, username: str = "amina", **more: Any) -> Browser:
    """Return the browser of somebody with both factors."""
    values = {"organisation": "integrator", "scopes": SCOPES} | more
    person: Person = await enrolled(house.gateway, hour, username, **values)
    browser = Browser.opened(house.gateway)
    await browser.sign_in(person, hour.at, onward="/portal")
    assert browser.path == "/portal", browser.page.text
    hour.at = datetime.now(UTC)  # enrolling took a minute of it, and the door's own clock has not moved
    return browser


@pytest.fixture
async def browser(house: House, hour: Clock) -> AsyncIterator[Browser]:
    """The browser of somebody of the integrators."""
    opened = await signed_in(house, hour)
    yield opened
    await opened.client.aclose()
