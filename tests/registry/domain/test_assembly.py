"""A person is a pure function of her records: what wins, what is kept, what stands above."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.assembly import SourceRecord, assemble
from services.registry.domain.births import UNKNOWN
from services.registry.domain.contacts import Contact, ContactKind
from services.registry.domain.contributions import (
    Contribution,
    Edit,
    Kind,
    contribution_between,
    contribution_of_intake,
    edited,
    edits_between,
    values_of,
)
from services.registry.domain.persons import Core, Intake, Nationality, Person, Sex, amend
from services.registry.domain.provenance import UNSTATED, Evidence, Method, Provenance
from tests.registry.builders import NOW, TODAY, name, person

PASSPORT = Provenance(Evidence.PASSPORT, Method.ORIGINAL_SEEN)
DECLARED = Provenance(Evidence.DECLARED, Method.INTERVIEW)
VERIFIED = Provenance(Evidence.PASSPORT, Method.ORIGINAL_SEEN, "Office 7", TODAY)

NAMES = st.lists(
    st.sampled_from([name(), name("Binta"), name("Awa", None), name("حواء", None)]), min_size=1, max_size=3
)
CONTACTS = st.lists(
    st.builds(
        Contact,
        st.just(ContactKind.PHONE),
        st.sampled_from(["0651303462", "0612345678", "0699999999"]),
        st.none(),
        st.sampled_from([None, True, False]),
    ),
    max_size=3,
    unique_by=lambda contact: contact.value,
)
BIRTHS = st.sampled_from([UNKNOWN, PartialDate(1990, 1, 1), PartialDate(1990, precision=Precision.YEAR)])
CORES = st.builds(
    Core,
    names=NAMES.map(tuple),
    sex=st.sampled_from(Sex),
    birth=BIRTHS,
    birth_source=st.sampled_from([None, Evidence.DECLARED]),
    birth_place=st.sampled_from([None, "Kankan", "Labé"]),
    languages=st.lists(st.sampled_from(["fr", "ff", "wo"]), max_size=3).map(tuple),
    contacts=CONTACTS.map(tuple),
    deceased_on=st.sampled_from([None, date(2026, 1, 2)]),
)
HELD = st.lists(
    st.builds(
        Nationality,
        st.sampled_from(["SEN", "GIN", "CIV"]),
        st.sampled_from([Period(), Period(date(2020, 1, 1), None)]),
        confirmed=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda row: row.code,
).map(tuple)


def record(contribution: Contribution, number: int = 1, at: datetime = NOW) -> SourceRecord:
    operation = "register_person" if contribution.kind is Kind.INTAKE else "amend_person"
    return SourceRecord(UUID(int=number), number, operation, "ngo", "clerk", at + timedelta(hours=number), contribution)


def intake(number: int = 1, provenance: Provenance = UNSTATED, **core: Any) -> SourceRecord:
    return record(contribution_of_intake(person(**core), provenance), number)


def correction(number: int, provenance: Provenance = UNSTATED, **values: Any) -> SourceRecord:
    return record(Contribution(Kind.CORRECTION, values, provenance=provenance), number)


def story(first: Core, held: Sequence[Nationality], changes: Sequence[tuple[Core, Sequence[Nationality]]]) -> Any:
    """Yield a person after each change, with her records so far."""
    she = replace(person(Intake(first)), nationalities=tuple(held))
    records = [record(contribution_of_intake(she))]
    yield she, list(records)
    for number, (core, nationalities) in enumerate(changes, 2):
        after = amend(she, at=NOW + timedelta(hours=number), core=core, nationalities=tuple(nationalities))
        said = contribution_between(she, after)
        if said is not None:
            records.append(record(said, number))
        she = after
        yield she, list(records)


@given(CORES, HELD, st.lists(st.tuples(CORES, HELD), max_size=5), st.randoms(use_true_random=False))
def test_whatever_is_corrected_the_records_make_what_is_known(
    first: Core, held: tuple[Nationality, ...], changes: list[tuple[Core, Any]], order: Any
) -> None:
    for she, records in story(first, held, changes):
        order.shuffle(records)
        made = assemble(records)
        assert values_of(made.core, made.nationalities) == values_of(she.core, she.nationalities)


@given(CORES, CORES, st.lists(st.tuples(CORES, HELD), max_size=3))
def test_records_laid_together_can_be_parted_again(first: Core, other: Core, changes: list[tuple[Core, Any]]) -> None:
    *_, (she, records) = story(first, (), changes)
    stranger = record(contribution_of_intake(person(Intake(other))), 99)
    together = assemble([*records, stranger])
    pinned = {field for one in records for field in one.contribution.values if one.contribution.kind is Kind.CORRECTION}
    values = values_of(she.core, she.nationalities)
    laid = values_of(together.core, together.nationalities)
    assert {field: laid[field] for field in pinned} == {field: values[field] for field in pinned}
    apart = assemble([one for one in records if one is not stranger])
    assert values_of(apart.core, apart.nationalities) == values


def test_what_was_read_in_a_document_wins_over_what_was_declared() -> None:
    papers, newer = intake(1, PASSPORT, birth_place="Kankan"), intake(2, DECLARED, birth_place="Labé")
    made = assemble([newer, papers])
    assert made.core.birth_place == "Kankan"
    origin = made.origins["birth_place"]
    assert (origin.record, origin.others) == (papers, (newer,))
    assert (origin.source, origin.method) == (Evidence.PASSPORT, Method.ORIGINAL_SEEN)


def test_what_was_verified_wins_over_a_document() -> None:
    papers, verified = intake(2, PASSPORT, birth_place="Labé"), intake(1, VERIFIED, birth_place="Kankan")
    made = assemble([papers, verified])
    assert made.core.birth_place == "Kankan"
    assert (made.origins["birth_place"].verified_by, made.origins["birth_place"].verified_on) == ("Office 7", TODAY)


def test_a_verification_lifts_the_value_it_speaks_of() -> None:
    old, new = intake(1, birth_place="Kankan"), intake(2, birth_place="Labé")
    verified = Contribution(Kind.CORRECTION, verified={"birth_place": "Kankan"}, provenance=VERIFIED)
    assert assemble([old, new]).core.birth_place == "Labé"
    made = assemble([old, new, record(verified, 3)])
    assert made.core.birth_place == "Kankan"
    origin = made.origins["birth_place"]
    assert (origin.record, origin.verified_by, origin.source) == (old, "Office 7", Evidence.PASSPORT)
    later = assemble([old, new, record(verified, 3), correction(4, birth_place="Boké")])
    assert later.origins["birth_place"].verified_by is None


def test_a_birth_goes_by_what_it_was_read_in_itself() -> None:
    estimated = intake(2, PASSPORT, birth=PartialDate(1991, 5, 12), birth_source=Evidence.MEDICAL_ESTIMATE)
    registered = intake(1, birth=PartialDate(1990, 5, 12), birth_source=Evidence.CIVIL_REGISTER)
    made = assemble([estimated, registered])
    assert made.core.birth == PartialDate(1990, 5, 12)
    assert made.origins["birth"].source is Evidence.CIVIL_REGISTER


def test_the_more_precise_birth_wins_and_a_stand_in_is_no_day() -> None:
    year, day = PartialDate(1990, precision=Precision.YEAR), PartialDate(1990, 5, 12)
    stand_in, month = PartialDate(1990, 1, 1), PartialDate(1990, 5, precision=Precision.MONTH)
    circa = PartialDate(1990, precision=Precision.CIRCA)
    for better, worse in ((day, year), (day, stand_in), (month, stand_in), (year, circa)):
        assert assemble([intake(1, birth=better), intake(2, birth=worse)]).core.birth == better
    assert assemble([intake(1, PASSPORT, birth=stand_in), intake(2, PASSPORT, birth=month)]).core.birth == stand_in
    assert assemble([intake(1, birth=year), intake(2, birth=stand_in)]).core.birth == stand_in


def test_every_name_is_kept_the_best_intakes_first() -> None:
    made = assemble([intake(1, PASSPORT, names=(name(),)), intake(2, names=(name("Hawa"), name()))])
    assert made.core.names == (name(), name("Hawa"))
    same = assemble([intake(1, names=(name(),)), intake(2, names=(name(),))])
    assert same.origins["names"].others == ()


def test_contacts_that_reach_the_same_are_one_and_the_best_intakes_rules_hold() -> None:
    safe = Contact(ContactKind.PHONE, "0651303462", "+212651303462", False, id=UUID(int=1))
    other = Contact(ContactKind.PHONE, "+212651303462", "+212651303462", True, id=UUID(int=2))
    assert assemble([intake(1, PASSPORT, contacts=(safe,)), intake(2, contacts=(other,))]).core.contacts == (safe,)


def test_nothing_known_is_nothing_said() -> None:
    made = assemble([intake(1), intake(2, birth_place="Labé")])
    assert made.core.birth_place == "Labé"
    assert "father_name" not in made.origins
    assert made.core.sex is Sex.UNKNOWN
    assert made.core.birth == UNKNOWN


def test_a_correction_stands_above_every_intake_and_the_newest_above_the_others() -> None:
    records = [
        intake(1, birth_place="Kankan"),
        correction(2, birth_place=None),
        intake(9, PASSPORT, birth_place="Boké"),
    ]
    made = assemble(records)
    assert made.core.birth_place is None
    assert made.origins["birth_place"].record is records[1]
    assert made.origins["birth_place"].others == (records[2], records[0])
    assert assemble([*records, correction(3, birth_place="Labé")]).core.birth_place == "Labé"


def test_a_correction_of_a_list_says_only_what_it_saw() -> None:
    old, new = name("Ava"), name("Awa")
    edit = record(Contribution(Kind.CORRECTION, edits={"names": (Edit(old, new),)}), 2)
    joined = assemble([intake(1, names=(old,)), edit, intake(3, names=(name("Binta"),))])
    assert set(joined.core.names) == {new, name("Binta")}


def test_edits_make_one_list_of_another() -> None:
    assert edits_between(["fr", "wo"], ["en", "wo"]) is None, "the place of what came would be another"
    assert edits_between(["fr"], ["fr", "wo"]) == (Edit(None, "wo"),)
    assert edits_between(["fr", "wo"], ["wo", "fr"]) is None
    assert edited(["fr"], [Edit("wo", None), Edit("ff", "en")]) == ("fr", "en")
    assert edited(["fr", "wo"], [Edit("wo", "fr")]) == ("fr",)
    assert edited(["fr"], [Edit(None, "fr")]) == ("fr",)


def test_a_write_that_says_nothing_of_her_contributes_nothing() -> None:
    she: Person = person()
    assert contribution_between(she, amend(she, at=NOW)) is None
    verified = contribution_between(she, amend(she, at=NOW), verifies=["names"], provenance=VERIFIED)
    assert verified == Contribution(Kind.CORRECTION, verified={"names": she.core.names}, provenance=VERIFIED)
