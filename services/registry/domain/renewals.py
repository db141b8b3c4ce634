"""Renewals of residence titles: filing, the receipt that stands for the title, and how they end.

A request filed before the title ends keeps its bearer covered; the receipt stands for the title for three months and
is given again until the card is issued. A late request is taken and said to be late. Source: facts.md 2.1 and 10.2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.corrections import corrected, key_of, without
from services.registry.domain.errors import PaperNotFoundError
from services.registry.domain.papers import DAY, Permit
from services.registry.domain.permit_rules import Rules

RECEIPT_TYPE = "RECEPISSE"
WITHDRAWN, DECIDED = "WITHDRAWN", "DECIDED"


class PermitNotRenewableError(Exception):
    """A receipt, a withdrawn title, or a type that is not renewed."""


class PermitNotValidThenError(Exception):
    """A title that does not hold on the day it is to be withdrawn, or that begins on it."""


class RenewalOpenError(Exception):
    """The title's renewal is under way."""


class RenewalDecidedError(Exception):
    """The renewal has ended."""


class RenewalState(StrEnum):
    """How far a request for renewal has come."""

    FILED = "FILED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    ABANDONED = "ABANDONED"


@dataclass(frozen=True, slots=True)
class Renewal:
    """A request to renew a title.

    Attributes:
        title_id: The id that the title keeps through corrections.
        late: Whether the title had ended when it was filed.
        receipts: Ids of the receipts given for it, in the order they were given.
        decided_on: The day of the outcome; None while it is awaited.
        granted_id: The new title.
        filed_at: When the register learnt of it.
        decided_at: When it learnt of the outcome.
    """

    id: UUID
    title_id: UUID
    filed_on: date
    late: bool
    state: RenewalState
    receipts: tuple[UUID, ...]
    decided_on: date | None
    reason: str | None
    granted_id: UUID | None
    filed_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ends.

    Attributes:
        on: The day of the decision; receipts end with it.
        title: The new title, of a granted one.
    """

    state: RenewalState
    on: date
    reason: str | None = None
    title: Permit | None = None


def as_known(renewals: Iterable[Renewal], at: datetime | None) -> tuple[Renewal, ...]:
    """Return the renewals as they were known at an instant; now without one."""
    if at is None:
        return tuple(renewals)
    return tuple(
        row if row.decided_at is None or row.decided_at <= at else _undecided(row)
        for row in renewals
        if row.filed_at <= at
    )


def _undecided(row: Renewal) -> Renewal:
    return replace(row, state=RenewalState.FILED, decided_on=None, reason=None, granted_id=None, decided_at=None)


def renewal_of(renewals: Iterable[Renewal], renewal_id: UUID) -> Renewal:
    """Return one of the renewals.

    Raises:
        PaperNotFoundError: It is none of them.
    """
    for row in renewals:
        if row.id == renewal_id:
            return row
    raise PaperNotFoundError


def refuse_open(renewals: Iterable[Renewal]) -> None:
    """Refuse what cannot be done while a renewal is under way.

    Raises:
        RenewalOpenError: One is.
    """
    if any(row.state is RenewalState.FILED for row in renewals):
        raise RenewalOpenError


def refuse_decided(renewal: Renewal) -> None:
    """Refuse to go on with a renewal that has ended.

    Raises:
        RenewalDecidedError: It has.
    """
    if renewal.state is not RenewalState.FILED:
        raise RenewalDecidedError


def refuse_unrenewable(title: Permit, rules: Rules) -> None:
    """Refuse to renew what is not renewed.

    Raises:
        PermitNotRenewableError: A receipt, a withdrawn title, or a type that is not renewed.
    """
    rule = rules.type(title.type, title.valid.start)
    if title.stands_for_permit or title.end_reason is not None or (rule is not None and not rule.renewable):
        raise PermitNotRenewableError


def is_late(title: Permit, filed_on: date) -> bool:
    """Say whether a request comes after the title's last day."""
    return title.valid.end is not None and filed_on > title.valid.end


def receipt(number: str | None, number_norm: str, start: date, rules: Rules) -> Permit:
    """Return the receipt that stands for a title from a day on, for as long as receipts run."""
    return Permit(RECEIPT_TYPE, number, number_norm, rules.receipt(start), stands_for_permit=True)


def follows(title: Permit, rules: Rules) -> str:
    """Return the type of title that renews one."""
    rule = rules.type(title.type, title.valid.start)
    return title.type if rule is None else rule.renews_to


def ended_receipts(permits: Sequence[Permit], receipts: Iterable[UUID], on: date) -> tuple[Permit, ...]:
    """Return the titles after a request was decided: its receipts run no longer than the day of the decision."""
    given, after = set(receipts), tuple(permits)
    for row in permits:
        if key_of(row) not in given or (row.valid.end is not None and row.valid.end <= on):
            continue
        if row.valid.start is not None and row.valid.start > on:
            after = without(after, row)
        else:
            ended = corrected(row, replace(row, valid=Period(row.valid.start, on), end_reason=DECIDED))
            after = tuple(ended if one is row else one for one in after)
    return after


def withdrawn(title: Permit, on: date) -> Permit:
    """Return a title that no longer holds from a day on.

    Raises:
        PermitNotValidThenError: It does not hold on that day, or begins on it.
    """
    if not title.valid.contains(on) or title.valid.start == on:
        raise PermitNotValidThenError
    return corrected(title, replace(title, valid=Period(title.valid.start, on - DAY), end_reason=WITHDRAWN))
