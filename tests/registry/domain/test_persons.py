"""What an intake becomes, what an amendment changes, which facts are told and how history reads."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.acts import REGISTERED, UPDATED, record_of
from services.registry.domain.contacts import Contact, ContactKind, read_contact
from services.registry.domain.errors import IdentifierInUseError
from services.registry.domain.facts import facts_for, facts_of
from services.registry.domain.findings import Findings
from services.registry.domain.history import Part, Version, entries
from services.registry.domain.import_rows import read_row
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import (
    Core,
    Intake,
    Membership,
    Nationality,
    Role,
    admit,
    amend,
    check_consistency,
    next_instant,
    pointer_of,
    with_nationalities,
    with_permit_numbers,
)
from tests.registry.builders import NOW, PERSON_ID, RULES, TODAY, act, hashed, name, person, row

HOUSEHOLD = UUID("01900000-0000-7000-8000-00000000000a")
ROW_ID = UUID("01900000-0000-7000-8000-00000000000b")


def whole() -> Any:
    intake, _ = read_row(row(), RULES)
    assert intake is not None
    return admit(intake, person_id=PERSON_ID, programme_number="MIG-2026-000001-U", at=NOW, household_id=HOUSEHOLD)


def test_an_intake_makes_version_1() -> None:
    made = whole()
    assert (made.version, made.recorded_at, made.programme_number) == (1, NOW, "MIG-2026-000001-U")
    assert made.nationalities == (Nationality("GIN", confirmed=False),)
    assert made.memberships == (Membership(HOUSEHOLD, Role.HEAD),)
    assert len(made.addresses) == len(made.permits) == len(made.legal_statuses) == 1


def test_without_a_household_there_is_no_membership() -> None:
    intake, _ = read_row(row(), RULES)
    assert intake is not None
    assert admit(intake, person_id=PERSON_ID, programme_number="x", at=NOW).memberships == ()
    assert not person().memberships
    assert not person().addresses


def test_versions_follow_each_other_whatever_the_clock_does() -> None:
    second = amend(person(), at=NOW - timedelta(hours=1), core=Core((name("Binta"),)))
    assert (second.version, second.recorded_at) == (2, NOW + timedelta(microseconds=1))
    assert next_instant(NOW, NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)


def test_the_facts_are_what_others_decide_on() -> None:
    facts = facts_of(whole(), hash_identifier=hashed, on=TODAY)
    assert facts == {
        "person_id": str(PERSON_ID),
        "version": 1,
        "recorded_at": NOW.isoformat(),
        "birth": {"earliest": "1990-05-12", "latest": "1990-05-12", "precision": "day"},
        "legal_statuses": [{"code": "REGULARISED_2017", "valid_from": "2017-03-10", "valid_to": None}],
        "permits": [{"type": "REG3", "valid_from": "2024-04-25", "valid_to": "2027-04-25", "stands_for_permit": False}],
        "residence": {"region": "06", "unit": "MA-CAS", "since": None},
        "identifiers": [
            {"system": "PASSPORT", "hash": "PASSPORT#A1234567"},
            {"system": "PERMIT", "hash": "PERMIT#C350356A"},
            {"system": "PROGRAMME", "hash": "PROGRAMME#MIG-2026-000001-U"},
        ],
        "school_level": "COLLEGE_3",
        "household": {"id": str(HOUSEHOLD), "role": "HEAD"},
        "deceased_on": None,
    }


def test_facts_hold_no_name_and_no_contact() -> None:
    told = str(facts_of(whole(), hash_identifier=hashed, on=TODAY))
    for secret in ("Mamadou", "Diallo", "محمد", "0651303462", "Kankan", "Casablanca"):
        assert secret not in told


def test_little_known_makes_few_facts() -> None:
    facts = facts_of(person(deceased_on=date(2026, 1, 1)), hash_identifier=hashed, on=TODAY)
    assert facts["birth"] == {"earliest": None, "latest": None, "precision": "unknown"}
    assert facts["residence"] is facts["household"] is facts["school_level"] is None
    assert facts["deceased_on"] == "2026-01-01"


def test_residence_and_household_are_those_of_the_day() -> None:
    former = Address("01", None, None, None, Period(None, date(2020, 12, 31)))
    present = Address("06", None, None, None, Period(date(2021, 1, 1), None))
    left = Membership(HOUSEHOLD, Role.CHILD, Period(None, date(2020, 12, 31)))
    made = amend(person(), at=NOW, addresses=(former, present), memberships=(left,))
    now = facts_of(made, hash_identifier=hashed, on=TODAY)
    then = facts_of(made, hash_identifier=hashed, on=date(2020, 6, 1))
    assert (now["residence"]["region"], now["residence"]["since"]) == ("06", "2021-01-01")
    assert then["residence"]["region"] == "01"
    assert (now["household"], then["household"]["role"]) == (None, "CHILD")


@pytest.mark.parametrize(
    ("purpose", "identifiers", "level"),
    [("HEALTH_COVERAGE", 3, None), ("TRAINING", 0, "COLLEGE_3"), ("STATISTICS", 0, None), (None, 0, None)],
)
def test_facts_are_cut_to_the_purpose(purpose: str | None, identifiers: int, level: str | None) -> None:
    facts = facts_of(whole(), hash_identifier=hashed, on=TODAY)
    cut = facts_for(purpose, facts)
    assert set(cut) == set(facts)
    assert (len(cut["identifiers"]), cut["school_level"]) == (identifiers, level)
    assert cut["birth"] == facts["birth"]


def test_a_record_says_what_it_is_to_the_feed() -> None:
    assert record_of(person(), act()).change_kind == REGISTERED
    second = record_of(amend(person(), at=NOW), act())
    assert second.change_kind == UPDATED
    assert second.facts["version"] == 2
    assert second.entry.keys


def test_an_unreadable_number_is_kept_with_a_warning() -> None:
    found = Findings()
    contact = read_contact(found, "/contacts/0/value", ContactKind.PHONE, "12345")
    assert contact == Contact(ContactKind.PHONE, "12345", None)
    assert [finding.code for finding in found.all] == ["phone-unusual"]
    mail = read_contact(Findings(), "", ContactKind.EMAIL, "A@B.c", False, True, "14-17")
    assert mail == Contact(ContactKind.EMAIL, "A@B.c", "a@b.c", False, True, "14:00-17:00")


def test_dates_before_birth_are_pointed_out() -> None:
    found = Findings()
    intake = Intake(Core((name(),), birth=PartialDate(1990, precision=Precision.YEAR)))
    starts = [("/a", date(1989, 12, 31)), ("/b", date(1990, 1, 1)), ("/c", None)]
    check_consistency(found, intake, starts=starts)
    assert [finding.field for finding in found.all] == ["/a"]
    check_consistency(found, Intake(Core((name(),))), starts=starts)
    assert len(found.all) == 1


def test_the_number_of_a_permit_is_an_identifier_once() -> None:
    title = Permit("REG3", "C-1", "C1", Period())
    numbers = with_permit_numbers(
        [Identifier("PERMIT", "c 1", "C1")], [title, title, Permit("DCM", None, "", Period())]
    )
    assert numbers == (Identifier("PERMIT", "c 1", "C1"),)
    assert with_permit_numbers((), [title]) == (Identifier("PERMIT", "C-1", "C1"),)


def test_an_identifier_is_pointed_at_where_it_was_sent() -> None:
    passport, number = Identifier("PASSPORT", "A1", "A1"), Identifier("PERMIT", "C-1", "C1")
    permits = (Permit("DCM", None, "", Period()), Permit("REG3", "C-1", "C1", Period()))
    intake = Intake(Core((name(),)), identifiers=(passport, number), permits=permits)
    assert pointer_of(intake, passport) == "/identifiers/0/value"
    assert pointer_of(intake, number) == "/permits/1/number"
    assert IdentifierInUseError("/x").pointer == "/x"


def test_nationalities_that_stay_keep_their_rows() -> None:
    known = [Nationality("SEN", id=ROW_ID), Nationality("GMB")]
    assert with_nationalities(known, ["MLI", "SEN", "MLI"]) == (Nationality("MLI"), Nationality("SEN", id=ROW_ID))


def test_history_says_what_each_version_changed_newest_first() -> None:
    later = NOW + timedelta(days=1)
    versions = [
        Version(1, NOW, "register_person", "a", {"sex": "F", "names": ["Awa"], "school_level": None, "version": 1}),
        Version(2, later, "amend_person", "b", {"sex": "F", "names": ["Binta"], "school_level": None, "version": 2}),
    ]
    parts = [
        Part("nationalities", {"code": "SEN"}, NOW, later),
        Part("nationalities", {"code": "GMB"}, later, None),
        Part("permits", {"type": "REG1"}, NOW, None),
    ]
    second, first = entries(versions, parts)
    assert [(change.field, change.before, change.after) for change in first.changes] == [
        ("sex", None, "F"),
        ("names", None, ["Awa"]),
        ("nationalities", None, {"code": "SEN"}),
        ("permits", None, {"type": "REG1"}),
    ]
    assert [(change.field, change.before, change.after) for change in second.changes] == [
        ("names", ["Awa"], ["Binta"]),
        ("nationalities", {"code": "SEN"}, None),
        ("nationalities", None, {"code": "GMB"}),
    ]
    assert second.version.at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_status_is_equal_to_itself_alone() -> None:
    assert LegalStatus("IRREGULAR", Period()) == LegalStatus("IRREGULAR", Period())
    assert LegalStatus("IRREGULAR", Period()) != LegalStatus("UNKNOWN", Period())
