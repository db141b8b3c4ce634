"""A gateway with somebody who can sign in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import argon2
import pytest

from services.gateway.access.store.hashing import Hashing
from tests.gateway.accounts.visitor import Browser, Clock, Person, enrolled, ticking
from tests.gateway.conftest import House


@pytest.fixture
def upstream() -> str:
    """Name the client that speaks to the services; nothing here speaks to one."""
    return "pool"


@pytest.fixture
def quick(house: House) -> Iterator[None]:
    """Hash passwords under parameters that take a millisecond; what the true ones cost is measured elsewhere."""
    state = house.gateway.state
    hashing = Hashing(argon2.PasswordHasher(time_cost=1, memory_cost=1024))
    state.people = replace(state.people, hashing=hashing)
    yield
    hashing.close()


@pytest.fixture
def hour(house: House, quick: None) -> Clock:
    """The pages' clock; moved by hand."""
    return ticking(house.gateway)


@pytest.fixture
async def amina(house: House, hour: Clock) -> Person:
    """Somebody of the ministry with password and code generator."""
    return await enrolled(house.gateway, hour)


@pytest.fixture
async def browser(house: House, quick: None) -> AsyncIterator[Browser]:
    """A browser that has been nowhere yet."""
    opened = Browser.opened(house.gateway)
    yield opened
    await opened.client.aclose()
