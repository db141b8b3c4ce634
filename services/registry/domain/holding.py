"""Who may hold a number: a number that is held, or that may be the one that is held, is never given twice.

A number without its issuer may be either of two that are told apart by issuer: it is asked about and never guessed
(design; facts.md 2.2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registry.domain.errors import IdentifierAmbiguousError, IdentifierInUseError
from services.registry.domain.issuers import UNKNOWN_ISSUER
from services.registry.domain.papers import Identifier


@dataclass(frozen=True, slots=True)
class Held:
    """A live number, whoever gave it.

    Attributes:
        row_id: Its row.
        person_id: Who holds it.
    """

    system: str
    value_norm: str
    issuer_norm: str
    person_id: UUID
    row_id: UUID


def refuse_held(wanted: Identifier, held: Iterable[Held], pointer: str, *, besides: UUID | None = None) -> None:
    """Refuse a number that somebody holds, or that may be the one somebody holds.

    Args:
        wanted: The number.
        held: Live numbers.
        pointer: JSON Pointer to the number in the input.
        besides: A row that the number replaces.

    Raises:
        IdentifierInUseError: Of the same issuer.
        IdentifierAmbiguousError: One of the two issuers is not known.
    """
    doubtful = False
    for one in held:
        if (one.system, one.value_norm) != (wanted.system, wanted.value_norm) or one.row_id == besides:
            continue
        if one.issuer_norm == wanted.issuer_norm:
            raise IdentifierInUseError(pointer)
        doubtful = doubtful or UNKNOWN_ISSUER in {one.issuer_norm, wanted.issuer_norm}
    if doubtful:
        raise IdentifierAmbiguousError(pointer)


def refuse_any_held(wanted: Iterable[Identifier], held: Sequence[Held], pointer: str) -> None:
    """Refuse the numbers that a paper brings with it, when one of them is held.

    Raises:
        IdentifierInUseError: Of the same issuer.
        IdentifierAmbiguousError: One of the two issuers is not known.
    """
    for one in wanted:
        refuse_held(one, held, pointer)
