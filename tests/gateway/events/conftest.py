"""A desk of events on a database of its own, and a receiver."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.kit.database import Database
from services.stack.stores import Store
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver, receiving


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    """Connections to a fresh database."""
    opened = Database(gateway_database.url, pool_size=8)
    yield opened
    await opened.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """Events without the services."""
    return Desk(database)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A partner's receiver."""
    with receiving() as running:
        yield running
