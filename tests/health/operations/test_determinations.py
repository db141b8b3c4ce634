"""Determine, confirm, replay: on a real database, by both roads, and in races."""

import asyncio
import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.errors import (
    AlreadyConfirmedError,
    DeterminationNotFoundError,
    FactsOfAnotherPersonError,
    FactsUnavailableError,
    NothingToConfirmError,
    ReplayDiffersError,
)
from services.health.coverage.domain.facts import Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.records import Confirmation, Determination
from services.health.coverage.domain.rules import fingerprint
from services.health.coverage.operations.confirm_determination import confirm_determination
from services.health.coverage.operations.determine_coverage import Question, determine_coverage
from services.health.coverage.operations.record_facts import record_facts
from services.health.coverage.operations.replay_determination import replay_determination
from services.health.coverage.store import determinations, entitlements
from services.health.coverage.store.rules import RuleBooks
from services.kit.database import Database
from services.kit.periods import Period
from tests.health.builders import AWA, COVERED_BY_ACHAMIL, NOW, TODAY, declared, facts, shipped_book

OFFICER = Confirmation(NOW, "officer-7", "cnss")


def question(**changes: Any) -> Question:
    asked = Question(AWA, "AMO_ACHAMIL", TODAY, declared(**COVERED_BY_ACHAMIL), facts(), "officer-7", "cnss")
    return replace(asked, **changes)


async def determine(database: Database, **changes: Any) -> Determination:
    async with database.sessions.begin() as session:
        return await determine_coverage(session, question(**changes), books=RuleBooks(), at=NOW)


async def confirm(database: Database, determination_id: UUID) -> Determination:
    async with database.sessions.begin() as session:
        return await confirm_determination(session, determination_id, OFFICER)


async def test_facts_by_value_are_decided_on_and_recorded(database: Database) -> None:
    made = await determine(database)
    assert (made.draft.status, made.draft.facts_source) == (Status.ELIGIBLE, Source.REGISTRY)
    again = await determine(database, facts=None)
    assert (again.draft.status, again.draft.facts_source) == (Status.ELIGIBLE, Source.FEED)


async def test_facts_of_the_feed_are_decided_on_when_none_come_along(session: AsyncSession, books: RuleBooks) -> None:
    await record_facts(session, facts(version=9, permits=()), at=NOW)
    made = await determine_coverage(session, question(facts=None), books=books, at=NOW)
    assert made.draft.status is Status.PENDING_INFO
    assert made.draft.answer["facts_used"]["version"] == 9


async def test_nothing_is_decided_on_nothing(session: AsyncSession, books: RuleBooks) -> None:
    with pytest.raises(FactsUnavailableError):
        await determine_coverage(session, question(facts=None), books=books, at=NOW)
    with pytest.raises(FactsOfAnotherPersonError):
        await determine_coverage(session, question(person_id=UUID(int=1)), books=books, at=NOW)


async def test_a_determination_reads_back_as_it_was_made(database: Database) -> None:
    made = await determine(database)
    async with database.sessions() as session:
        found = await determinations.find(session, made.id)
        assert found == made
        assert json.dumps(found.draft.answer) == json.dumps(made.draft.answer)
        assert await determinations.find(session, UUID(int=1)) is None


async def test_a_confirmed_yes_opens_the_right_in_the_same_transaction(database: Database) -> None:
    made = await confirm(database, (await determine(database)).id)
    assert made.confirmation == OFFICER
    async with database.sessions() as session:
        (held,) = await entitlements.of_person(session, AWA, limit=5)
    assert held.id == made.entitlement_id
    assert held.draft.period == Period(TODAY, date(2027, 12, 31))
    assert held.draft.end_reason is EndReason.PERMIT_EXPIRY
    assert held.draft.contribution_mad_month == 176


async def test_a_confirmed_no_is_final_and_opens_nothing(database: Database) -> None:
    made = await determine(database, declared=declared(rsu_score="9"))
    assert made.draft.status is Status.NOT_ELIGIBLE
    confirmed = await confirm(database, made.id)
    assert (confirmed.confirmation, confirmed.entitlement_id) == (OFFICER, None)
    with pytest.raises(AlreadyConfirmedError):
        await confirm(database, made.id)


async def test_what_is_open_is_not_confirmed(database: Database) -> None:
    pending = await determine(database, declared=declared())
    with pytest.raises(NothingToConfirmError):
        await confirm(database, pending.id)
    with pytest.raises(DeterminationNotFoundError):
        await confirm(database, UUID(int=1))


async def test_sixty_four_confirmations_open_one_right(database: Database) -> None:
    made = await determine(database)
    answers = await asyncio.gather(*(confirm(database, made.id) for _ in range(64)), return_exceptions=True)
    assert sum(isinstance(answer, Determination) for answer in answers) == 1
    assert sum(isinstance(answer, AlreadyConfirmedError) for answer in answers) == 63
    async with database.sessions() as session:
        assert len(await entitlements.of_person(session, AWA, limit=100)) == 1


async def test_two_determinations_of_one_right_open_one(database: Database) -> None:
    made = [await determine(database) for _ in range(8)]
    answers = await asyncio.gather(*(confirm(database, each.id) for each in made), return_exceptions=True)
    assert sum(isinstance(answer, Determination) for answer in answers) == 1
    refused = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(refused) == 7
    assert all("uq_entitlement_person_id_scheme_valid" in str(each) for each in refused)
    async with database.sessions() as session:
        kept = await determinations.of_person(session, AWA, before=None, limit=100)
    assert sum(each.confirmation is not None for each in kept) == 1, "a right refused confirms nothing"


async def test_a_right_held_here_is_another_amo_for_the_next_question(database: Database) -> None:
    await confirm(database, (await determine(database)).id)
    made = await determine(database, scheme="AMO_TADAMON", declared=declared(rsu_score="9", other_amo=False))
    assert made.draft.status is Status.NOT_ELIGIBLE
    assert "R_AUTRE_AMO" in made.draft.answer["reasons"]
    assert [held.scheme for held in made.draft.held] == ["AMO_ACHAMIL"]


async def test_a_replay_gives_the_same_answer_whatever_came_since(database: Database, books: RuleBooks) -> None:
    made = await determine(database, scheme=None)
    await confirm(database, made.id)
    async with database.sessions.begin() as session:
        await record_facts(session, facts(version=99, permits=()), at=NOW)
    async with database.sessions() as session:
        replayed = await replay_determination(session, made.id, books=books, with_current=False)
        assert json.dumps(replayed.determination.draft.answer) == json.dumps(made.draft.answer)
        assert replayed.current is None
        with pytest.raises(DeterminationNotFoundError):
            await replay_determination(session, UUID(int=1), books=books, with_current=False)


async def test_a_replay_shows_what_new_rules_would_change(database: Database, books: RuleBooks) -> None:
    made = await determine(database)
    async with database.sessions() as session:
        unchanged = await replay_determination(session, made.id, books=books, with_current=True)
        assert unchanged.differing == ()
    await raise_the_threshold(database)
    async with database.sessions() as session:
        changed = await replay_determination(session, made.id, books=RuleBooks(), with_current=True)
    assert changed.determination.draft.answer == made.draft.answer
    assert {"status", "reasons"} < set(changed.differing)
    assert "rule_set" not in changed.differing
    assert changed.current is not None
    assert changed.current["status"] == "NOT_ELIGIBLE"
    assert changed.current_rule_set != made.draft.rule_set


async def raise_the_threshold(database: Database) -> None:
    """Load a set of rules in which only a score above 9.8 pays contributions."""
    rows = [replace(row, value="9.8") if row.code == "TADAMON_MAX" else row for row in shipped_book().rows]
    hash_ = fingerprint(rows)
    async with database.sessions.begin() as session:
        await session.execute(text("INSERT INTO rule_set (hash, title) VALUES (:hash, 'raised')"), {"hash": hash_})
        await session.execute(
            text(
                "INSERT INTO rule SELECT :hash, kind, code, valid,"
                " CASE code WHEN 'TADAMON_MAX' THEN '\"9.8\"'::jsonb ELSE value END, certainty, source, note FROM rule"
            ),
            {"hash": hash_},
        )


async def test_an_answer_that_was_tampered_with_does_not_replay(
    database: Database, coverage_database: Any, books: RuleBooks
) -> None:
    made = await determine(database)
    admin = Database(coverage_database.admin_url, pool_size=2)
    try:
        async with admin.sessions.begin() as session:
            await session.execute(text("ALTER TABLE determination DISABLE TRIGGER determination_is_kept"))
            await session.execute(
                text("UPDATE determination SET answer = replace(answer::text, '\"176\"', '\"0\"')::json")
            )
    finally:
        await admin.close()
    async with database.sessions() as session:
        with pytest.raises(ReplayDiffersError) as refused:
            await replay_determination(session, made.id, books=books, with_current=False)
    assert "contribution_mad_month" in refused.value.extensions["differing"]


async def test_lists_go_from_the_newest_and_go_on_where_they_stopped(database: Database) -> None:
    made = [await determine(database) for _ in range(5)]
    async with database.sessions() as session:
        first = await determinations.of_person(session, AWA, before=None, limit=3)
        rest = await determinations.of_person(session, AWA, before=first[-1].id, limit=3)
    assert [each.id for each in (*first, *rest)] == [each.id for each in reversed(made)]
