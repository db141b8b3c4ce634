"""The training service in-process, on a fresh database, with a fixed day and callers who may do everything."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import clock
from services.kit.database import Database
from services.stack.stores import Store
from services.training.app import create_app
from services.training.courses.domain.rules import RuleSet, rule_set
from services.training.courses.store import reference
from services.training.settings import TrainingSettings
from tests.support.asgi import client_of, settings_for
from tests.support.callers import bearer, trust_test_keys
from tests.training.builders import TODAY

EVERY_SCOPE = ("courses:read", "courses:write", "enrolments:read", "enrolments:write")


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    """The seeded rules."""
    return rule_set(reference.rules())


@pytest.fixture
async def database(training_database: Store) -> AsyncIterator[Database]:
    """Connections to a fresh database."""
    opened = Database(training_database.url, pool_size=6)
    yield opened
    await opened.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that commits when the test has passed."""
    async with database.sessions.begin() as opened:
        yield opened


@pytest.fixture
def app(training_database: Store) -> FastAPI:
    """The training service."""
    made = create_app(TrainingSettings(**settings_for(training_database)))
    trust_test_keys(made, "training")
    made.dependency_overrides[clock.read_today] = lambda: TODAY
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with every scope of the service, for training."""
    async with client_of(app) as opened:
        opened.headers.update(bearer(*EVERY_SCOPE, service="training", purpose="TRAINING"))
        yield opened


@pytest.fixture
def at() -> datetime:
    """The instant of an operation."""
    return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def as_caller() -> Callable[..., dict[str, str]]:
    """Make the headers of another caller."""

    def headers(*scopes: str, purpose: str | None = "TRAINING") -> dict[str, str]:
        return bearer(*scopes, service="training", purpose=purpose)

    return headers
