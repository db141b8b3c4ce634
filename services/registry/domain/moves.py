"""Moves: what a new address does to those before it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.kit.periods import Period
from services.registry.domain.corrections import corrected
from services.registry.domain.errors import PeriodOverlapError
from services.registry.domain.papers import DAY, Address


@dataclass(frozen=True, slots=True)
class AddressMove:
    """What an added address does to those before it.

    Attributes:
        closed: Addresses that no longer hold as they stood.
        opened: What holds instead: the former one up to the day before, and the new one, which comes last.
    """

    closed: tuple[Address, ...]
    opened: tuple[Address, ...]


def move(addresses: Sequence[Address], new: Address, *, pointer: str) -> AddressMove:
    """Add an address; one that holds when the new one starts ends the day before.

    One that starts on the same day is replaced; one that lasts longer goes on after the new one has ended.

    Raises:
        PeriodOverlapError: The new one would run into an address that starts after it.
    """
    starts, ends = new.valid.start, new.valid.end
    closed: list[Address] = []
    opened: list[Address] = []
    for old in addresses:
        if not old.valid.overlaps(new.valid):
            continue
        if old.valid.start is not None and (starts is None or old.valid.start > starts):
            raise PeriodOverlapError(pointer)
        closed.append(old)
        if starts is not None and old.valid.start != starts:
            opened.append(corrected(old, replace(old, valid=Period(old.valid.start, starts - DAY))))
        if ends is not None and (old.valid.end is None or old.valid.end > ends):
            opened.append(replace(old, id=None, first_id=None, valid=Period(ends + DAY, old.valid.end)))
    return AddressMove(tuple(closed), (*opened, new))
