"""The database as the last judge: what no code path should do, it refuses by itself."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.database import Database
from services.training.courses.domain.catalogue import Session
from services.training.courses.domain.rules import RuleSet
from services.training.courses.store import rules as stored_rules
from services.training.courses.store.reference import unit_rows
from tests.training.records import new_application, new_session

ENROL = text(
    "INSERT INTO enrolment (application_id, session_id, person_id, state, period, created_at)"
    " VALUES (:application, :session, :person, 'enrolled', CAST(CAST(:period AS text) AS daterange), now())"
)


def constraint_of(error: IntegrityError) -> str:
    cause = error.orig.__cause__ if error.orig else None
    return str(getattr(cause, "constraint_name", ""))


async def seat(session: AsyncSession, course: Session, person: UUID, period: str) -> None:
    application = await new_application(session, course, person_id=person)
    values = {"application": application.id, "session": course.id, "person": person, "period": period}
    await session.execute(ENROL, values)


@pytest.mark.parametrize("taken", [-1, 3])
async def test_seats_taken_stay_between_none_and_all(session: AsyncSession, taken: int) -> None:
    course = await new_session(session, capacity=2)
    overbook = text("UPDATE course_session SET seats_taken = :taken WHERE id = :id")
    with pytest.raises(IntegrityError) as refusal:
        await session.execute(overbook, {"taken": taken, "id": course.id})
    assert constraint_of(refusal.value) == "ck_course_session_seats"
    await session.rollback()


async def test_one_person_holds_one_live_seat_on_a_session(session: AsyncSession) -> None:
    course, person = await new_session(session), uuid4()
    application = await new_application(session, course, person_id=person)
    values = {"application": application.id, "session": course.id, "person": person}
    await session.execute(ENROL, values | {"period": "[2027-01-01,2027-02-01)"})
    with pytest.raises(IntegrityError) as refusal:
        await session.execute(ENROL, values | {"period": "[2028-01-01,2028-02-01)"})
    assert constraint_of(refusal.value) == "uq_enrolment_live"
    await session.rollback()


async def test_live_courses_of_one_person_share_no_day(session: AsyncSession) -> None:
    person = uuid4()
    await seat(session, await new_session(session), person, "[2027-01-01,2027-02-01)")
    await seat(session, await new_session(session), person, "[2027-02-01,2027-03-01)")
    await seat(session, await new_session(session), uuid4(), "[2027-01-01,2027-03-01)")
    with pytest.raises(IntegrityError) as refusal:
        await seat(session, await new_session(session), person, "[2027-02-28,2027-03-02)")
    assert constraint_of(refusal.value) == "ex_enrolment_overlap"
    await session.rollback()


async def test_one_person_has_one_live_application_for_a_session(session: AsyncSession) -> None:
    course, person = await new_session(session), uuid4()
    first = await new_application(session, course, person_id=person)
    await session.execute(text("UPDATE application SET state = 'withdrawn' WHERE id = :id"), {"id": first.id})
    await new_application(session, course, person_id=person)
    with pytest.raises(IntegrityError) as refusal:
        await new_application(session, course, person_id=person)
    assert constraint_of(refusal.value) == "uq_application_live"
    await session.rollback()


async def test_a_rule_has_one_value_a_day(database: Database) -> None:
    async with database.sessions() as session:
        constraint = await session.scalar(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'pk_admission_rule'")
        )
    assert constraint == "PRIMARY KEY (code, valid WITHOUT OVERLAPS)"


@pytest.mark.parametrize("table", ["admission_rule", "unit"])
async def test_the_service_cannot_change_the_rules_it_decides_by(database: Database, table: str) -> None:
    async with database.sessions() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text(f"DELETE FROM {table}"))


async def test_the_database_holds_the_seeded_rules_and_nothing_else(database: Database, rules: RuleSet) -> None:
    async with database.sessions() as session:
        stored = await stored_rules.load(session)
    assert stored == rules


async def test_the_territory_is_twelve_regions_and_seventy_five_units(database: Database) -> None:
    async with database.sessions() as session:
        rows = (await session.execute(text("SELECT region, code FROM unit"))).all()
    assert len(rows) == 75
    assert {row.region for row in rows} == {f"{number:02}" for number in range(1, 13)}
    assert {(row.region, row.code) for row in rows} == {(row["region"], row["code"]) for row in unit_rows()}
    assert {("06", "MA-NOU"), ("09", "MA-CHT")} <= {(row.region, row.code) for row in rows}


async def test_a_session_ends_when_it_starts_or_later(session: AsyncSession) -> None:
    with pytest.raises(IntegrityError) as refusal:
        await new_session(session, starts_on=date(2027, 1, 2), ends_on=date(2027, 1, 1))
    assert constraint_of(refusal.value) == "ck_course_session_dates"
    await session.rollback()
