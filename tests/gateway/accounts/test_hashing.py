"""Passwords are hashed beside the event loop, a few at a time, and anew under new parameters."""

import asyncio
from collections.abc import Iterator

import argon2
import pytest

from services.gateway.access.store import factors
from services.gateway.access.store.hashing import AT_ONCE, MOST_WAITING, Hashing, HashingBusyError
from tests.gateway.accounts.visitor import PASSWORD, Browser, Clock, Person
from tests.gateway.conftest import House


@pytest.fixture
def hashing() -> Iterator[Hashing]:
    made = Hashing(argon2.PasswordHasher(time_cost=1, memory_cost=1024))
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_a_salt_of_its_own(hashing: Hashing) -> None:
    first, second = await hashing.hash(PASSWORD), await hashing.hash(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert await hashing.matches(PASSWORD, first)
    assert not await hashing.matches(PASSWORD + "x", first)
    assert not await hashing.matches(PASSWORD, None)
    assert not await hashing.matches("no such account", None)
    assert not await hashing.matches(PASSWORD, "no hash")


async def test_strength_is_judged_of_long_passwords_and_of_none(hashing: Hashing) -> None:
    assert await hashing.strength("") == 0
    assert await hashing.strength("password1234") < 3
    assert await hashing.strength(PASSWORD * 30) == 4


async def test_the_event_loop_goes_on_while_passwords_are_hashed() -> None:
    slow = Hashing()
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    turning = asyncio.create_task(turn())
    await asyncio.gather(*[slow.hash(PASSWORD) for _ in range(AT_ONCE * 2)])
    turning.cancel()
    slow.close()
    assert turns > 20


async def test_too_many_at_once_are_turned_away(hashing: Hashing) -> None:
    answers = await asyncio.gather(*[hashing.hash(PASSWORD) for _ in range(MOST_WAITING + 5)], return_exceptions=True)
    assert sum(isinstance(answer, HashingBusyError) for answer in answers) == 5


async def test_who_is_turned_away_is_told_to_wait(house: House, amina: Person) -> None:
    house.gateway.state.people.hashing._waiting = MOST_WAITING
    browser = Browser.opened(house.gateway)
    page = await browser.give_password("amina")
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "does not answer" in page.text
    del amina


async def test_a_hash_of_older_parameters_is_made_anew(house: House, amina: Person, hour: Clock) -> None:
    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=512).hash(PASSWORD)
    sessions = house.gateway.state.database.sessions
    async with sessions.begin() as session:
        await factors.set_password(session, amina.account.id, weaker, at=hour.at)
    browser = Browser.opened(house.gateway)
    assert (await browser.give_password("amina")).status_code == 303
    async with sessions.begin() as session:
        stored = await factors.password_hash(session, amina.account.id)
    assert stored is not None
    assert stored != weaker
    assert not house.gateway.state.people.hashing.outdated(stored)
    assert (await Browser.opened(house.gateway).give_password("amina")).status_code == 303
