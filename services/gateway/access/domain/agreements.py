"""What an organisation has agreed: which resources, fields and rows, for which purposes, how long, under which number.

Prior authorisation of the data protection commission (CNDP) is needed for sensitive data and for joining files: an
agreement carries its number, and gives nothing outside its days. Source: law 09-08 art. 12 and 21; design, see
docs/decisions/0008 and docs/agreements.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.gateway.access.domain.errors import TermsRefusedError
from services.kit.periods import Period


class AgreementState(StrEnum):
    """Where an agreement stands in its own life; the calendar is beside it, see `standing`."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    ENDED = "ended"
    REJECTED = "rejected"


class Standing(StrEnum):
    """What an agreement is worth on a day."""

    PROPOSED = "proposed"
    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ENDED = "ended"
    REJECTED = "rejected"


class Rows(StrEnum):
    """Whose rows: everybody's, or those that the organisation has made itself."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of an agreement.

    Attributes:
        resource: Such as `persons`.
        actions: Such as `read`; resource and action together are the scope `persons:read`.
        fields: The members that may be shown and written; None for all.
        rows: Whose.
    """

    resource: str
    actions: frozenset[str]
    fields: frozenset[str] | None = None
    rows: Rows = Rows.ALL


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says.

    Attributes:
        authorisation_number: Of the CNDP.
        purposes: What for.
        entries: What; a resource stands in one entry at most.
        valid: From when, and until which day, that day included; without an end until somebody ends it.
    """

    authorisation_number: str
    purposes: frozenset[str]
    entries: tuple[Entry, ...]
    valid: Period


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of one organisation.

    Attributes:
        ended_on: The day it was ended by hand; None where it was not.
    """

    id: UUID
    organisation_id: UUID
    terms: Terms
    state: AgreementState
    version: int = 1
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What agreements together give of one scope.

    Attributes:
        fields: The members; None for all.
        own: Whether only the organisation's own rows.
    """

    fields: frozenset[str] | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The agreement that last gave what none gives now."""

    authorisation_number: str
    ended_on: date


@dataclass(frozen=True, slots=True)
class Shape:
    """What the data catalogue knows of a resource.

    Attributes:
        rows: Whether rows of it belong to the organisation that made them.
    """

    actions: frozenset[str]
    fields: frozenset[str]
    rows: bool


def scope_of(resource: str, action: str) -> str:
    """Return the scope that an action on a resource needs."""
    return f"{resource}:{action}"


def standing(agreement: Agreement, on: date) -> Standing:
    """Say what an agreement is worth on a day (civil date, Africa/Casablanca)."""
    if agreement.state is not AgreementState.ACTIVE:
        return Standing(agreement.state)
    start, end = agreement.terms.valid.start, agreement.terms.valid.end
    if start is not None and on < start:
        return Standing.NOT_YET
    return Standing.EXPIRED if end is not None and end < on else Standing.IN_FORCE


def in_force(agreements: Iterable[Agreement], purpose: str | None, on: date) -> list[Agreement]:
    """Return the agreements that give something on a day, for a purpose or, where none is named, for any."""
    return [
        agreement
        for agreement in agreements
        if standing(agreement, on) is Standing.IN_FORCE and (purpose is None or purpose in agreement.terms.purposes)
    ]


def given(agreements: Iterable[Agreement], purpose: str, on: date) -> Mapping[str, Given]:
    """Return what the agreements give together for a purpose on a day, by scope.

    Several unite: a field that one gives is given, and the rows of all win over one's own. Where one gives some fields
    of all rows and another more fields of own rows, the box that holds for all rows is what is given: a wider one
    would show fields of others' rows that nobody has agreed to.
    """
    found: dict[str, list[Entry]] = {}
    for agreement in in_force(agreements, purpose, on):
        for entry in agreement.terms.entries:
            for action in entry.actions:
                found.setdefault(scope_of(entry.resource, action), []).append(entry)
    return {scope: _united(entries) for scope, entries in found.items()}


def _united(entries: Sequence[Entry]) -> Given:
    of_all = [entry for entry in entries if entry.rows is Rows.ALL]
    fields: frozenset[str] | None = frozenset()
    for entry in of_all or entries:
        fields = None if fields is None or entry.fields is None else fields | entry.fields
    return Given(fields, own=not of_all)


def lapsed(agreements: Iterable[Agreement], purpose: str, on: date) -> Lapsed | None:
    """Return the agreement that gave a purpose until last; None where none ever did."""
    past = [
        Lapsed(agreement.terms.authorisation_number, _last_day(agreement))
        for agreement in agreements
        if purpose in agreement.terms.purposes and standing(agreement, on) in {Standing.EXPIRED, Standing.ENDED}
    ]
    return max(past, key=lambda one: (one.ended_on, one.authorisation_number), default=None)


def _last_day(agreement: Agreement) -> date:
    days = [day for day in (agreement.ended_on, agreement.terms.valid.end) if day is not None]
    return min(days)  # an expired agreement has an end, an ended one the day on which it was ended


def uncovered(scopes: Iterable[str], agreements: Iterable[Agreement], on: date) -> frozenset[str]:
    """Return the scopes that no agreement in force gives for any purpose: rights that would grow."""
    covered = {
        scope_of(entry.resource, action)
        for agreement in in_force(agreements, None, on)
        for entry in agreement.terms.entries
        for action in entry.actions
    }
    return frozenset(scopes) - covered


def is_narrower(new: Terms, old: Terms) -> bool:
    """Say whether the new terms give nothing, on no day and for no purpose, that the old ones do not give."""
    known = {entry.resource: entry for entry in old.entries}
    return (
        new.authorisation_number == old.authorisation_number
        and new.purposes <= old.purposes
        and _within(new.valid, old.valid)
        and all(entry.resource in known and _entry_within(entry, known[entry.resource]) for entry in new.entries)
    )


def _within(new: Period, old: Period) -> bool:
    starts = old.start is None or (new.start is not None and old.start <= new.start)
    return starts and (old.end is None or (new.end is not None and new.end <= old.end))


def _entry_within(new: Entry, old: Entry) -> bool:
    fields = old.fields is None or (new.fields is not None and new.fields <= old.fields)
    rows = old.rows is Rows.ALL or new.rows is Rows.OWN
    return new.actions <= old.actions and fields and rows


def check_terms(terms: Terms, *, catalogue: Mapping[str, Shape], purposes: frozenset[str]) -> Terms:
    """Return terms that say something, and nothing that the catalogue does not know.

    Args:
        terms: As they were proposed.
        catalogue: Every resource there is, by name.
        purposes: Every purpose there is.

    Raises:
        TermsRefusedError: With a pointer to what is unknown, missing or said twice.
    """
    if not terms.purposes or not terms.purposes <= purposes:
        raise TermsRefusedError("/purposes", "purpose_unknown")
    if not terms.entries:
        raise TermsRefusedError("/resources", "nothing_agreed")
    seen: set[str] = set()
    for number, entry in enumerate(terms.entries):
        _check_entry(entry, catalogue.get(entry.resource), f"/resources/{number}")
        if entry.resource in seen:
            raise TermsRefusedError(f"/resources/{number}/resource", "resource_twice")
        seen.add(entry.resource)
    return terms


def _check_entry(entry: Entry, shape: Shape | None, place: str) -> None:
    if shape is None:
        raise TermsRefusedError(f"{place}/resource", "resource_unknown")
    if not entry.actions or not entry.actions <= shape.actions:
        raise TermsRefusedError(f"{place}/actions", "action_unknown")
    if entry.fields is not None and not entry.fields <= shape.fields:
        raise TermsRefusedError(f"{place}/fields", "field_unknown")
    if entry.rows is Rows.OWN and not shape.rows:
        raise TermsRefusedError(f"{place}/rows", "rows_have_no_owner")
