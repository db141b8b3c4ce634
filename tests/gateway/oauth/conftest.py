"""A gateway with clients that hold keys, and a person."""

import pytest

from tests.gateway.conftest import House
from tests.gateway.oauth.parties import Hour, Parties, parties_of


@pytest.fixture
def upstream() -> str:
    """Name the client that speaks to the services; which one does not matter here."""
    return "pool"


@pytest.fixture
async def parties(house: House) -> Parties:
    """Clients and a person."""
    return await parties_of(house)


@pytest.fixture
def hour(house: House) -> Hour:
    """The gateway's clock."""
    return Hour(house)
