"""Corrections: a row becomes another about the same paper; numbers follow their titles; a held number is refused."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.kit.periods import Period
from services.registry.domain.corrections import (
    IdentifierOfPermitError,
    corrected,
    key_of,
    part_of,
    refuse_of_permit,
    replaced,
    with_title,
    without,
)
from services.registry.domain.errors import IdentifierAmbiguousError, IdentifierInUseError, PaperNotFoundError
from services.registry.domain.holding import Held, refuse_any_held, refuse_held
from services.registry.domain.issuers import issuer_of
from services.registry.domain.papers import Identifier, LegalStatus, Permit
from tests.registry.builders import PERSON_ID, REFERENCE

FIRST, SECOND = (UUID(int=number) for number in (1, 2))
STATUS = LegalStatus("IRREGULAR", Period(date(2020, 1, 1)), FIRST)


def numbered(value: str, *, system: str = "PERMIT", issuer: str = "", row: UUID | None = FIRST) -> Identifier:
    return Identifier(system, value, value, id=row, issuer_norm=issuer)


def test_a_correction_keeps_the_id_of_the_first_row() -> None:
    new = corrected(STATUS, LegalStatus("UNKNOWN", Period()))
    assert (new.id, new.first_id, key_of(new)) == (None, FIRST, FIRST)
    third = corrected(LegalStatus("UNKNOWN", Period(), SECOND, FIRST), LegalStatus("IRREGULAR", Period()))
    assert third.first_id == FIRST


def test_what_differs_in_nothing_is_no_correction() -> None:
    assert corrected(STATUS, LegalStatus("IRREGULAR", Period(date(2020, 1, 1)))) is STATUS


def test_a_part_is_found_by_the_id_it_keeps() -> None:
    later = LegalStatus("UNKNOWN", Period(), SECOND, FIRST)
    assert part_of([later], FIRST) is later
    for rows in ([later], []):
        with pytest.raises(PaperNotFoundError):
            part_of(rows, SECOND)


def test_only_the_row_itself_is_replaced_or_left_out() -> None:
    other = LegalStatus("IRREGULAR", Period(date(2020, 1, 1)), SECOND)
    assert replaced([STATUS, other], STATUS, other) == (other, other)
    assert without([STATUS, other], STATUS) == (other,)


def test_the_number_of_a_title_is_not_touched_alone() -> None:
    title = Permit("CR", "C1", "C1", Period())
    refuse_of_permit(numbered("C2"), [title])
    refuse_of_permit(numbered("C1", system="CNIE"), [title])
    with pytest.raises(IdentifierOfPermitError):
        refuse_of_permit(numbered("C1"), [title])


def test_a_number_goes_when_no_title_bears_it_any_more() -> None:
    title, twin = Permit("CR", "C1", "C1", Period(), id=FIRST), Permit("REG3", "C1", "C1", Period(), id=SECOND)
    passport = numbered("A1", system="PASSPORT")
    numbers = [passport, numbered("C1"), numbered("Z9")]
    assert with_title([title, twin], numbers, title, None).identifiers == tuple(numbers)
    alone = with_title([title], numbers, title, None)
    assert (alone.permits, alone.identifiers, alone.new) == ((), (passport, numbered("Z9")), ())
    renamed = with_title([title], numbers, title, corrected(title, Permit("CR", "D2", "D2", Period())))
    assert [one.value for one in renamed.identifiers] == ["A1", "Z9", "D2"]
    assert [one.value for one in renamed.new] == ["D2"]


@pytest.mark.parametrize(
    ("issuer", "held", "expected"),
    [
        ("GIN", "GIN", IdentifierInUseError),
        ("", "", IdentifierInUseError),
        ("GIN", "", IdentifierAmbiguousError),
        ("", "GIN", IdentifierAmbiguousError),
        ("GIN", "SEN", None),
    ],
)
def test_a_number_is_never_given_twice_and_never_guessed(issuer: str, held: str, expected: Any) -> None:
    wanted = numbered("A1", system="PASSPORT", issuer=issuer)
    rows = [Held("PASSPORT", "A2", issuer, PERSON_ID, SECOND), Held("PASSPORT", "A1", held, PERSON_ID, FIRST)]
    refuse_held(wanted, rows, "/value", besides=FIRST)
    refuse_any_held([], rows, "/value")
    if expected is None:
        refuse_any_held([wanted], rows, "/value")
    else:
        with pytest.raises(expected) as refusal:
            refuse_any_held([wanted], rows, "/value")
        assert getattr(refusal.value, "pointer", None) == "/value"


@pytest.mark.parametrize(
    ("system", "issuer", "expected"),
    [
        ("PASSPORT", "sen", "SEN"),
        ("PASSPORT", "Sénégal", "SEN"),
        ("PASSPORT", "Office no. 7", "OFFICENO7"),
        ("PASSPORT", None, ""),
        ("CNSS", "SEN", ""),
    ],
)
def test_an_issuer_tells_numbers_apart_where_each_numbers_its_own(system: str, issuer: Any, expected: str) -> None:
    assert issuer_of(system, issuer, REFERENCE) == expected
