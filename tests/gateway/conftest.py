"""A gateway on a database of its own, in front of three peers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.app import Gateway, create_app
from services.gateway.settings import GatewaySettings
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.support.asgi import settings_for

ISSUER = "https://indimaj.test"
KEK = "33" * 32


@dataclass
class House:
    """The gateway and its peers."""

    gateway: Gateway
    client: httpx.AsyncClient
    registry: peer.Peer
    health: peer.Peer
    training: peer.Peer
    secrets: dict[str, str]

    async def token(self, client_id: str = "integrator", scope: str | None = None) -> str:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        auth = (client_id, self.secrets[client_id])
        response = await self.client.post("/oauth2/token", data=form, auth=auth)
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    async def headers(
        self, client_id: str = "integrator", scope: str | None = None, purpose: str | None = "REGISTRATION"
    ) -> dict[str, str]:
        found = {"authorization": f"Bearer {await self.token(client_id, scope)}"}
        return found | ({"purpose": purpose} if purpose else {})


def gateway_settings(store: Store, folder: Path, **more: Any) -> GatewaySettings:
    """Return settings on a test database."""
    values = {"key_encryption_key": KEK, "issuer": ISSUER, "openapi_dir": folder, **more}
    return GatewaySettings(**settings_for(store, **values))


async def seeded(gateway: Gateway) -> dict[str, str]:
    """Make the demo clients; return their secrets."""
    async with gateway.state.database.sessions.begin() as session:
        issued = await seed_demo_clients(session, environment="test", at=datetime.now(UTC))
    return {client.client_id: client.client_secret for client in issued}


Build = Callable[..., Awaitable[House]]


@pytest.fixture(params=["pool", "reqwest"])
def upstream(request: pytest.FixtureRequest) -> str:
    """Name the client that speaks to the services: every test of forwarding runs on both."""
    return str(request.param)


@pytest.fixture
async def house(gateway_database: Store, tmp_path: Path, upstream: str) -> AsyncIterator[House]:
    """A gateway in-process, with peers that answer `{}`."""
    async with peer.running() as registry, peer.running() as health, peer.running() as training:
        settings = gateway_settings(
            gateway_database,
            published.write(tmp_path / "openapi"),
            registry_url=registry.url,
            health_url=health.url,
            training_url=training.url,
            upstream=upstream,
        )
        gateway = create_app(settings)
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield House(gateway, client, registry, health, training, await seeded(gateway))
        for _, one in gateway.upstreams.values():
            await one.close()
        await gateway.state.database.close()
