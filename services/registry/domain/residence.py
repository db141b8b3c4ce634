"""Whether a person's residence is covered on a day: by which title or receipt, until when, and why.

A title covers its days. A receipt stands for a title on its own. A request filed in time covers the days between the
title's end and its receipt's start (design: facts.md 2.1 says that the receipt stands for the title until the card).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kit.periods import Period
from services.registry.domain.corrections import key_of
from services.registry.domain.papers import DAY, Permit
from services.registry.domain.permit_rules import Alert, Rules
from services.registry.domain.renewals import WITHDRAWN, Renewal, RenewalState, follows


class Basis(StrEnum):
    """What covers a stay, the strongest first."""

    TITLE = "TITLE"
    RECEIPT = "RECEIPT"
    FILED_IN_TIME = "FILED_IN_TIME"


class Why(StrEnum):
    """Why a stay is covered, or is not."""

    TITLE_HOLDS = "title-holds"
    RECEIPT_STANDS = "receipt-stands"
    FILED_IN_TIME = "filed-in-time"
    NO_TITLE = "no-title"
    NOT_STARTED = "not-started"
    TITLE_ENDED = "title-ended"
    TITLE_WITHDRAWN = "title-withdrawn"
    RECEIPT_ENDED = "receipt-ended"
    RENEWAL_REFUSED = "renewal-refused"


@dataclass(frozen=True, slots=True)
class Span:
    """Days that something covers.

    Attributes:
        permit: The title or receipt; for a request filed in time, the title that it prolongs.
        renewal: The request that a receipt was given for.
    """

    valid: Period
    basis: Basis
    permit: Permit
    renewal: Renewal | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What there is to know about the end of the title that counts.

    Attributes:
        on: Its last day.
        renew_from: From when on a renewal is best filed.
        renews_to: The type that follows it.
        alerts: When its bearer should be told.
        fee: What the next title costs in dirhams, of types with one length.
    """

    on: date
    renew_from: date | None
    renews_to: str
    alerts: tuple[Alert, ...]
    fee: int | None


@dataclass(frozen=True, slots=True)
class Residence:
    """The answer for one day.

    Attributes:
        span: What covers it; None when nothing does.
        until: The last day of cover without a gap; None when it is open, or nothing covers.
        ending: Of the title that covers, or that a receipt stands for.
    """

    on: date
    why: Why
    span: Span | None = None
    until: date | None = None
    ending: Ending | None = None


def residence(permits: Sequence[Permit], renewals: Sequence[Renewal], *, on: date, rules: Rules) -> Residence:
    """Say whether a stay is covered on a day. Source: facts.md 2.1 and 10.2; S30 for the receipt.

    Args:
        permits: Titles and receipts, as known.
        renewals: Requests, as known.
        on: Civil date, Africa/Casablanca.
        rules: Dated rules.
    """
    spans = [*_rows(permits, renewals), *_bridges(permits, renewals)]
    covering = [span for span in spans if span.valid.contains(on)]
    if not covering:
        return Residence(on, _why_not(permits, renewals, on))
    best = min(covering, key=lambda span: (list(Basis).index(span.basis), -_ordinal(span.valid.end)))
    why = {
        Basis.TITLE: Why.TITLE_HOLDS,
        Basis.RECEIPT: Why.RECEIPT_STANDS,
        Basis.FILED_IN_TIME: Why.FILED_IN_TIME,
    }[best.basis]
    return Residence(on, why, best, _last_day(spans, on), _ending(_title(best, permits), rules))


def _rows(permits: Sequence[Permit], renewals: Sequence[Renewal]) -> Iterator[Span]:
    for permit in permits:
        given_for = next((row for row in renewals if key_of(permit) in row.receipts), None)
        yield Span(permit.valid, Basis.RECEIPT if permit.stands_for_permit else Basis.TITLE, permit, given_for)


def _bridges(permits: Sequence[Permit], renewals: Sequence[Renewal]) -> Iterator[Span]:
    """Yield the days between the end of a title whose renewal was filed in time and the start of its first receipt."""
    for renewal in renewals:
        title = next((row for row in permits if key_of(row) == renewal.title_id), None)
        starts = [row.valid.start for row in permits if key_of(row) in renewal.receipts and row.valid.start]
        end = None if title is None else title.valid.end
        if title is None or end is None or renewal.filed_on > end or title.end_reason is not None or not starts:
            continue
        if min(starts) > end + DAY:
            yield Span(Period(end + DAY, min(starts) - DAY), Basis.FILED_IN_TIME, title, renewal)


def _last_day(spans: Iterable[Span], on: date) -> date | None:
    """Return the last day that can be reached from a day without a gap; None when there is no end."""
    last: date | None = on
    for span in sorted(spans, key=lambda one: _first(one.valid.start)):
        if last is None:
            break
        touches = _first(span.valid.start) <= (last + DAY).toordinal() and _ordinal(span.valid.end) > last.toordinal()
        if touches:
            last = span.valid.end
    return last


def _first(day: date | None) -> int:
    return 0 if day is None else day.toordinal()


def _ordinal(day: date | None) -> int:
    return date.max.toordinal() + 1 if day is None else day.toordinal()


def _title(span: Span, permits: Sequence[Permit]) -> Permit | None:
    """Return the title that counts: the one that covers, or the one that a receipt stands for."""
    if span.basis is not Basis.RECEIPT:
        return span.permit
    renewal = span.renewal
    return next((row for row in permits if renewal is not None and key_of(row) == renewal.title_id), None)


def _ending(title: Permit | None, rules: Rules) -> Ending | None:
    if title is None or title.valid.end is None:
        return None
    end, renews_to = title.valid.end, follows(title, rules)
    usual = rules.usual(renews_to, end + DAY)
    return Ending(
        end, rules.prudent_from(end), renews_to, rules.alerts(end), None if usual is None else rules.fee(usual)
    )


def _why_not(permits: Sequence[Permit], renewals: Sequence[Renewal], on: date) -> Why:
    """Say why nothing covers a day: by the title or receipt that ended last before it."""
    before = [row for row in permits if row.valid.end is not None and row.valid.end < on]
    if not before:
        return Why.NOT_STARTED if permits else Why.NO_TITLE
    last = max(before, key=lambda row: (_ordinal(row.valid.end), row.stands_for_permit))
    if last.end_reason == WITHDRAWN:
        return Why.TITLE_WITHDRAWN
    for renewal in renewals:
        about = key_of(last) == renewal.title_id or key_of(last) in renewal.receipts
        if about and renewal.state is RenewalState.REFUSED and renewal.decided_on and renewal.decided_on <= on:
            return Why.RENEWAL_REFUSED
    return Why.RECEIPT_ENDED if last.stands_for_permit else Why.TITLE_ENDED
