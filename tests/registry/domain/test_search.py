"""Search: how many criteria it takes, and how well a hit fits."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import PartialDate, Period
from services.registry.domain.contacts import Contact, ContactKind
from services.registry.domain.errors import TooFewCriteriaError
from services.registry.domain.folding import skeleton
from services.registry.domain.papers import Address
from services.registry.domain.persons import Core, Intake
from services.registry.domain.search import (
    Candidate,
    Criteria,
    alternatives,
    entry_of,
    fit,
    name_likeness,
    require_enough,
)
from services.registry.store import seeds
from tests.registry.builders import TODAY, name, person

SPELLINGS = seeds.spellings()
ENOUGH: list[dict[str, Any]] = [
    {"identifier": ("PASSPORT", "A1")},
    {"identifier": (None, "A1")},
    {"programme_number": "MIG-2026-000001-U"},
    {"name": "Awa", "birth_year": 1990},
    {"name": "Awa", "nationality": "SEN"},
    {"name": "Awa", "region": "06"},
    {"name": "Awa", "phone": "+212600000000"},
    {"phone": "+212600000000", "birth_year": 1990},
]
TOO_FEW: list[dict[str, Any]] = [
    {},
    {"name": "Awa"},
    {"phone": "+212600000000"},
    {"birth_year": 1990},
    {"birth_year": 1990, "nationality": "SEN", "region": "06"},
]


@pytest.mark.parametrize("criteria", ENOUGH)
def test_a_number_or_a_telling_criterion_with_another_is_enough(criteria: dict[str, Any]) -> None:
    require_enough(Criteria(**criteria))


@pytest.mark.parametrize("criteria", TOO_FEW)
def test_what_would_list_the_register_is_refused(criteria: dict[str, Any]) -> None:
    with pytest.raises(TooFewCriteriaError):
        require_enough(Criteria(**criteria))


def candidate(**parts: Any) -> Candidate:
    values: dict[str, Any] = {
        "names": (name("Mamadou", "Diallo"),),
        "birth_from": 1990,
        "birth_to": 1990,
        "nationalities": ("GIN",),
        "region": "06",
        "phones": frozenset({"+212600000000"}),
    }
    return Candidate(**{**values, **parts})


def score(criteria: Criteria, one: Candidate) -> float:
    found = fit(criteria, one, SPELLINGS)
    assert found is not None
    return found.score


def test_what_agrees_is_named() -> None:
    asked = Criteria(name="Mamadou Diallo", birth_year=1990, nationality="GIN", phone="+212600000000", region="06")
    found = fit(asked, candidate(), SPELLINGS)
    assert found is not None
    assert found.score == 1.0
    assert found.matched == ("name", "birth_year", "nationality", "phone", "region")


@pytest.mark.parametrize(
    "asked",
    [
        Criteria(name="Mamadou Diallo", birth_year=1991),
        Criteria(name="Mamadou Diallo", nationality="SEN"),
        Criteria(name="Mamadou Diallo", region="04"),
        Criteria(name="Mamadou Diallo", phone="+212611111111"),
        Criteria(name="Kwame Nkrumah", nationality="GIN"),
    ],
)
def test_what_contradicts_leaves_the_candidate_out(asked: Criteria) -> None:
    assert fit(asked, candidate(), SPELLINGS) is None


def test_what_is_not_known_counts_half() -> None:
    unknown = candidate(birth_from=None, birth_to=None, nationalities=(), region=None, phones=frozenset())
    for asked in (
        Criteria(name="Mamadou Diallo", birth_year=1990),
        Criteria(name="Mamadou Diallo", nationality="GIN"),
        Criteria(name="Mamadou Diallo", region="06"),
        Criteria(name="Mamadou Diallo", phone="+212600000000"),
    ):
        assert score(asked, unknown) == pytest.approx(0.85)
        assert score(asked, candidate()) == 1.0


@pytest.mark.parametrize(
    ("year", "margin", "fits"), [(1985, 1, True), (1984, 1, False), (1993, 3, True), (1996, 5, False)]
)
def test_a_year_fits_with_its_margin(year: int, margin: int, fits: bool) -> None:
    circa = candidate(birth_from=1986, birth_to=1990)
    asked = Criteria(name="Mamadou Diallo", birth_year=year, birth_year_margin=margin)
    assert (fit(asked, circa, SPELLINGS) is not None) is fits


def test_a_year_fits_an_interval() -> None:
    circa = candidate(birth_from=1986, birth_to=1990)
    assert score(Criteria(name="Mamadou Diallo", birth_year=1988), circa) == 1.0


def test_without_a_name_the_rest_is_all() -> None:
    assert score(Criteria(phone="+212600000000", birth_year=1990), candidate()) == 1.0


def test_a_name_alone_in_the_fit_leaves_no_rest() -> None:
    assert score(Criteria(name="Mamadou Diallo"), candidate()) == 1.0


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("Mamadou Diallo", 1.0, 1.0),
        ("Diallo Mamadou", 1.0, 1.0),
        ("MAMADOU DIALLO", 1.0, 1.0),
        ("Mohamed Jallow", 0.85, 0.95),
        ("Mamadou Dialo", 0.85, 0.99),
        ("Mamadou", 0.9, 0.97),
        ("Mamadou Traoré", 0.4, 0.6),
        ("Xyz Qwv", 0.0, 0.0),
        ("", 0.0, 0.0),
    ],
)
def test_likeness_falls_with_distance(asked: str, least: float, most: float) -> None:
    assert least <= name_likeness(asked, name("Mamadou", "Diallo"), SPELLINGS) <= most


def test_scripts_meet() -> None:
    assert name_likeness("محمد ديالو", name("Mamadou", "Diallo"), SPELLINGS) > 0.7
    assert name_likeness("Mamadou Diallo", name("محمد", "ديالو"), SPELLINGS) > 0.7


def test_joined_and_parted_names_are_the_same() -> None:
    assert name_likeness("Jean Baptiste Mendy", name("Jeanbaptiste", "Mendy"), SPELLINGS) == 1.0
    assert name_likeness("Jeanbaptiste Mendy", name("Jean Baptiste", "Mendy"), SPELLINGS) > 0.9


def test_a_stored_name_without_tokens_is_like_nothing() -> None:
    assert name_likeness("Awa", name("Иван", None), SPELLINGS) == 0.0


@given(
    st.text(max_size=30),
    st.text(alphabet="abdimnosu '-", min_size=1, max_size=20).filter(lambda text: any(map(str.isalpha, text))),
)
def test_likeness_stays_between_0_and_1(asked: str, stored: str) -> None:
    assert 0.0 <= name_likeness(asked, name(stored, None), SPELLINGS) <= 1.0


def test_each_word_asked_for_brings_its_keys_and_those_of_its_joins() -> None:
    groups = alternatives("Jean Baptiste Mendy", SPELLINGS)
    assert len(groups) == 3
    joined = "k:" + skeleton("jeanbaptiste")
    assert joined in groups[0] & groups[1]
    assert joined not in groups[2]
    assert alternatives("12", SPELLINGS) == []


def test_an_entry_holds_what_a_person_is_found_by() -> None:
    contacts = (
        Contact(ContactKind.PHONE, "0600000000", "+212600000000"),
        Contact(ContactKind.PHONE, "?", None),
        Contact(ContactKind.EMAIL, "a@b.c", "a@b.c"),
    )
    core = Core((name(),), birth=PartialDate(1990, 5, 12), contacts=contacts)
    addresses = Address("06", "MA-CAS", None, None, Period(date(2020, 1, 1), None))
    entry = entry_of(person(Intake(core, ("SEN",), address=addresses)), SPELLINGS, TODAY)
    assert (entry.birth_from, entry.birth_to, entry.nationalities, entry.region) == (1990, 1990, ("SEN",), "06")
    assert "p:+212600000000" in entry.keys
    assert not any("@" in key for key in entry.keys)
    nothing = entry_of(person(), SPELLINGS, TODAY)
    assert (nothing.birth_from, nothing.birth_to, nothing.region) == (None, None, None)
