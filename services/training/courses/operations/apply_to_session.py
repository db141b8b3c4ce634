"""Apply to a session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import NOTHING, Viewer, Withheld
from services.training.courses.domain.admission import Admission, Orientation, assess, check_declared
from services.training.courses.domain.criteria import Case
from services.training.courses.domain.enrolments import Application
from services.training.courses.domain.errors import (
    AlreadyAppliedError,
    FactsUnavailableError,
    PersonDeceasedError,
    SessionNotFoundError,
)
from services.training.courses.domain.facts import Declared, FactsRoad, PersonFacts
from services.training.courses.operations.record_facts import record_facts
from services.training.courses.store import applications, changes, rules, sessions
from services.training.courses.store import facts as stored_facts
from services.training.courses.store.applications import ApplicationDraft

SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Request:
    """Who applies to what, with what, and who asks.

    Attributes:
        facts: The registry's facts as they came with the question; None leaves it to what the feed brought.
        organisation: The partner that files the application.
        own_persons: Whether the partner may ask about its own persons alone. The registry knows whose they are, so
            that without its word for this question there is no answer.
        viewer: Who asks, for the wall around protected persons; None for the service itself.
        withheld: From whom she is kept, as it came with the facts.
    """

    session_id: UUID
    person_id: UUID
    declared: Declared
    facts: PersonFacts | None
    organisation: str
    own_persons: bool = False
    viewer: Viewer | None = None
    withheld: Withheld = NOTHING


async def apply_to_session(session: AsyncSession, request: Request, *, on: date, at: datetime) -> Application:
    """Decide admission to a session and keep the application with its findings, its facts and its rule set.

    Args:
        session: The transaction.
        request: Who applies to what.
        on: Civil date of the decision, Africa/Casablanca.
        at: Instant of the application.

    Raises:
        SessionNotFoundError: There is no such session.
        CodeUnknownError: A declared level or diploma is none of the reference lists'.
        FactsUnavailableError: No facts came with the question and none by the feed.
        PersonDeceasedError: The registry records her death.
        AlreadyAppliedError: She has a live application for this session.
        AdmissionRuleUnfitError: The programme's admission rule is not in force on that day.
    """
    offer = await sessions.find_offer(session, request.session_id)
    if offer is None:
        raise SessionNotFoundError
    rule_set = await rules.load(session)
    check_declared(request.declared, rule_set, on=on)
    facts, road = await _facts(session, request)
    if facts.deceased_on is not None:
        raise PersonDeceasedError
    if await applications.has_live(session, person_id=request.person_id, session_id=request.session_id):
        raise AlreadyAppliedError
    case = Case(facts, request.declared, offer, offer.programme.level, rule_set, on)
    admission = assess(case)
    if admission.orientation is not None:
        admission = replace(admission, orientation=await _with_sessions(session, case, admission.orientation))
    made = await applications.add(session, _draft(request, admission, facts, road), at=at)
    await changes.tell_of_application(session, changes.APPLIED, made)
    return made


async def _facts(session: AsyncSession, request: Request) -> tuple[PersonFacts, FactsRoad]:
    if request.facts is not None:
        return await record_facts(session, request.facts, request.withheld), FactsRoad.VALUE
    known = None
    if not request.own_persons:
        known = await stored_facts.find(session, request.person_id, viewer=request.viewer)
    if known is None:
        raise FactsUnavailableError
    return known, FactsRoad.FEED


async def _with_sessions(session: AsyncSession, case: Case, orientation: Orientation) -> Orientation:
    """Add sessions that take applications now: of the levels open to her, or of a track that is a course of ours."""
    found: Sequence[UUID] = await sessions.suggest(
        session,
        levels=[open_level.level for open_level in orientation.levels],
        admission_rules=orientation.tracks,
        region=case.facts.region,
        on=case.on,
        limit=SUGGESTIONS + 1,
    )
    others = [session_id for session_id in found if session_id != case.offer.session.id]
    return replace(orientation, sessions=tuple(others[:SUGGESTIONS]))


def _draft(request: Request, admission: Admission, facts: PersonFacts, road: FactsRoad) -> ApplicationDraft:
    return ApplicationDraft(
        session_id=request.session_id,
        person_id=request.person_id,
        organisation=request.organisation,
        admission=admission,
        facts=facts,
        facts_road=road,
        declared=request.declared,
    )
