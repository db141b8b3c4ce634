"""The two clients that speak to services, on the loops they run on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import uvloop

from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.reqwest import ReqwestUpstream
from services.gateway.forwarding.clients.upstream import Upstream

Open = Callable[..., AbstractAsyncContextManager[Upstream]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on the standard loop and on the one that serves."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[Pool, ReqwestUpstream])
def opened(request: pytest.FixtureRequest) -> Open:
    """Open a client of a peer, as a context manager."""
    return _opening(request.param)


@pytest.fixture
def pool() -> Open:
    """The same for our own pool alone."""
    return _opening(Pool)


def _opening(kind: Callable[..., Upstream]) -> Open:
    @asynccontextmanager
    async def open_client(url: str, **options: Any) -> AsyncIterator[Upstream]:
        client = kind(url, **options)
        try:
            yield client
        finally:
            await client.close()

    return open_client
