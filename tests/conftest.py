"""What every test may ask for: a PostgreSQL server of the run's own, and fresh migrated databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from services.stack.postgres import Server
from services.stack.stores import Store
from tests.support.server import Databases, scratch_folder


@pytest.fixture(autouse=True)
def no_logging_left_behind() -> Iterator[None]:
    """Take back what a test set up of logging, so that no test depends on which ran before it in its process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL for this run (one per pytest-xdist worker), gone when the run ends, however it ends."""
    with scratch_folder() as folder, Server(folder / "postgres", scratch=True) as running:
        yield running


@pytest.fixture(scope="session")
def databases(server: Server) -> Databases:
    """Makes fresh migrated databases; for tests that need more than one of a store."""
    return Databases(server)


@pytest.fixture
def registry_database(databases: Databases) -> Iterator[Store]:
    """A fresh registry database."""
    with databases.fresh("registry") as store:
        yield store


@pytest.fixture
def coverage_database(databases: Databases) -> Iterator[Store]:
    """A fresh coverage database."""
    with databases.fresh("coverage") as store:
        yield store


@pytest.fixture
def training_database(databases: Databases) -> Iterator[Store]:
    """A fresh training database."""
    with databases.fresh("training") as store:
        yield store


@pytest.fixture
def gateway_database(databases: Databases) -> Iterator[Store]:
    """A fresh gateway database."""
    with databases.fresh("gateway") as store:
        yield store
