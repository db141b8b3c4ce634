"""The registry in-process, on a fresh database, with a fixed day and a caller who may do everything."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import clock
from services.kit.database import Database
from services.registry.app import create_app
from services.registry.settings import RegistrySettings
from services.stack.stores import Store
from tests.registry.builders import TODAY
from tests.support.asgi import client_of, settings_for
from tests.support.callers import bearer, trust_test_keys

EVERY_SCOPE = (
    "persons:read", "persons:write", "persons:search", "imports:write", "changes:read", "facts:read",
)  # fmt: skip


@pytest.fixture
async def database(registry_database: Store) -> AsyncIterator[Database]:
    """Connections to a fresh database."""
    opened = Database(registry_database.url, pool_size=10)
    yield opened
    await opened.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that commits when the test has passed."""
    async with database.sessions.begin() as opened:
        yield opened


@pytest.fixture
def app(registry_database: Store) -> FastAPI:
    """The registry on 23 November 2026."""
    made = create_app(RegistrySettings(**settings_for(registry_database)))
    trust_test_keys(made, "registry")
    made.dependency_overrides[clock.read_today] = lambda: TODAY
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with every scope of the registry."""
    async with client_of(app) as opened:
        opened.headers.update(bearer(*EVERY_SCOPE, service="registry"))
        yield opened
