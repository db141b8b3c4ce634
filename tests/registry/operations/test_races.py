"""Two who write at once: the database is the last judge, and nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.etags import VersionConflictError
from services.kit.periods import Period
from services.registry.domain.errors import IdentifierInUseError, PeriodOverlapError
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import Core, Intake, Sex
from services.registry.operations.add_address import add_address
from services.registry.operations.add_identifier import add_identifier
from services.registry.operations.add_legal_status import add_legal_status
from services.registry.operations.add_permit import add_permit
from services.registry.operations.amend_person import amend_person
from services.registry.operations.register_person import register_person
from tests.registry.builders import act, name
from tests.registry.imports import counted, fetched

NUMBERS = tuple(Identifier("IDCS", f"{number:010d}", f"{number:010d}") for number in range(4))
TAKEN = (IdentifierInUseError, asyncpg.UniqueViolationError)


async def registered(database: Database) -> UUID:
    """Register somebody without numbers and return her id."""
    async with database.sessions.begin() as session:
        return (await register_person(session, Intake(Core((name(),))), act())).id


async def outcomes(attempts: list[Callable[[], Awaitable[None]]]) -> list[BaseException | None]:
    return await asyncio.gather(*(attempt() for attempt in attempts), return_exceptions=True)


async def test_registrations_that_want_the_same_numbers_in_any_order_never_deadlock(database: Database) -> None:
    async def attempt(numbers: tuple[Identifier, ...]) -> None:
        async with database.sessions.begin() as session:
            await register_person(session, Intake(Core((name(),)), identifiers=numbers), act())

    turned = tuple(reversed(NUMBERS))
    found = await outcomes([partial(attempt, NUMBERS if number % 2 else turned) for number in range(8)])
    assert sum(outcome is None for outcome in found) == 1
    assert all(outcome is None or isinstance(outcome, TAKEN) for outcome in found)
    counts = await counted(database)
    assert (counts["person"], counts["identifier"], counts["change"], counts["source_record"]) == (1, 4, 1, 1)


async def test_amendments_of_one_version_that_race_make_one(database: Database) -> None:
    person_id = await registered(database)

    async def attempt(sex: Sex) -> None:
        async with database.sessions.begin() as session:
            core = Core((name(),), sex)
            await amend_person(session, person_id, 1, core=core, nationalities=(), act=act("amend_person"))

    found = await outcomes([partial(attempt, sex) for sex in (Sex.FEMALE, Sex.MALE, Sex.OTHER)])
    assert sum(outcome is None for outcome in found) == 1
    assert all(outcome is None or isinstance(outcome, VersionConflictError) for outcome in found)


@pytest.mark.parametrize("kind", ["identifier", "permit", "status", "address"])
async def test_equal_additions_that_race_make_one(database: Database, kind: str) -> None:
    person_id = await registered(database)
    period = Period(date(2020, 1, 1), None)

    async def attempt() -> None:
        async with database.sessions.begin() as session:
            if kind == "identifier":
                await add_identifier(session, person_id, NUMBERS[0], act())
            elif kind == "permit":
                await add_permit(session, person_id, Permit("CR", "C-1", "C1", period), act())
            elif kind == "status":
                await add_legal_status(session, person_id, LegalStatus("IRREGULAR", period), act())
            else:
                await add_address(session, person_id, Address("06", None, None, None, period), act())

    found = await outcomes([attempt] * 5)
    counts = await counted(database)
    if kind == "address":
        # The same address of the same day replaces itself: five versions, one live row.
        assert found == [None] * 5
        live = await fetched(database, "SELECT count(*) FROM address WHERE upper_inf(known)")
        assert live == [(1,)]
        return
    assert sum(outcome is None for outcome in found) == 1
    assert all(outcome is None or isinstance(outcome, (*TAKEN, PeriodOverlapError)) for outcome in found)
    assert counts["change"] == counts["source_record"] == 2


async def test_a_permit_whose_number_is_somebody_elses_is_refused(database: Database) -> None:
    title = Permit("CR", "C-1", "C1", Period())
    async with database.sessions.begin() as session:
        first = await register_person(session, Intake(Core((name(),))), act())
        await add_permit(session, first.id, title, act())
        second = await register_person(session, Intake(Core((name("Binta"),))), act())
    with pytest.raises(IdentifierInUseError) as refusal:
        async with database.sessions.begin() as session:
            await add_permit(session, second.id, title, act())
    assert refusal.value.pointer == "/number"


async def test_what_fails_leaves_nothing_behind(database: Database) -> None:
    async with database.sessions.begin() as session:
        await register_person(session, Intake(Core((name(),)), identifiers=NUMBERS[:1]), act())
    before = await counted(database)
    with pytest.raises(IdentifierInUseError):
        async with database.sessions.begin() as session:
            await register_person(session, Intake(Core((name(),)), identifiers=NUMBERS), act())
    assert await counted(database) == before
