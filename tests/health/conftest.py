"""The health service in-process, on a fresh database, with a fixed day and a caller who may do everything."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.app import create_app
from services.health.coverage.store.rules import RuleBooks
from services.health.settings import HealthSettings
from services.kit import clock
from services.kit.database import Database
from services.stack.stores import Store
from tests.health.builders import TODAY
from tests.support.asgi import client_of, settings_for
from tests.support.callers import bearer, trust_test_keys

EVERY_SCOPE = ("coverage:read", "coverage:decide", "coverage:verify", "coverage:rules")


@pytest.fixture
async def database(coverage_database: Store) -> AsyncIterator[Database]:
    """Connections to a fresh database."""
    opened = Database(coverage_database.url, pool_size=10)
    yield opened
    await opened.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that commits when the test has passed."""
    async with database.sessions.begin() as opened:
        yield opened


@pytest.fixture
def books() -> RuleBooks:
    """Rule sets, none read yet."""
    return RuleBooks()


@pytest.fixture
def app(coverage_database: Store) -> FastAPI:
    """The health service on 23 November 2026."""
    made = create_app(HealthSettings(**settings_for(coverage_database)))
    trust_test_keys(made, "health")
    made.dependency_overrides[clock.read_today] = lambda: TODAY
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with every scope of the service, for health coverage."""
    async with client_of(app) as opened:
        opened.headers.update(bearer(*EVERY_SCOPE, service="health", purpose="HEALTH_COVERAGE"))
        yield opened
