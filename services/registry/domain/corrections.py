"""Corrections of papers: what a row becomes, and what goes with it.

A row is never overwritten. Its correction is a new row about the same paper: it keeps the paper's id, and what was
known before stays readable. What was entered in error ends without a successor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from services.registry.domain.errors import PaperNotFoundError
from services.registry.domain.papers import PERMIT_SYSTEM, Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import Nationality, with_permit_numbers

R = TypeVar("R", Identifier, Permit, LegalStatus, Address, Nationality)


class IdentifierOfPermitError(Exception):
    """The number of a residence title, which is corrected with its title and never alone."""


def key_of(row: Identifier | Permit | LegalStatus | Address | Nationality) -> UUID | None:
    """Return the id that a paper keeps through corrections: that of its first row. None before it is stored."""
    return row.first_id or row.id


def part_of(rows: Iterable[R], key: UUID) -> R:
    """Return the row about a paper.

    Raises:
        PaperNotFoundError: There is none.
    """
    for row in rows:
        if key_of(row) == key:
            return row
    raise PaperNotFoundError


def corrected(old: R, new: R) -> R:
    """Return the row that follows another: a new one about the same paper, or the old one when nothing differs."""
    if replace(new, id=old.id, first_id=old.first_id) == old:
        return old
    return replace(new, id=None, first_id=key_of(old))


def replaced(rows: Sequence[R], old: R, new: R) -> tuple[R, ...]:
    """Return the rows with one in the place of another."""
    return tuple(new if row is old else row for row in rows)


def without(rows: Sequence[R], gone: R) -> tuple[R, ...]:
    """Return the rows without one of them."""
    return tuple(row for row in rows if row is not gone)


def refuse_of_permit(identifier: Identifier, permits: Iterable[Permit]) -> None:
    """Refuse to touch the number of a title by itself.

    Raises:
        IdentifierOfPermitError: It is one.
    """
    if identifier.system == PERMIT_SYSTEM and any(row.number_norm == identifier.value_norm for row in permits):
        raise IdentifierOfPermitError


@dataclass(frozen=True, slots=True)
class Titles:
    """A person's titles and numbers after one title has changed.

    Attributes:
        identifiers: Hers: a number that no title bears any more is gone, a new one is added.
        new: The identifiers that are new.
    """

    permits: tuple[Permit, ...]
    identifiers: tuple[Identifier, ...]
    new: tuple[Identifier, ...]


def with_title(permits: Sequence[Permit], identifiers: Sequence[Identifier], old: Permit, new: Permit | None) -> Titles:
    """Replace a title, or leave it out, with the number that it bears.

    Args:
        permits: All titles.
        identifiers: All numbers.
        old: The title that changes.
        new: What it becomes; None when it was entered in error.
    """
    after = without(permits, old) if new is None else replaced(permits, old, new)
    borne = {row.number_norm for row in after}
    kept = [
        row
        for row in identifiers
        if row.system != PERMIT_SYSTEM or row.value_norm != old.number_norm or row.value_norm in borne
    ]
    numbers = with_permit_numbers(kept, [] if new is None else [new])
    return Titles(after, numbers, numbers[len(kept) :])
