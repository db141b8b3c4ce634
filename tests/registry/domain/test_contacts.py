"""How a person can be reached, how without danger, and where values come from."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.kit.periods import Period
from services.registry.domain.contacts import (
    Contact,
    ContactKind,
    find_contact,
    refuse_repeated,
    with_contacts,
    with_ids,
)
from services.registry.domain.errors import ContactNotFoundError, ContactRepeatedError, ValueRefusedError
from services.registry.domain.persons import Nationality, current_nationalities, with_nationalities
from services.registry.domain.provenance import Evidence, Provenance, read_provenance
from services.registry.domain.safe_hours import read_safe_hours
from tests.registry.builders import PERSON_ID, TODAY

PHONE = Contact(ContactKind.PHONE, "0651303462", "+212651303462")
MAIL = Contact(ContactKind.EMAIL, "a@b.c", "a@b.c")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("14:00-17:00", "14:00-17:00"),
        ("14-17", "14:00-17:00"),
        ("14h30 - 17h", "14:30-17:00"),
        ("lun-ven 14h-17h30", "Mo-Fr 14:00-17:30"),
        ("Mo-Fr 14:00-17:00; Sa 9:00-12:00", "Mo-Fr 14:00-17:00, Sa 09:00-12:00"),
        ("dimanche 9-12,", "Su 09:00-12:00"),
        ("22:00\u201306:00", "22:00-06:00"),
        ("\u0661\u0664-\u0661\u0667", "14:00-17:00"),
    ],
)
def test_hours_are_kept_in_one_form_that_reads_as_itself(written: str, read: str) -> None:
    assert read_safe_hours(written) == read
    assert read_safe_hours(read) == read


@pytest.mark.parametrize("written", ["", ",", "le soir", "14:00", "25-26", "9-9", "xx 9-12", ",".join(["9-12"] * 15)])
def test_hours_that_say_no_hours_are_refused(written: str) -> None:
    with pytest.raises(ValueRefusedError, match="safe-hours-format"):
        read_safe_hours(written)


def test_an_id_is_told_by_the_version_and_the_place_alone() -> None:
    phone, mail = with_ids((PHONE, MAIL), PERSON_ID, 1)
    assert len({phone.id, mail.id, with_ids((PHONE,), PERSON_ID, 2)[0].id}) == 3
    assert with_ids((MAIL,), PERSON_ID, 1)[0].id == phone.id
    assert with_ids((phone, mail), PERSON_ID, 7) == (phone, mail)


def test_a_contact_keeps_its_id_for_what_it_reaches() -> None:
    phone, mail = with_ids((PHONE, MAIL), PERSON_ID, 1)
    again = Contact(ContactKind.PHONE, "+212 651303462", "+212651303462", True)
    assert [one.id for one in with_contacts((phone, mail), (MAIL, again, PHONE))] == [mail.id, phone.id, None]
    assert with_contacts((phone,), (phone, PHONE))[1].id is None


def test_a_contact_is_found_by_its_id_and_stored_once() -> None:
    (phone,) = with_ids((PHONE,), PERSON_ID, 1)
    assert phone.id is not None
    assert find_contact((phone,), phone.id) is phone
    with pytest.raises(ContactNotFoundError):
        find_contact((phone,), UUID(int=0))
    refuse_repeated((phone,), MAIL)
    with pytest.raises(ContactRepeatedError):
        refuse_repeated((phone,), PHONE)


def test_a_verification_has_a_day_that_has_come() -> None:
    assert read_provenance(Evidence.PASSPORT, None, "Office 7", TODAY, today=TODAY).from_document
    assert not Provenance(Evidence.DECLARED).from_document
    with pytest.raises(ValueRefusedError, match="verification-incomplete"):
        read_provenance(None, None, "Office 7", None, today=TODAY)
    with pytest.raises(ValueRefusedError, match="verified-in-future"):
        read_provenance(None, None, None, TODAY + timedelta(days=1), today=TODAY)


def test_a_correction_speaks_of_the_nationalities_of_a_day() -> None:
    past = Nationality("FRA", Period(None, date(2019, 12, 31)), UUID(int=1))
    held = Nationality("GIN", id=UUID(int=2), confirmed=False)
    assert current_nationalities((past, held, Nationality("GIN", Period(TODAY, None))), TODAY) == ("GIN",)
    assert with_nationalities((past, held), ["NER"], on=TODAY, unconfirmed={"NER"}) == (
        past,
        Nationality("NER", confirmed=False),
    )
    confirmed = with_nationalities((past, held), ["GIN", "SEN"], on=TODAY, confirm=True)
    assert confirmed == (past, Nationality("GIN", first_id=UUID(int=2)), Nationality("SEN"))
