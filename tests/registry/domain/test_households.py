"""Joining, leaving and splitting a household; who is protected from whom."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import Period
from services.registry.domain.barriers import (
    MOST_BARRIERS,
    Barrier,
    BarrierToNobodyError,
    LiftNotProposedError,
    LiftProposal,
    TooManyBarriersError,
    pairs,
    refuse_too_many,
)
from services.registry.domain.change_requests import SecondPersonRequiredError
from services.registry.domain.errors import PeriodOverlapError
from services.registry.domain.households import (
    MOST_MEMBERS,
    HouseholdFullError,
    HouseholdHasHeadError,
    Member,
    MemberNotFoundError,
    NobodyStaysError,
    NotAMemberError,
    asking,
    join,
    latest,
    leave,
    present,
    split,
    vacate,
)
from services.registry.domain.papers import Address
from services.registry.domain.persons import Role
from services.registry.domain.rights import Actor

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HE, SHE, SON, AUNT, OTHER = (UUID(int=number) for number in range(1, 6))
SINCE = Period(date(2020, 1, 1), None)
HOME = [
    Member(HE, Role.HEAD, SINCE), Member(SHE, Role.SPOUSE, SINCE), Member(SON, Role.CHILD, SINCE),
    Member(AUNT, Role.OTHER, SINCE),
]  # fmt: skip


def test_a_second_head_and_a_second_membership_are_refused() -> None:
    with pytest.raises(PeriodOverlapError) as overlap:
        join(HOME, Member(SON, Role.OTHER), "/members/3")
    assert overlap.value.pointer == "/members/3/valid_from"
    with pytest.raises(HouseholdHasHeadError) as headed:
        join(HOME, Member(OTHER, Role.HEAD))
    assert headed.value.pointer == "/role"
    join(HOME, Member(OTHER, Role.HEAD, Period(None, date(2019, 12, 31))))
    with pytest.raises(HouseholdFullError):
        join([Member(UUID(int=number), Role.OTHER) for number in range(MOST_MEMBERS)], Member(UUID(int=99), Role.OTHER))


def test_who_leaves_before_she_came_was_never_there() -> None:
    assert leave(HOME[1], date(2019, 12, 31)).kept is None
    kept = leave(HOME[1], TODAY).kept
    assert kept is not None
    assert kept.valid == Period(date(2020, 1, 1), TODAY)
    always = leave(Member(SHE, Role.OTHER), TODAY).kept
    assert always is not None
    assert always.valid == Period(None, TODAY)


def test_the_latest_membership_is_the_one_that_goes_on() -> None:
    ended = Member(SHE, Role.OTHER, Period(None, date(2010, 1, 1)))
    assert latest([HOME[1], ended], SHE) is HOME[1]
    with pytest.raises(MemberNotFoundError):
        latest(HOME, OTHER)


@given(st.sets(st.sampled_from([HE, SHE, SON, AUNT]), min_size=1, max_size=3))
def test_a_split_takes_everybody_to_one_place_or_the_other(leaving: set[UUID]) -> None:
    found = split(HOME, sorted(leaving), TODAY)
    assert {member.person_id for member in found.arrivals} == leaving
    assert sum(member.role is Role.HEAD for member in found.arrivals) == 1
    stay = {member.person_id for member in HOME} - leaving
    after = [*(one for one in HOME if one.person_id in stay), *(one.kept for one in found.departures if one.kept)]
    assert {member.person_id for member in present(after, TODAY)} == stay
    assert {member.person_id for member in present(after, TODAY - timedelta(days=1))} == stay | leaving
    assert found.left == (() if HE in leaving else (HE,))


def test_who_leads_is_the_first_adult_or_the_one_named() -> None:
    assert [one.role for one in split(HOME, [SON, SHE], TODAY).arrivals] == [Role.CHILD, Role.HEAD]
    named = split(HOME, [SHE, AUNT], TODAY, AUNT)
    assert [one.role for one in named.arrivals] == [Role.OTHER, Role.HEAD]
    assert split(HOME, [SON], TODAY).arrivals[0].role is Role.HEAD


def test_nobody_else_can_leave_and_somebody_stays() -> None:
    for leaving, head, pointer in (([SHE, OTHER], None, "/leaving/1"), ([SHE], HE, "/head")):
        with pytest.raises(NotAMemberError) as refused:
            split(HOME, leaving, TODAY, head)
        assert refused.value.pointer == pointer
    with pytest.raises(NobodyStaysError):
        split(HOME, [HE, SHE, SON, AUNT], TODAY)


def test_heads_and_spouses_ask_about_the_others() -> None:
    assert asking(HOME, TODAY) == [HE, SHE]
    assert asking(HOME, TODAY, but=[HE]) == [SHE]
    assert asking(HOME, date(2019, 1, 1)) == []


def test_an_address_that_is_left_ends_the_day_before() -> None:
    past = Address("06", "MA-CAS", None, None, Period(None, date(2019, 1, 1)))
    now = Address("04", "MA-RAB", None, None, Period(date(2019, 1, 2), None))
    assert vacate([past, now], TODAY) == (
        past, Address("04", "MA-RAB", None, None, Period(date(2019, 1, 2), date(2026, 11, 22))),
    )  # fmt: skip
    assert vacate([Address("04", "MA-RAB", None, None)], TODAY)[0].valid.end == date(2026, 11, 22)
    assert vacate([Address("04", "MA-RAB", None, None, Period(TODAY, None))], TODAY) == ()


def barrier(protected: UUID = SHE) -> Barrier:
    return Barrier(protected, HE, "team", "ada", NOW)


def test_two_of_the_team_lift_a_barrier() -> None:
    ada, ben = Actor("ada", "desk", "team"), Actor("ben", "desk", "team")
    with pytest.raises(LiftNotProposedError):
        barrier().lift(by=ben, at=NOW)
    proposed = barrier().propose_lift(LiftProposal("She asks", ada, NOW))
    with pytest.raises(SecondPersonRequiredError):
        proposed.lift(by=ada, at=NOW)
    with pytest.raises(SecondPersonRequiredError):
        proposed.lift(by=Actor("desk", "desk", "team"), at=NOW)
    assert proposed.lift(by=ben, at=NOW).lifted_by == "ben"


def test_barriers_stand_between_two() -> None:
    assert pairs([SHE, SON], [HE]) == [(SHE, HE), (SON, HE)]
    for protected, others in (([SHE], []), ([SHE], [SHE])):
        with pytest.raises(BarrierToNobodyError):
            pairs(protected, others)
    refuse_too_many([barrier()] * MOST_BARRIERS + [barrier(SON)])
    with pytest.raises(TooManyBarriersError):
        refuse_too_many([barrier()] * (MOST_BARRIERS + 1))
