"""A person is a pure function of her source records: intakes compete by rule, corrections stand above them.

Source: matching.md 7. Of what several intakes say of a field, the one verified or read in a document wins over the one
declared; then the more precise birth; then the newest. Lists are laid together, the best intake's first: every name is
kept. A correction pins what it changed, whatever intake comes after it, and the newest correction wins. So to merge two
persons is to lay their records together, and to undo it is to part them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kit.periods import PartialDate, Precision
from services.registry.domain.births import suspect_default
from services.registry.domain.contributions import (
    FIELDS,
    LISTS,
    NATIONALITIES,
    NOTHING,
    Contribution,
    Kind,
    core_of,
    edited,
    identity_of,
    in_order,
)
from services.registry.domain.persons import Core, Nationality
from services.registry.domain.provenance import DOCUMENTS, Evidence, Method


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record about a person, and what it contributes.

    Attributes:
        version: Of the person it was written for; orders records of one instant.
        operation: What took it in.
        organisation: Who sent it.
        received_by: The client or account that did.
    """

    id: UUID
    version: int
    operation: str
    organisation: str
    received_by: str
    at: datetime
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a field comes from.

    Attributes:
        record: The record that gave the value, or that changed it last.
        source: What it was read in, as far as is known.
        verified_by: Who held the value against its source; None when nobody did.
        verified_on: When.
        others: Intakes that say otherwise, and gave way.
    """

    record: SourceRecord
    source: Evidence | None
    method: Method | None
    verified_by: str | None
    verified_on: date | None
    others: tuple[SourceRecord, ...]


@dataclass(frozen=True, slots=True)
class Assembled:
    """What records make of a person.

    Attributes:
        nationalities: Without the ids of their rows.
        origins: Each field of which something is known, or was corrected to nothing, to where that comes from.
    """

    core: Core
    nationalities: tuple[Nationality, ...]
    origins: Mapping[str, Origin]


def assemble(records: Iterable[SourceRecord]) -> Assembled:
    """Return what the records make of a person, in whatever order they are given."""
    ordered = sorted(records, key=lambda record: (record.at, record.version, record.id))
    intakes = [record for record in ordered if record.contribution.kind is Kind.INTAKE]
    corrections = [record for record in ordered if record.contribution.kind is Kind.CORRECTION]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name in FIELDS:
        ranked = _ranked(name, intakes, ordered)
        value = _laid_together(name, ranked)
        by = ranked[0] if ranked else None
        for record in corrections:
            said = record.contribution
            if name in said.values:
                value, by = said.values[name], record
            elif name in said.edits:
                value, by = edited(value, said.edits[name]), record
        values[name] = value
        if by is not None:
            others = tuple(record for record in ranked if record is not by and _gave_way(name, record, value))
            origins[name] = _origin(name, value, by, ordered, others)
    return Assembled(core_of(values), values[NATIONALITIES], origins)


def _ranked(name: str, intakes: Sequence[SourceRecord], records: Sequence[SourceRecord]) -> list[SourceRecord]:
    """Return the intakes that say something of a field, best first."""
    telling = [record for record in intakes if name in record.contribution.values]
    return sorted(telling, key=lambda record: _rank(name, record, records), reverse=True)


def _rank(name: str, record: SourceRecord, records: Sequence[SourceRecord]) -> tuple[int, int, datetime, int, UUID]:
    value = record.contribution.values[name]
    precision = 0
    if name == "birth":
        precision = _precision(value[0], documented=_source(name, value, record) in DOCUMENTS)
    return _trust(name, value, record, records), precision, record.at, record.version, record.id


def _trust(name: str, value: Any, record: SourceRecord, records: Sequence[SourceRecord]) -> int:
    """Return 2 for what was verified, 1 for what was read in a document, 0 for what was declared."""
    if record.contribution.provenance.verified_on or _verification(name, value, records):
        return 2
    return int(_source(name, value, record) in DOCUMENTS)


def _source(name: str, value: Any, record: SourceRecord) -> Evidence | None:
    """Return what a value was read in: what a birth says of itself goes before what its record says of everything."""
    own = value[2] if name == "birth" else None
    return own or record.contribution.provenance.source


def _precision(birth: PartialDate, *, documented: bool) -> int:
    """Return how precise a birth is; 1 January without a document is as good as a year. Source: matching.md 7."""
    if suspect_default(birth) and not documented:
        return _PRECISE[Precision.YEAR]
    return _PRECISE[birth.precision]


_PRECISE = {
    Precision.DAY: 4,
    Precision.MONTH: 3,
    Precision.YEAR: 2,
    Precision.CIRCA: 1,
    Precision.UNKNOWN: 0,
}


def _laid_together(name: str, ranked: Sequence[SourceRecord]) -> Any:
    said = [record.contribution.values[name] for record in ranked]
    if name in LISTS:
        items: list[Any] = []
        for value in said:
            met = {identity_of(item) for item in items}
            items += [item for item in value if identity_of(item) not in met]
        return in_order(items)
    return said[0] if said else NOTHING.get(name)


def _gave_way(name: str, record: SourceRecord, value: Any) -> bool:
    said = record.contribution.values[name]
    return not set(said) <= set(value) if name in LISTS else bool(said != value)


def _verification(name: str, value: Any, records: Sequence[SourceRecord]) -> SourceRecord | None:
    """Return the newest record that verified just this value."""
    return next((one for one in reversed(records) if one.contribution.verified.get(name) == value), None)


def _origin(
    name: str, value: Any, by: SourceRecord, records: Sequence[SourceRecord], others: tuple[SourceRecord, ...]
) -> Origin:
    verified = _verification(name, value, records)
    told = (verified or by).contribution.provenance
    source = told.source if verified and told.source else _source(name, value, by)
    return Origin(by, source, told.method, told.verified_by, told.verified_on, others)
