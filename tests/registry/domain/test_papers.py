"""Identifiers, permits, statuses, addresses: what is impossible is refused, what is odd is kept with a warning."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.keyed_hash import normalise_identifier
from services.kit.periods import Period
from services.registry.domain.errors import PeriodOverlapError
from services.registry.domain.findings import Findings
from services.registry.domain.moves import move
from services.registry.domain.papers import (
    Address,
    Fields,
    Identifier,
    LegalStatus,
    Permit,
    read_address,
    read_identifier,
    read_permit,
    read_status,
    refuse_overlap,
)
from tests.registry.builders import REFERENCE, TODAY

AT = Fields("kind", "number", "start", "end")


def codes(found: Findings) -> list[tuple[str, str]]:
    return [(finding.field, finding.code) for finding in found.all]


def an_identifier(
    value: str, system: str = "PASSPORT", issued: date | None = None, expires: date | None = None
) -> tuple[Identifier | None, Findings]:
    found = Findings()
    norm = normalise_identifier(value)
    made = read_identifier(found, AT, system, value, norm, None, issued, expires, reference=REFERENCE)
    return made, found


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("PASSPORT", "A 1234567"),
        ("PERMIT", "c350356a"),
        ("IDCS", "0123456789"),
        ("UNHCR", "385-14C01234"),
        ("MASSAR", "K123456789"),
        ("CNSS", "123456789"),
        ("CNIE", "AB12345"),
    ],
)
def test_a_number_in_its_usual_form_is_taken(system: str, value: str) -> None:
    made, found = an_identifier(value, system)
    assert made is not None
    assert made.value == value
    assert not found.all


def test_an_unusual_number_is_taken_with_a_warning() -> None:
    made, found = an_identifier("12", "IDCS")
    assert made is not None
    assert codes(found) == [("number", "format-unusual")]
    assert not found.refused


@pytest.mark.parametrize(
    ("value", "system", "expected"),
    [
        ("---", "PASSPORT", ("number", "identifier-empty")),
        ("A" * 41, "PASSPORT", ("number", "too-long")),
        ("A123456", "LIBRARY", ("kind", "unknown-code")),
    ],
)
def test_a_number_that_is_none_is_refused(value: str, system: str, expected: tuple[str, str]) -> None:
    made, found = an_identifier(value, system)
    assert made is None
    assert codes(found) == [expected]


def test_a_paper_does_not_expire_before_it_is_issued() -> None:
    made, found = an_identifier("A1234567", issued=date(2026, 1, 2), expires=date(2026, 1, 1))
    assert made is None
    assert codes(found) == [("end", "period-reversed")]


def a_permit(kind: str, number: str | None, start: date | None, end: date | None) -> tuple[Permit | None, Findings]:
    found = Findings()
    norm = normalise_identifier(number or "")
    return read_permit(found, AT, kind, number, norm, start, end, reference=REFERENCE, today=TODAY), found


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("REG1", date(2025, 3, 1), date(2026, 3, 1)),
        ("REG1", date(2025, 3, 1), date(2026, 2, 28)),
        ("REG3", date(2024, 4, 25), date(2027, 4, 25)),
        ("CR", date(2018, 5, 5), date(2028, 5, 5)),
        ("CI", date(2025, 1, 1), date(2035, 1, 1)),
        ("DCM", date(2025, 1, 1), date(2025, 6, 1)),
        ("REG3", date(2024, 4, 25), None),
        ("REG3", None, date(2027, 4, 25)),
        ("REG3", None, None),
    ],
)
def test_a_title_of_the_usual_length_is_taken(kind: str, start: date | None, end: date | None) -> None:
    made, found = a_permit(kind, "C350356A", start, end)
    assert made is not None
    assert made.valid == Period(start, end)
    assert not found.all


@pytest.mark.parametrize(
    ("kind", "number", "start", "end", "expected"),
    [
        ("REG1", "C350356A", date(2025, 3, 1), date(2030, 3, 1), ("end", "length-unusual")),
        ("REG3", "C350356A", date(2025, 3, 1), date(2026, 3, 1), ("end", "length-unusual")),
        ("REG3", "C350356A", date(2026, 11, 24), date(2029, 11, 24), ("start", "starts-in-future")),
        ("REG3", "C350356A", date(2016, 3, 1), date(2019, 3, 1), ("start", "not-in-force-then")),
        ("REG3", "12/34", date(2025, 3, 1), date(2028, 3, 1), ("number", "format-unusual")),
    ],
)
def test_an_odd_title_is_taken_with_a_warning(
    kind: str, number: str, start: date, end: date, expected: tuple[str, str]
) -> None:
    made, found = a_permit(kind, number, start, end)
    assert made is not None
    assert codes(found) == [expected]
    assert not found.refused


@pytest.mark.parametrize(
    ("kind", "number", "start", "end", "expected"),
    [
        ("REG3", "C350356A", date(2027, 3, 1), date(2024, 3, 1), ("end", "period-reversed")),
        ("REG9", "C350356A", date(2024, 3, 1), date(2027, 3, 1), ("kind", "unknown-code")),
        ("REG3", "---", date(2024, 3, 1), date(2027, 3, 1), ("number", "identifier-empty")),
        ("REG3", "A" * 41, date(2024, 3, 1), date(2027, 3, 1), ("number", "too-long")),
    ],
)
def test_an_impossible_title_is_refused(
    kind: str, number: str, start: date, end: date, expected: tuple[str, str]
) -> None:
    made, found = a_permit(kind, number, start, end)
    assert made is None
    assert expected in codes(found)


def test_a_receipt_stands_for_a_title_also_before_its_rule() -> None:
    receipt, _ = a_permit("RECEPISSE", None, date(2026, 10, 1), date(2027, 1, 1))
    early, found = a_permit("RECEPISSE", None, date(2001, 1, 1), date(2001, 3, 1))
    title, _ = a_permit("CI", None, None, None)
    assert receipt is not None
    assert receipt.stands_for_permit
    assert early is not None
    assert early.stands_for_permit
    assert codes(found) == [("start", "not-in-force-then")]
    assert title is not None
    assert not title.stands_for_permit


def a_status(code: str, start: date | None, end: date | None = None) -> tuple[LegalStatus | None, Findings]:
    found = Findings()
    return read_status(found, AT, code, start, end, reference=REFERENCE, today=TODAY), found


def test_a_status_over_its_days_is_taken() -> None:
    made, found = a_status("REGULARISED_2017", date(2017, 3, 10))
    assert made == LegalStatus("REGULARISED_2017", Period(date(2017, 3, 10), None))
    assert not found.all
    assert a_status("ASYLUM_SEEKER_UNHCR", None)[0] is not None


@pytest.mark.parametrize(
    ("start", "code"), [(date(2026, 11, 24), "starts-in-future"), (date(2015, 1, 1), "not-in-force-then")]
)
def test_a_status_at_an_odd_time_is_taken_with_a_warning(start: date, code: str) -> None:
    made, found = a_status("REGULARISED_2017", start)
    assert made is not None
    assert codes(found) == [("start", code)]


def test_an_unknown_or_reversed_status_is_refused() -> None:
    assert codes(a_status("REGULARISED_2031", None)[1]) == [("kind", "unknown-code")]
    made, found = a_status("IRREGULAR", date(2020, 1, 2), date(2020, 1, 1))
    assert made is None
    assert codes(found) == [("end", "period-reversed")]


def an_address(**parts: Any) -> tuple[Address | None, Findings]:
    found = Findings()
    region, unit, commune, line = (parts.get(name) for name in ("region", "unit", "commune", "line"))
    return read_address(found, AT, region, unit, commune, line, reference=REFERENCE), found


def test_a_unit_says_its_region() -> None:
    made, _ = an_address(unit="06.141")
    assert made == Address("06", "MA-CAS", None, None)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"region": "06", "unit": "MA-CAS"}, ("06", "MA-CAS")),
        ({"region": "MA-04"}, ("04", None)),
        ({"commune": "Rabat"}, (None, None)),
    ],
)
def test_an_address_is_as_exact_as_it_is_known(parts: dict[str, str], expected: tuple[str | None, str | None]) -> None:
    made, found = an_address(**parts)
    assert made is not None
    assert (made.region, made.unit) == expected
    assert not found.all


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"region": "04", "unit": "MA-CAS"}, [("number", "unit-outside-region")]),
        ({"region": "99", "unit": "MA-CAS"}, [("kind", "unknown-code")]),
        ({"region": "06", "unit": "MA-XXX"}, [("number", "unknown-code")]),
        ({}, []),
    ],
)
def test_an_impossible_address_is_refused_and_an_empty_one_is_none(
    parts: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    made, found = an_address(**parts)
    assert made is None
    assert codes(found) == expected


def test_the_same_status_does_not_overlap_itself() -> None:
    refuse_overlap("/valid_from", Period(date(2020, 1, 1), date(2020, 12, 31)), [Period(date(2021, 1, 1), None)])
    with pytest.raises(PeriodOverlapError) as refusal:
        refuse_overlap("/valid_from", Period(date(2020, 1, 1), None), [Period(None, date(2020, 1, 1))])
    assert refusal.value.pointer == "/valid_from"


def lived(start: date | None, end: date | None = None, region: str = "06") -> Address:
    return Address(region, None, None, None, Period(start, end))


def test_moving_ends_the_former_address_the_day_before() -> None:
    moved = move([lived(date(2020, 1, 1))], lived(date(2026, 5, 2), region="04"), pointer="/valid_from")
    assert moved.closed == (lived(date(2020, 1, 1)),)
    assert moved.opened == (lived(date(2020, 1, 1), date(2026, 5, 1)), lived(date(2026, 5, 2), region="04"))


def test_an_address_of_the_same_day_is_replaced() -> None:
    moved = move([lived(date(2026, 5, 2))], lived(date(2026, 5, 2), region="04"), pointer="/valid_from")
    assert moved.opened == (lived(date(2026, 5, 2), region="04"),)
    assert move([lived(None)], lived(None, region="04"), pointer="").opened == (lived(None, region="04"),)


def test_a_stay_elsewhere_leaves_the_address_before_and_after_it() -> None:
    moved = move([lived(None)], lived(date(2026, 1, 1), date(2026, 1, 31), region="04"), pointer="")
    assert moved.opened == (
        lived(None, date(2025, 12, 31)),
        lived(date(2026, 2, 1)),
        lived(date(2026, 1, 1), date(2026, 1, 31), region="04"),
    )


def test_an_address_does_not_run_into_a_later_one() -> None:
    later = lived(date(2026, 5, 2))
    assert move([later], lived(date(2020, 1, 1), date(2026, 5, 1)), pointer="").closed == ()
    for start in (date(2020, 1, 1), None):
        with pytest.raises(PeriodOverlapError):
            move([later], lived(start), pointer="/valid_from")


MAYBE_DAYS = st.none() | st.dates(date(2020, 1, 1), date(2020, 3, 1))


@given(st.lists(st.tuples(MAYBE_DAYS, MAYBE_DAYS), max_size=12))
def test_however_often_a_person_moves_no_two_addresses_share_a_day(
    moves: list[tuple[date | None, date | None]],
) -> None:
    known: list[Address] = []
    for number, (start, end) in enumerate(moves):
        if start and end and end < start:
            continue
        new = lived(start, end, region=str(number))
        before = {day: address for address in known for day in _days(address)}
        try:
            moved = move(known, new, pointer="")
        except PeriodOverlapError:
            continue
        known = [address for address in known if address not in moved.closed] + list(moved.opened)
        after = {day: address.region for address in known for day in _days(address)}
        assert len(after) == sum(len(_days(address)) for address in known)
        expected = {day: address.region for day, address in before.items()} | dict.fromkeys(_days(new), new.region)
        assert after == expected


def _days(address: Address) -> list[int]:
    first = (address.valid.start or date(2019, 12, 1)).toordinal()
    last = (address.valid.end or date(2020, 4, 1)).toordinal()
    return list(range(first, last + 1))
