"""The history of the coverage database, and what it holds from the start."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage import store as store_package
from services.health.coverage.domain.errors import UnknownRuleSetError
from services.health.coverage.store.rules import RuleBooks
from services.kit.database import Database
from services.stack.migrations import configuration
from services.stack.stores import Store
from tests.health.builders import shipped_book

MIGRATIONS = Path(store_package.__file__).parents[1] / "migrations"


def test_the_file_head_names_the_one_head() -> None:
    scripts = ScriptDirectory.from_config(configuration("coverage", "postgresql://"))
    assert scripts.get_heads() == [(MIGRATIONS / "HEAD").read_text("utf-8").strip()]


def test_the_history_can_be_undone_and_done_again_without_drift(coverage_database: Store) -> None:
    config = configuration("coverage", coverage_database.owner_url)
    command.check(config)
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)


async def test_the_rules_in_the_database_are_the_rules_of_the_files(session: AsyncSession, books: RuleBooks) -> None:
    book = await books.current(session)
    assert book.fingerprint == shipped_book().fingerprint
    assert book.rows == shipped_book().rows
    assert books.known(book.fingerprint) is book


async def test_an_unknown_rule_set_is_said_to_be_unknown(session: AsyncSession, books: RuleBooks) -> None:
    with pytest.raises(UnknownRuleSetError):
        await books.of(session, "0" * 64)


async def test_rows_that_do_not_hash_to_their_set_are_not_used(session: AsyncSession, books: RuleBooks) -> None:
    await session.execute(text("INSERT INTO rule_set (hash, title) VALUES ('feed', 'forged')"))
    await session.execute(
        text(
            "INSERT INTO rule SELECT 'feed', kind, code, valid, value, certainty, source, note FROM rule"
            " WHERE code = 'ESSP_FREE'"
        )
    )
    with pytest.raises(UnknownRuleSetError):
        await books.of(session, "feed")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rule SET value = '\"10\"' WHERE code = 'TADAMON_MAX'",
        "DELETE FROM rule WHERE code = 'TADAMON_MAX'",
        "UPDATE rule_set SET title = 'mine'",
        "DELETE FROM determination",
        "DELETE FROM entitlement",
    ],
)
async def test_the_service_cannot_change_rules_nor_drop_decisions(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.sessions.begin() as session:
            await session.execute(text(statement))


async def test_two_rows_of_one_code_never_hold_on_one_day(database: Database) -> None:
    with pytest.raises(DBAPIError, match="pk_rule"):
        async with database.sessions.begin() as session:
            await session.execute(
                text(
                    "INSERT INTO rule SELECT rule_set, kind, code, daterange('2026-01-01', NULL), value, certainty,"
                    " source FROM rule WHERE code = 'TADAMON_MAX'"
                )
            )


async def test_a_decision_is_kept_as_it_was_taken(database: Database) -> None:
    row: dict[str, Any] = {"as_of": date(2026, 11, 23), "hash": shipped_book().fingerprint}
    async with database.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO determination (person_id, status, as_of, evaluated_at, rule_set, facts, facts_source,"
                " declared, held, answer, requested_by, organisation) VALUES (uuidv7(), 'NOT_ELIGIBLE', :as_of, now(),"
                " :hash, '{}', 'feed', '{}', '[]', '{}', 'a', 'b')"
            ),
            row,
        )
    for change in ("status = 'ELIGIBLE', effective_from = as_of", "organisation = 'c'"):
        with pytest.raises(DBAPIError, match="kept as it was taken"):
            async with database.sessions.begin() as session:
                await session.execute(text(f"UPDATE determination SET {change}"))
    confirm = "UPDATE determination SET confirmed_at = now(), confirmed_by = 'a', confirmed_for = 'b'"
    async with database.sessions.begin() as session:
        await session.execute(text(confirm))
    with pytest.raises(DBAPIError, match="kept as it was taken"):
        async with database.sessions.begin() as session:
            await session.execute(text(confirm))
