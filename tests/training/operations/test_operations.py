"""Operations on a real database: what they refuse, what they keep, and what they bring about elsewhere."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.database import Database
from services.kit.etags import VersionConflictError
from services.training.courses.domain import errors
from services.training.courses.domain.catalogue import (
    InstitutionDraft,
    InstitutionKind,
    Level,
    Mode,
    ProgrammeDraft,
    Session,
    SessionDraft,
    SessionState,
)
from services.training.courses.domain.enrolments import Ruling, State
from services.training.courses.domain.facts import Declared, FactsRoad, LegalStatus, PersonFacts
from services.training.courses.domain.findings import Outcome
from services.training.courses.operations.amend_institution import amend_institution
from services.training.courses.operations.amend_programme import amend_programme
from services.training.courses.operations.amend_session import CANCELLED, amend_session
from services.training.courses.operations.apply_to_session import Request, apply_to_session
from services.training.courses.operations.decide_application import decide_application
from services.training.courses.operations.enrol_learner import enrol_learner
from services.training.courses.operations.publish_institution import publish_institution
from services.training.courses.operations.publish_programme import publish_programme
from services.training.courses.operations.publish_session import publish_session
from services.training.courses.operations.record_facts import record_facts
from services.training.courses.operations.withdraw_application import withdraw_application
from services.training.courses.operations.withdraw_learner import withdraw_learner
from services.training.courses.store import applications, enrolments, sessions
from tests.training.builders import AT, ENDS_ON, STARTS_ON, TODAY, person_facts
from tests.training.records import new_application, new_session

PLACE = InstitutionDraft(name="CFA", kind=InstitutionKind.OTHER, region="06", unit="MA-CAS")


def request(course: Session, facts: PersonFacts | None, *, person_id: UUID | None = None) -> Request:
    who = person_id or (facts.person_id if facts else uuid4())
    return Request(course.id, who, Declared(diplomas=()), facts, "ofppt")


def draft_of(course: Session, **changes: object) -> SessionDraft:
    names = ("programme_id", "region", "unit", "starts_on", "ends_on", "capacity", "site", "state")
    return SessionDraft(**({name: getattr(course, name) for name in names} | changes))


async def test_an_application_keeps_the_facts_and_the_rules_it_was_decided_on(session: AsyncSession) -> None:
    course = await new_session(session)
    facts = person_facts()
    made = await apply_to_session(session, request(course, facts), on=TODAY, at=AT)
    assert (made.outcome, made.state, made.facts_road) == (Outcome.ADMISSIBLE, State.APPLIED, FactsRoad.VALUE)
    assert (made.facts, made.organisation, made.created_at) == (facts, "ofppt", AT)
    assert len(made.admission.rule_set) == 64


async def test_facts_by_feed_serve_when_none_come_with_the_question(session: AsyncSession) -> None:
    course = await new_session(session)
    facts = await record_facts(session, person_facts())
    made = await apply_to_session(session, request(course, None, person_id=facts.person_id), on=TODAY, at=AT)
    assert (made.facts_road, made.facts) == (FactsRoad.FEED, facts)


async def test_without_facts_from_anywhere_nothing_is_decided(session: AsyncSession) -> None:
    course = await new_session(session)
    with pytest.raises(errors.FactsUnavailableError):
        await apply_to_session(session, request(course, None), on=TODAY, at=AT)


async def test_older_facts_by_value_do_not_undo_newer_ones_of_the_feed(session: AsyncSession) -> None:
    course = await new_session(session)
    newest = await record_facts(session, person_facts(version=7, school_level="LICENCE"))
    assert await record_facts(session, person_facts(version=6)) == newest
    made = await apply_to_session(session, request(course, person_facts(version=6)), on=TODAY, at=AT)
    assert made.facts == newest


async def test_facts_by_value_are_kept_for_next_time(session: AsyncSession) -> None:
    await apply_to_session(session, request(await new_session(session), person_facts()), on=TODAY, at=AT)
    again = request(await new_session(session), None, person_id=person_facts().person_id)
    assert (await apply_to_session(session, again, on=TODAY, at=AT)).outcome is Outcome.ADMISSIBLE


async def test_who_may_not_apply(session: AsyncSession) -> None:
    course = await new_session(session)
    facts = person_facts()
    with pytest.raises(errors.SessionNotFoundError):
        await apply_to_session(session, replace(request(course, facts), session_id=uuid4()), on=TODAY, at=AT)
    dead = person_facts(person_id=uuid4(), deceased_on=date(2026, 1, 1))
    with pytest.raises(errors.PersonDeceasedError):
        await apply_to_session(session, request(course, dead), on=TODAY, at=AT)
    await apply_to_session(session, request(course, facts), on=TODAY, at=AT)
    with pytest.raises(errors.AlreadyAppliedError):
        await apply_to_session(session, request(course, facts), on=TODAY, at=AT)


async def test_a_no_is_kept_and_names_sessions_that_would_take_her_those_near_her_first(session: AsyncSession) -> None:
    course = await new_session(session, level=Level.TS)
    far = await new_session(session, level=Level.Q, region="04", unit="MA-RAB", starts_on=date(2027, 1, 1))
    near = await new_session(session, level=Level.S)
    await new_session(session, level=Level.TS)
    await new_session(session, level=Level.Q, state=SessionState.CLOSED)
    await new_session(session, level=Level.Q, starts_on=date(2026, 1, 1))
    full = await new_session(session, level=Level.Q, capacity=1)
    await enrolments.take_seat(session, await new_application(session, full), at=AT)
    made = await apply_to_session(session, request(course, person_facts()), on=TODAY, at=AT)
    assert made.outcome is Outcome.NOT_ADMISSIBLE
    assert made.admission.orientation is not None
    assert made.admission.orientation.sessions == (near.id, far.id)
    assert await applications.find(session, made.id) == made


async def test_an_irregular_applicant_is_shown_the_courses_that_ask_for_no_status(session: AsyncSession) -> None:
    course = await new_session(session)
    open_to_her = await new_session(session, level=Level.FQ, admission_rule="ASSOCIATION_COURSE")
    facts = person_facts(legal_statuses=(LegalStatus("IRREGULAR"),), region=None)
    made = await apply_to_session(session, request(course, facts), on=TODAY, at=AT)
    assert made.admission.orientation is not None
    assert made.admission.orientation.sessions == (open_to_her.id,)


async def test_a_ruling_opens_the_way_to_a_seat(session: AsyncSession, at: datetime) -> None:
    course = await new_session(session)
    facts = person_facts(legal_statuses=(LegalStatus("ASYLUM_SEEKER_UNHCR"),))
    made = await apply_to_session(session, request(course, facts), on=TODAY, at=AT)
    with pytest.raises(errors.NotAdmissibleError):
        await enrol_learner(session, made.id, at=at)
    ruled = await decide_application(session, made.id, Ruling(Outcome.ADMISSIBLE, "commission", "officer", at))
    assert ruled.outcome is Outcome.ADMISSIBLE
    assert ruled.admission.outcome is Outcome.REFER  # what the rules said stays on record
    assert (await enrol_learner(session, made.id, at=at)).state is State.ENROLLED


async def test_a_seat_given_back_is_free_and_its_holder_comes_back_by_a_new_application(session: AsyncSession) -> None:
    course = await new_session(session, capacity=1)
    first = await new_application(session, course)
    enrolment = await enrol_learner(session, first.id, at=AT)
    second = await new_application(session, course)
    with pytest.raises(errors.SessionFullError) as refusal:
        await enrol_learner(session, second.id, at=AT)
    assert refusal.value.extensions == {"capacity": 1}
    ended = await withdraw_learner(session, enrolment.id, reason="found work", at=AT)
    assert (ended.state, ended.withdrawn_at, ended.withdrawal_reason) == (State.WITHDRAWN, AT, "found work")
    with pytest.raises(errors.TransitionRefusedError):
        await withdraw_learner(session, enrolment.id, reason=None, at=AT)
    with pytest.raises(errors.TransitionRefusedError):
        await enrol_learner(session, first.id, at=AT)
    again = await new_application(session, course, person_id=first.person_id)
    assert (await enrol_learner(session, again.id, at=AT)).state is State.ENROLLED


async def test_overlapping_courses_are_refused(session: AsyncSession) -> None:
    one, other = await new_session(session), await new_session(session, starts_on=ENDS_ON, ends_on=date(2028, 9, 1))
    mine = await new_application(session, one)
    await enrol_learner(session, mine.id, at=AT)
    second = await new_application(session, other, person_id=mine.person_id)
    with pytest.raises(errors.OverlappingCourseError):
        await enrol_learner(session, second.id, at=AT)
    assert (await applications.find(session, second.id)) == second


async def test_new_dates_move_those_who_sit_on_the_session(database: Database) -> None:
    async with database.sessions.begin() as session:
        course = await new_session(session)
        mine = await new_application(session, course)
        enrolment = await enrol_learner(session, mine.id, at=AT)
        later = draft_of(course, starts_on=date(2027, 10, 1), ends_on=date(2028, 7, 15))
        moved = await amend_session(session, course.id, later, version=1, at=AT)
        assert (moved.version, moved.seats_taken) == (2, 1)
        seen = await enrolments.find(session, enrolment.id)
        assert seen is not None
        assert (seen.starts_on, seen.ends_on) == (date(2027, 10, 1), date(2028, 7, 15))
        summer = await new_session(session, starts_on=date(2028, 7, 16), ends_on=date(2028, 8, 31))
        other = await new_application(session, summer, person_id=mine.person_id)
        await enrol_learner(session, other.id, at=AT)
    longer = draft_of(course, ends_on=date(2028, 7, 16))
    async with database.sessions() as session:
        with pytest.raises(IntegrityError, match="ex_enrolment_overlap"):
            await amend_session(session, course.id, longer, version=2, at=AT)


async def test_a_cancelled_session_gives_back_every_seat(session: AsyncSession) -> None:
    course = await new_session(session)
    seated, waiting = await new_application(session, course), await new_application(session, course)
    enrolment = await enrol_learner(session, seated.id, at=AT)
    cancelled = await amend_session(
        session, course.id, draft_of(course, state=SessionState.CANCELLED), version=1, at=AT
    )
    assert (cancelled.state, cancelled.seats_taken) == (SessionState.CANCELLED, 0)
    ended = await enrolments.find(session, enrolment.id)
    assert ended is not None
    assert (ended.state, ended.withdrawal_reason) == (State.WITHDRAWN, CANCELLED)
    for application in (seated, waiting):
        found = await applications.find(session, application.id)
        assert found is not None
        assert found.state is State.WITHDRAWN
    assert await sessions.find(session, course.id) == cancelled


async def test_amendments_meet_the_same_rules_as_publications(session: AsyncSession) -> None:
    course = await new_session(session)
    with pytest.raises(VersionConflictError):
        await amend_session(session, course.id, draft_of(course), version=2, at=AT)
    with pytest.raises(errors.UnitUnknownError):
        await amend_session(session, course.id, draft_of(course, region="04"), version=1, at=AT)
    with pytest.raises(errors.UnitUnknownError):
        await amend_session(session, course.id, draft_of(course, region=None, unit=None), version=1, at=AT)
    institution = await publish_institution(session, PLACE, organisation="ofppt", at=AT)
    with pytest.raises(VersionConflictError):
        await amend_institution(session, institution.id, PLACE, version=2)
    with pytest.raises(errors.UnitUnknownError):
        await amend_institution(session, institution.id, replace(PLACE, unit="MA-RAB"), version=1)
    assert (await amend_institution(session, institution.id, replace(PLACE, name="Centre"), version=1)).version == 2
    taught = ProgrammeDraft(
        institution_id=institution.id,
        name="Soudure",
        level=Level.S,
        mode=Mode.EVENING,
        languages=("ar",),
        admission_rule="LEVEL",
    )
    programme = await publish_programme(session, taught, on=TODAY, at=AT)
    with pytest.raises(VersionConflictError):
        await amend_programme(session, programme.id, taught, version=2, on=TODAY)
    unfit = replace(taught, admission_rule="APPRENTICESHIP")
    with pytest.raises(errors.AdmissionRuleUnfitError):
        await amend_programme(session, programme.id, unfit, version=1, on=TODAY)
    assert (await amend_programme(session, programme.id, replace(taught, hours=400), version=1, on=TODAY)).hours == 400


async def test_what_does_not_exist_is_said_to_be_so(session: AsyncSession) -> None:
    nobody, course = uuid4(), await new_session(session)
    with pytest.raises(errors.ApplicationNotFoundError):
        await enrol_learner(session, nobody, at=AT)
    with pytest.raises(errors.ApplicationNotFoundError):
        await withdraw_application(session, nobody)
    with pytest.raises(errors.ApplicationNotFoundError):
        await decide_application(session, nobody, Ruling(Outcome.ADMISSIBLE, "x", "y", AT))
    with pytest.raises(errors.EnrolmentNotFoundError):
        await withdraw_learner(session, nobody, reason=None, at=AT)
    with pytest.raises(errors.SessionNotFoundError):
        await amend_session(session, nobody, draft_of(course), version=1, at=AT)
    with pytest.raises(errors.InstitutionNotFoundError):
        await amend_institution(session, nobody, PLACE, version=1)
    taught = ProgrammeDraft(
        institution_id=nobody, name="X", level=Level.S, mode=Mode.EVENING, languages=("ar",), admission_rule="LEVEL"
    )
    with pytest.raises(errors.ProgrammeNotFoundError):
        await amend_programme(session, nobody, taught, version=1, on=TODAY)
    unknown = SessionDraft(programme_id=nobody, starts_on=STARTS_ON, ends_on=ENDS_ON, capacity=1)
    with pytest.raises(errors.ReferenceUnknownError) as refusal:
        await publish_session(session, unknown, at=AT)
    assert refusal.value.pointer == "/programme_id"
