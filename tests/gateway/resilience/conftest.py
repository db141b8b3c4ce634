"""A gateway whose roads to its services lead through fault proxies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import pytest

from services.gateway.app import Gateway, create_app
from services.gateway.forwarding.clients.guarded import Guarded
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.gateway.conftest import ISSUER, House, gateway_settings, seeded
from tests.support.fault_proxy import FaultProxy, between

DEADLINE_S = 0.8
COMPOSED_S = 2.0
OPEN_S = 0.3
MINIMUM = 6
LATE_S = 1.5
"""How late an answer may be on a busy machine."""


@dataclass
class Siege:
    """The gateway, its peers, and what stands between them."""

    house: House
    registry: FaultProxy
    health: FaultProxy
    training: FaultProxy
    headers: dict[str, str]

    @property
    def gateway(self) -> Gateway:
        return self.house.gateway

    def guard(self, service: str = "registry") -> Guarded:
        guard = self.gateway.upstreams[service][1]
        assert isinstance(guard, Guarded)
        return guard

    async def get(self, path: str = "/v1/persons/abc") -> tuple[int, float, httpx.Response]:
        """Ask; return the status, the seconds it took, and the answer."""
        started = perf_counter()
        response = await self.house.client.get(path, headers=self.headers)
        return response.status_code, perf_counter() - started, response

    async def storm(self, calls: int, path: str = "/v1/persons/abc") -> list[tuple[int, float, httpx.Response]]:
        """Ask many times at once."""
        return await asyncio.gather(*(self.get(path) for _ in range(calls)))

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        for _ in range(200):
            if not any(guard.running or guard.waiting for guard in map(self.guard, self.gateway.upstreams)):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("calls are still under way")


@pytest.fixture
def policy() -> dict[str, Any]:
    """Settings that a test may replace."""
    return {}


@pytest.fixture
async def siege(gateway_database: Store, tmp_path: Path, upstream: str, policy: dict[str, Any]) -> AsyncIterator[Siege]:
    """A gateway with short deadlines and a quick breaker, behind proxies that do nothing yet."""
    async with (
        peer.running() as registry, peer.running() as health, peer.running() as training,
        between(registry.port) as to_registry, between(health.port) as to_health, between(training.port) as to_training,
    ):  # fmt: skip
        settings = gateway_settings(
            gateway_database,
            published.write(tmp_path / "openapi"),
            registry_url=to_registry.url,
            health_url=to_health.url,
            training_url=to_training.url,
            upstream=upstream,
            breaker_minimum=MINIMUM,
            breaker_open_s=OPEN_S,
            **policy,
        )
        gateway = create_app(settings)
        for operation in gateway.table.operations:
            deadline_s = DEADLINE_S if operation.service in gateway.upstreams else COMPOSED_S
            object.__setattr__(operation, "deadline_s", deadline_s)
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            house = House(gateway, client, registry, health, training, await seeded(gateway))
            yield Siege(house, to_registry, to_health, to_training, await house.headers())
        for _, one in gateway.upstreams.values():
            await one.close()
        await gateway.state.database.close()
