"""The map of regions that an address's codes are of: today's, or the one of its time."""

from datetime import date

import pytest

from services.kit.periods import Period
from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.findings import Findings
from services.registry.domain.papers import Fields, read_address
from services.registry.domain.reference import PRESENT_SCHEME, Territory
from tests.registry.builders import REFERENCE

FORMER = "MA-1997"
BEFORE = Period(date(2009, 1, 1), date(2014, 12, 31))
ACROSS = Period(date(2009, 1, 1), None)
MAPS = REFERENCE.territory


def test_an_address_that_names_no_map_is_on_todays() -> None:
    assert MAPS.scheme_of(None, Period(), coded=True) == PRESENT_SCHEME
    assert MAPS.scheme_of(None, ACROSS, coded=True) == PRESENT_SCHEME
    assert MAPS.scheme_of(None, BEFORE, coded=False) == PRESENT_SCHEME
    assert Territory({}, {}).scheme_of(None, BEFORE, coded=True) == PRESENT_SCHEME


def test_an_address_of_before_says_which_map_it_means() -> None:
    assert MAPS.scheme_of(PRESENT_SCHEME, BEFORE, coded=True) == PRESENT_SCHEME
    assert MAPS.scheme_of(FORMER, BEFORE, coded=True) == FORMER
    for scheme, valid, code in (
        (None, BEFORE, "scheme-missing"),
        (FORMER, ACROSS, "scheme-not-in-force"),
        (FORMER, Period(date(2009, 1, 1), date(2015, 9, 4)), "scheme-not-in-force"),
        ("MA-1971", BEFORE, "unknown-code"),
    ):
        with pytest.raises(ValueRefusedError, match=code):
            MAPS.scheme_of(scheme, valid, coded=True)


def test_a_map_that_never_ended_is_in_force() -> None:
    endless = Territory({}, {}, {FORMER: {}}, {FORMER: Period()})
    assert endless.scheme_of(FORMER, ACROSS, coded=True) == FORMER


def test_one_code_names_two_regions_on_two_maps() -> None:
    assert MAPS.region("MA-08") == MAPS.region("08", FORMER) == "08"
    assert MAPS.region("MA-16", FORMER) == "16"
    for written, scheme in (("16", PRESENT_SCHEME), ("17", FORMER)):
        with pytest.raises(ValueRefusedError, match="unknown-code"):
            MAPS.region(written, scheme)
    with pytest.raises(ValueRefusedError, match="unit-outside-scheme"):
        MAPS.unit("MA-CAS", FORMER)


def test_an_address_keeps_the_map_it_was_read_on() -> None:
    at, found = Fields("region", "unit", "at", "at"), Findings()
    made = read_address(found, at, "08", None, None, None, BEFORE, scheme=FORMER, reference=REFERENCE)
    assert made is not None
    assert (made.region, made.scheme) == ("08", FORMER)
    assert read_address(found, at, "08", None, None, None, BEFORE, scheme_at="scheme", reference=REFERENCE) is None
    assert [(one.field, one.code) for one in found.all] == [("scheme", "scheme-missing")]
