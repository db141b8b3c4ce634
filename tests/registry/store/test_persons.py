"""Persons in PostgreSQL: stored whole, kept apart, never overwritten."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.database import Database
from services.kit.periods import PartialDate, Period, Precision
from services.registry.contract.persons import PersonBody
from services.registry.domain.acts import record_of
from services.registry.domain.errors import PaperNotFoundError, PersonNotFoundError
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import Core, Intake, Nationality, Person, Sex, amend
from services.registry.operations.register_person import register_person
from services.registry.store import identifiers, loading, persons, reading
from services.registry.store.driver import driver
from services.registry.store.rows import days
from services.stack.stores import Store
from tests.registry.builders import NOW, PERSON_ID, TODAY, act, name

WHOLE = Intake(
    Core(
        (name("Awa", "Diallo"), name("حواء", "ديالو")),
        Sex.FEMALE,
        PartialDate(1988, precision=Precision.CIRCA, circa_plus_minus=3),
        birth_declared_as="vers 1988",
        languages=("fr", "wo"),
        school_level="LICENCE",
    ),
    nationalities=("SEN", "GMB"),
    identifiers=(Identifier("PASSPORT", "A 1", "A1", "SEN", date(2020, 1, 1), date(2025, 1, 1)),),
    permits=(Permit("REG3", "C-1", "C1", Period(date(2024, 1, 1), date(2027, 1, 1)), "TRAVAIL"),),
    legal_statuses=(LegalStatus("IRREGULAR", Period(None, date(2017, 1, 1))),),
    address=Address("06", "MA-CAS", "Casablanca", "1 rue X"),
)


def without_ids(person: Person) -> list[Any]:
    """Return what a person says, whatever the store numbered."""
    return [
        person.core,
        [(row.code, row.valid) for row in person.nationalities],
        [
            (row.system, row.value, row.value_norm, row.issuer, row.issued_on, row.expires_on)
            for row in person.identifiers
        ],
        [(row.type, row.number, row.number_norm, row.valid, row.mention) for row in person.permits],
        [(row.code, row.valid) for row in person.legal_statuses],
        [(row.region, row.unit, row.commune, row.line, row.valid) for row in person.addresses],
    ]


async def test_a_person_is_loaded_as_she_was_stored(session: AsyncSession) -> None:
    made = await register_person(session, WHOLE, act())
    loaded = await loading.load(session, made.id)
    assert without_ids(loaded) == without_ids(made)
    assert (loaded.version, loaded.recorded_at, loaded.programme_number) == (1, NOW, made.programme_number)
    assert loaded.identifiers[0].id
    assert loaded.permits[0].id
    assert loaded.addresses[0].id


async def test_what_postgresql_shows_has_the_published_shape(session: AsyncSession) -> None:
    made = await register_person(session, WHOLE, act())
    stored = await reading.person(session, made.id, today=TODAY)
    shown = PersonBody.model_validate_json(stored.body)
    assert (shown.birth.earliest, shown.birth.latest) == (date(1985, 1, 1), date(1991, 12, 31))
    assert shown.legal_statuses[0].valid_to == date(2017, 1, 1)
    assert stored.version == 1


async def test_nobody_is_not_found(session: AsyncSession) -> None:
    for question in (
        loading.load(session, PERSON_ID),
        loading.load_for_change(session, PERSON_ID),
        reading.person(session, PERSON_ID, today=TODAY),
        reading.parts(session, "permit", PERSON_ID),
    ):
        with pytest.raises(PersonNotFoundError):
            await question
    with pytest.raises(PaperNotFoundError):
        await reading.part(session, "permit", PERSON_ID, PERSON_ID)


async def test_holders_are_named_and_the_free_left_out(session: AsyncSession) -> None:
    made = await register_person(session, WHOLE, act())
    wanted = [Identifier("PASSPORT", "a-1", "A1"), Identifier("CNIE", "A1", "A1")]
    assert await identifiers.holders(session, wanted) == {("PASSPORT", "A1"): made.id}
    assert await identifiers.holders(session, []) == {}


async def stored_directly(session: AsyncSession, statement: str, *arguments: Any) -> None:
    await (await driver(session)).execute(statement, *arguments)


@pytest.mark.parametrize(
    ("table", "columns", "values", "constraint"),
    [
        ("legal_status", "code", ["IRREGULAR"], "uq_legal_status_valid"),
        ("nationality", "code", ["SEN"], "uq_nationality_valid"),
        ("address", "region", ["01"], "uq_address_valid"),
        (
            "permit",
            "type, number_norm, stands_for_permit",
            ["REG3", "C1", False],
            "uq_permit_valid",
        ),
    ],
)
async def test_live_rows_of_a_kind_never_overlap_in_valid_time(
    database: Database, table: str, columns: str, values: list[Any], constraint: str
) -> None:
    async with database.sessions.begin() as session:
        made = await register_person(session, WHOLE, act())
    places = ", ".join(f"${number}" for number in range(3, 3 + len(values)))
    statement = (
        f"INSERT INTO {table} (person_id, valid, known, source_record_id, {columns})"
        f" VALUES ($1, $2, tstzrange(now(), NULL), uuidv7(), {places})"
    )
    overlapping = days(Period(date(2015, 1, 1), date(2025, 1, 1)))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        async with database.sessions.begin() as session:
            await stored_directly(session, statement, made.id, overlapping, *values)
    assert refusal.value.constraint_name == constraint


async def test_a_live_number_is_unique_and_a_corrected_one_free_again(session: AsyncSession) -> None:
    first = await loading.load(session, (await register_person(session, WHOLE, act())).id)
    await persons.save(session, first, record_of(amend(first, at=NOW, identifiers=()), act()))
    again = Intake(Core((name("Binta"),)), identifiers=WHOLE.identifiers)
    assert (await register_person(session, again, act())).identifiers == WHOLE.identifiers


async def test_source_records_cannot_be_changed_or_deleted_by_the_application(database: Database) -> None:
    async with database.sessions.begin() as session:
        await register_person(session, WHOLE, act())
    for statement in ("UPDATE source_record SET content = '{}'", "DELETE FROM source_record"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.sessions.begin() as session:
                await stored_directly(session, statement)


@pytest.mark.parametrize(
    "changes",
    ["version = 0", "sex = 'Q'", "names = '[]'", "names = '{}'", "birth_precision = 'about'", "birth_year = NULL"],
)
async def test_a_row_that_says_nonsense_is_refused(database: Database, changes: str) -> None:
    async with database.sessions.begin() as session:
        await register_person(session, WHOLE, act())
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.sessions.begin() as session:
            await stored_directly(session, f"UPDATE person SET {changes}")


async def test_the_app_role_reads_and_writes_rows_and_nothing_else(registry_database: Store) -> None:
    connection = await asyncpg.connect(registry_database.url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("ALTER TABLE person ADD COLUMN x int")
    finally:
        await connection.close()


CODES = ("IRREGULAR", "REGULAR_OTHER", "UNKNOWN")
STEPS = st.one_of(
    st.tuples(st.just("sex"), st.sampled_from(list(Sex))),
    st.tuples(st.just("nationalities"), st.lists(st.sampled_from(["SEN", "GMB", "MLI"]), unique=True, max_size=3)),
    st.tuples(st.just("status"), st.sampled_from(CODES)),
    st.tuples(st.just("drop"), st.just(None)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=8))
async def test_a_correction_never_changes_what_was_known_before(
    database: Database, steps: list[tuple[str, Any]]
) -> None:
    async with database.sessions() as session, session.begin():
        person = await loading.load(session, (await register_person(session, Intake(Core((name(),))), act())).id)
        oracle = [(person.recorded_at, await shown(session, person))]
        for step, value in steps:
            person = await taken(session, person, step, value)
            oracle.append((person.recorded_at, await shown(session, person)))
        for (at, expected), after in zip(oracle, [*oracle[1:], None], strict=True):
            for instant in (at, *([after[0] - timedelta(microseconds=1)] if after else [at + timedelta(days=9)])):
                known = await reading.person(session, person.id, today=TODAY, known_at=instant)
                assert known.body == expected
        await session.rollback()


async def taken(session: AsyncSession, person: Person, step: str, value: Any) -> Person:
    """Take one step of a life and return the person after it."""
    if step == "sex":
        after = amend(person, at=NOW, core=Core((name(),), value))
    elif step == "nationalities":
        rows = {row.code: row for row in person.nationalities}
        after = amend(person, at=NOW, nationalities=tuple(rows.get(code, Nationality(code)) for code in value))
    elif step == "status":
        kept = tuple(row for row in person.legal_statuses if row.code != value)
        after = amend(person, at=NOW, legal_statuses=(*kept, LegalStatus(value, Period(date(2020, 1, 1), None))))
    else:
        after = amend(person, at=NOW, legal_statuses=person.legal_statuses[1:])
    await persons.save(session, person, record_of(after, act("amend_person")))
    return await loading.load(session, person.id)


async def shown(session: AsyncSession, person: Person) -> str:
    return (await reading.person(session, person.id, today=TODAY)).body
