"""What is stored comes back as the same record."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import BirthInterval, Period, Precision
from services.training.courses.domain.catalogue import InstitutionDraft, InstitutionKind, Level, SessionState
from services.training.courses.domain.enrolments import Ruling, State
from services.training.courses.domain.facts import LegalStatus
from services.training.courses.domain.findings import Outcome
from services.training.courses.store import applications, enrolments, facts, institutions, programmes, sessions
from services.training.courses.store.ranges import period_of, range_of
from services.training.courses.store.sessions import SessionFilter
from tests.training.builders import AT, ENDS_ON, STARTS_ON, TODAY, person_facts
from tests.training.records import new_application, new_session


async def test_facts_come_back_as_they_were(session: AsyncSession) -> None:
    said = person_facts(
        birth=BirthInterval(date(1988, 1, 1), date(1992, 12, 31)),
        birth_precision=Precision.CIRCA,
        legal_statuses=(LegalStatus("REFUGEE_BRA", Period(date(2020, 1, 1), None)), LegalStatus("STATELESS")),
        deceased_on=date(2026, 1, 1),
    )
    assert await facts.save_newer(session, said)
    assert await facts.find(session, said.person_id) == said
    assert await facts.find(session, uuid4()) is None


async def test_the_newest_version_of_the_facts_wins(session: AsyncSession) -> None:
    newest = person_facts(version=3, school_level="LICENCE")
    assert await facts.save_newer(session, newest)
    assert not await facts.save_newer(session, newest)
    assert not await facts.save_newer(session, person_facts(version=2))
    assert await facts.find(session, newest.person_id) == newest
    assert await facts.save_newer(session, replace(newest, version=4, school_level=None))


async def test_an_application_comes_back_with_everything_that_explains_it(session: AsyncSession) -> None:
    course = await new_session(session)
    made = await new_application(session, course)
    assert await applications.find(session, made.id) == made
    ruled = await applications.rule(session, made.id, Ruling(Outcome.NOT_ADMISSIBLE, "withdrawn offer", "officer", AT))
    assert (ruled.outcome, ruled.version) == (Outcome.NOT_ADMISSIBLE, 2)
    assert await applications.find(session, made.id, to_change=True) == ruled
    only = await applications.page_of_session(
        session, course.id, outcome=Outcome.NOT_ADMISSIBLE, state=State.APPLIED, after=None, limit=5
    )
    assert only == [ruled]
    nobody = await applications.page_of_session(
        session, course.id, outcome=Outcome.ADMISSIBLE, state=None, after=None, limit=5
    )
    assert nobody == []


async def test_a_seat_carries_the_days_of_its_session(session: AsyncSession) -> None:
    course = await new_session(session)
    seat = await enrolments.take_seat(session, await new_application(session, course), at=AT)
    assert seat is not None
    assert (seat.starts_on, seat.ends_on, seat.state) == (STARTS_ON, ENDS_ON, State.ENROLLED)
    assert await enrolments.find(session, seat.id) == seat
    assert await enrolments.overlaps(session, person_id=seat.person_id, period=Period(ENDS_ON, None))
    after = Period(ENDS_ON + timedelta(days=1), None)
    assert not await enrolments.overlaps(session, person_id=seat.person_id, period=after)
    assert not await enrolments.overlaps(session, person_id=uuid4(), period=Period(ENDS_ON, None))


async def test_no_seat_is_taken_on_a_full_or_a_closed_session(session: AsyncSession) -> None:
    course = await new_session(session, capacity=1)
    assert await enrolments.take_seat(session, await new_application(session, course), at=AT) is not None
    assert await enrolments.take_seat(session, await new_application(session, course), at=AT) is None
    closed = await new_session(session, state=SessionState.CLOSED)
    assert await enrolments.take_seat(session, await new_application(session, closed), at=AT) is None


def test_periods_and_ranges_are_each_others_inverse() -> None:
    for period in (Period(), Period(TODAY, TODAY), Period(None, TODAY), Period(TODAY, None)):
        assert period_of(range_of(period)) == period


async def test_lists_narrow_by_each_filter(session: AsyncSession) -> None:
    rabat = InstitutionDraft(name="Rabat", kind=InstitutionKind.OFPPT, region="04", unit="MA-RAB")
    await institutions.add(session, rabat, organisation="ofppt", at=AT)
    early = await new_session(session, level=Level.FQ, starts_on=date(2027, 1, 10))
    late = await new_session(session, level=Level.TS, region="04", unit="MA-RAB")
    programme = await programmes.find(session, early.programme_id)
    assert programme is not None
    narrowed = {
        SessionFilter(): [early, late],
        SessionFilter(region="04"): [late],
        SessionFilter(level=Level.FQ): [early],
        SessionFilter(institution_id=programme.institution_id): [early],
        SessionFilter(programme_id=late.programme_id): [late],
        SessionFilter(state=SessionState.CANCELLED): [],
        SessionFilter(starts_from=date(2027, 1, 11)): [late],
    }
    for wanted, expected in narrowed.items():
        assert await sessions.page(session, wanted, after=None, limit=5) == expected
    assert await sessions.page(session, SessionFilter(), after=(early.starts_on, early.id), limit=5) == [late]

    by_kind = await institutions.page(
        session, region=None, unit_code=None, kind=InstitutionKind.OFPPT, after=None, limit=5
    )
    assert [each.name for each in by_kind] == ["Rabat"]
    for region, count in (("04", 0), ("06", 1)):
        found = await programmes.page(
            session, region=region, level=Level.FQ, mode=None, institution_id=None, after=None, limit=5
        )
        assert len(found) == count
