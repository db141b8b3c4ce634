"""What persons are to each other, and who acts for them."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import Period
from services.kit.withholding import Closed, Withheld
from services.registry.domain.facts import facts_of
from services.registry.domain.relationships import (
    INVERSE,
    STORED_AS,
    CustodyOverfullError,
    CustodyShareError,
    Kind,
    Link,
    Relationship,
    SelfRelationshipError,
    refuse_overfull,
    relate,
)
from services.registry.domain.representatives import (
    MOST_REPRESENTATIVES,
    Capacity,
    Representative,
    RepresentativeTwiceError,
    RepresentativeUnclearError,
    TooManyRepresentativesError,
    appoint,
)
from tests.registry.builders import TODAY, hashed, person

ONE, OTHER, CHILD = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST = date(2026, 1, 1)


@given(st.sampled_from(list(Kind)), st.booleans(), st.booleans())
def test_both_ends_read_the_same_row(kind: Kind, proven: bool, swapped: bool) -> None:
    one, other = (OTHER, ONE) if swapped else (ONE, OTHER)
    share = 50 if kind in {Kind.CUSTODIAN, Kind.IN_CUSTODY} else None
    row = relate(one, Link(kind, other, share=share), proven=proven)
    assert row.of(one) == Link(kind, other, share=share)
    seen = row.of(other)
    assert seen.kind is (INVERSE.get(kind) or STORED_AS[kind])
    assert relate(other, seen, proven=proven) == row


def test_a_link_with_oneself_and_a_share_out_of_place_are_refused() -> None:
    with pytest.raises(SelfRelationshipError):
        relate(ONE, Link(Kind.SPOUSE, ONE), proven=False)
    for link in (Link(Kind.SPOUSE, OTHER, share=10), Link(Kind.CUSTODIAN, OTHER)):
        with pytest.raises(CustodyShareError):
            relate(ONE, link, proven=False)


DAYS = st.none() | st.integers(0, 12).map(lambda days: FIRST + timedelta(days=days))


@st.composite
def custodies(draw: st.DrawFn) -> Relationship:
    first, last = draw(DAYS), draw(DAYS)
    if first and last and last < first:
        first, last = last, first
    return Relationship(ONE, CHILD, Kind.CUSTODIAN, Period(first, last), draw(st.integers(1, 100)))


@given(custodies(), st.lists(custodies(), max_size=4))
def test_custody_is_whole_on_every_day(new: Relationship, others: list[Relationship]) -> None:
    held = [
        sum(row.share or 0 for row in others if row.valid.contains(day)) + (new.share or 0)
        for day in (FIRST + timedelta(days=days) for days in range(-2, 15))
        if new.valid.contains(day) and any(row.valid.contains(day) for row in others)
    ]
    if max(held, default=0) > 100:
        with pytest.raises(CustodyOverfullError):
            refuse_overfull(new, others)
    else:
        refuse_overfull(new, others)


def test_other_kinds_have_no_whole() -> None:
    refuse_overfull(Relationship(ONE, CHILD, Kind.PARENT), [Relationship(OTHER, CHILD, Kind.CUSTODIAN, share=100)])


def test_a_representative_is_one_clear_other() -> None:
    for unclear in (
        Representative(ONE, Capacity.PROXY),
        Representative(ONE, Capacity.PROXY, ONE),
        Representative(ONE, Capacity.PROXY, OTHER, "cabinet"),
    ):
        with pytest.raises(RepresentativeUnclearError):
            appoint(unclear, [])
    cabinet = Representative(ONE, Capacity.LAWYER, organisation="cabinet")
    assert appoint(cabinet, []) is cabinet
    with pytest.raises(RepresentativeTwiceError):
        appoint(cabinet, [cabinet])
    many = [Representative(ONE, Capacity.PROXY, subject=str(number)) for number in range(MOST_REPRESENTATIVES)]
    with pytest.raises(TooManyRepresentativesError):
        appoint(cabinet, many)
    past = Period(None, date(2020, 1, 1))
    appoint(cabinet, [Representative(ONE, Capacity.LAWYER, organisation="cabinet", valid=past)][:0] + many[1:])


def test_facts_carry_family_and_wall_only_where_there_is_one() -> None:
    bare = facts_of(person(), hash_identifier=hashed, on=TODAY)
    assert not {"links", "withheld"} & bare.keys()
    withheld = Withheld(persons=frozenset({str(OTHER)}), callers=(Closed("cabinet"),))
    known = person()
    links = (Link(Kind.CUSTODIAN, OTHER, Period(FIRST, None), 60), Link(Kind.SPOUSE, CHILD))
    full = facts_of(
        type(known)(known.id, known.programme_number, 1, known.recorded_at, known.core, links=links, withheld=withheld),
        hash_identifier=hashed,
        on=TODAY,
    )
    assert full["links"] == [
        {"kind": "CUSTODIAN", "person_id": str(OTHER), "valid_from": "2026-01-01", "valid_to": None, "share": 60},
        {"kind": "SPOUSE", "person_id": str(CHILD), "valid_from": None, "valid_to": None},
    ]
    assert Withheld.from_json(full["withheld"]) == withheld
