"""A fresh store whose trail is sealed, and may be damaged."""

from collections.abc import AsyncIterator

import pytest

from services.kit.database import Database
from services.stack.stores import Store
from tests.trail.trails import Drill


@pytest.fixture
async def drill(training_database: Store) -> AsyncIterator[Drill]:
    """A store without rows."""
    database = Database(training_database.url, pool_size=4)
    yield Drill(training_database, database)
    await database.close()
