"""Determine a person's coverage."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain import determination as rules_of
from services.health.coverage.domain.document import as_document
from services.health.coverage.domain.errors import FactsOfAnotherPersonError, FactsUnavailableError
from services.health.coverage.domain.facts import Case, Declared, Facts, Source
from services.health.coverage.domain.records import Determination, DeterminationDraft
from services.health.coverage.domain.rules import RuleBook
from services.health.coverage.operations.record_facts import record_facts
from services.health.coverage.store import changes, determinations, entitlements
from services.health.coverage.store import facts as stored_facts
from services.health.coverage.store.rules import RuleBooks
from services.kit.withholding import NOTHING, Viewer, Withheld


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about whom, and with what.

    Attributes:
        scheme: The scheme asked about; None for the best of all.
        as_of: Civil date of the evaluation.
        facts: The registry's facts as they came with the question; None leaves it to what the feed brought.
        requested_by: Stable reference of who asks.
        organisation: The partner for which she asks.
        own_persons: Whether she may ask about its own persons alone. The registry knows whose they are, so that
            without its word for this question there is no answer.
        viewer: Who asks, for the wall around protected persons; None for the service itself.
        withheld: From whom she is kept, as it came with the facts.
    """

    person_id: UUID
    scheme: str | None
    as_of: date
    declared: Declared
    facts: Facts | None
    requested_by: str
    organisation: str
    own_persons: bool = False
    viewer: Viewer | None = None
    withheld: Withheld = NOTHING


async def determine_coverage(
    session: AsyncSession, question: Question, *, books: RuleBooks, at: datetime
) -> Determination:
    """Decide under the rules in force and keep the answer with its facts and the hash of its rules.

    Args:
        session: The transaction.
        question: What is asked.
        books: Rule sets read so far.
        at: Instant of the evaluation.

    Raises:
        FactsUnavailableError: No facts came with the question and none by the feed.
        FactsOfAnotherPersonError: The facts that came are somebody else's.
        UnknownSchemeError: No rule names the scheme.
    """
    book = await books.current(session)
    facts, source = await _facts(session, question, at)
    held = await entitlements.held_on(session, question.person_id, question.as_of)
    case = Case(facts, source, question.declared, held, question.as_of)
    made = await determinations.add(session, _decide(case, question, book, at))
    await changes.tell(session, changes.MADE, made)
    return made


async def _facts(session: AsyncSession, question: Question, at: datetime) -> tuple[Facts, Source]:
    if question.facts is not None:
        if question.facts.person_id != question.person_id:
            raise FactsOfAnotherPersonError
        await record_facts(session, question.facts, at=at, withheld=question.withheld)
        return question.facts, Source.REGISTRY
    known = None
    if not question.own_persons:
        known = await stored_facts.find(session, question.person_id, viewer=question.viewer)
    if known is None:
        raise FactsUnavailableError
    return known, Source.FEED


def _decide(case: Case, question: Question, book: RuleBook, at: datetime) -> DeterminationDraft:
    made = rules_of.determine(case, book, scheme=question.scheme)
    span = None if made.chosen is None else made.chosen.span
    return DeterminationDraft(
        person_id=question.person_id,
        scheme_asked=question.scheme,
        scheme=made.scheme,
        category=None if made.chosen is None else made.chosen.category,
        status=made.status,
        as_of=case.as_of,
        evaluated_at=at,
        effective_from=None if span is None else span.start,
        effective_to=None if span is None else span.end,
        end_reason=None if span is None else span.reason,
        contribution_mad_month=None if made.chosen is None else made.chosen.contribution_mad_month,
        rule_set=book.fingerprint,
        facts=case.facts,
        facts_source=case.facts_source,
        declared=case.declared,
        held=case.held,
        answer=as_document(made, case, book),
        requested_by=question.requested_by,
        organisation=question.organisation,
    )
