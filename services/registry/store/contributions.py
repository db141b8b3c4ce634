"""What source records contribute to a person, as it is kept beside them: to write it, and to read it again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.assembly import SourceRecord
from services.registry.domain.contributions import (
    LISTS,
    Contribution,
    Edit,
    Kind,
    contribution_of_intake,
)
from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.import_rows import RowRules, read_row
from services.registry.domain.persons import Nationality, Sex, admit
from services.registry.domain.provenance import Evidence, Method, Provenance
from services.registry.store.driver import driver
from services.registry.store.loading import contact_of, name_of
from services.registry.store.rows import contact_document, name_document

_RECORDS = """
SELECT id, person_id, version, operation, organisation, received_by, received_at, contribution::text,
    CASE WHEN contribution IS NULL AND row_id IS NOT NULL THEN content::text END
FROM source_record WHERE person_id = $1 AND (contribution IS NOT NULL OR row_id IS NOT NULL)
ORDER BY received_at, version, id
"""


async def records(session: AsyncSession, person_id: UUID, rules: RowRules) -> list[SourceRecord]:
    """Return the records that say something of a person herself, oldest first.

    Args:
        session: The request's transaction.
        person_id: Whom.
        rules: What rows of imports are read by; each on the day it came.

    Raises:
        PersonNotFoundError: There is no record of such a person.
    """
    found = []
    for record_id, owner, version, operation, organisation, received_by, at, kept, content in await (
        await driver(session)
    ).fetch(_RECORDS, person_id):
        if kept is not None:
            contribution = contribution_of(orjson.loads(kept))
        else:
            contribution = _of_row(orjson.loads(content), owner, replace(rules, today=at.date()), at)
        found.append(SourceRecord(record_id, version, operation, organisation, received_by, at, contribution))
    if not found:
        raise PersonNotFoundError
    return found


def _of_row(content: Mapping[str, str], person_id: UUID, rules: RowRules, at: datetime) -> Contribution:
    """Return what a row of an import contributes: just what it made of a person when it came."""
    intake, _ = read_row(content, rules)
    if intake is None:
        return Contribution(Kind.INTAKE)
    return contribution_of_intake(admit(intake, person_id=person_id, programme_number="", at=at))


def document_of(contribution: Contribution) -> str:
    """Return a contribution as it is stored: JSON text."""
    told = contribution.provenance
    provenance = {
        "source": told.source,
        "method": told.method,
        "verified_by": told.verified_by,
        "verified_on": told.verified_on,
    }
    parts: dict[str, Any] = {
        "values": {name: _written(name, value) for name, value in contribution.values.items()},
        "edits": {
            name: [[_item(name, edit.out), _item(name, edit.into)] for edit in edits]
            for name, edits in contribution.edits.items()
        },
        "verified": {name: _written(name, value) for name, value in contribution.verified.items()},
        "provenance": {name: value for name, value in provenance.items() if value is not None},
    }
    document = {"kind": contribution.kind, **{name: part for name, part in parts.items() if part}}
    return orjson.dumps(document).decode()


def contribution_of(document: Mapping[str, Any]) -> Contribution:
    """Build a contribution from its stored document."""
    told = document.get("provenance", {})
    return Contribution(
        Kind(document["kind"]),
        {name: _read(name, value) for name, value in document.get("values", {}).items()},
        {
            name: tuple(Edit(_read_item(name, out), _read_item(name, into)) for out, into in edits)
            for name, edits in document.get("edits", {}).items()
        },
        {name: _read(name, value) for name, value in document.get("verified", {}).items()},
        Provenance(
            Evidence(told["source"]) if "source" in told else None,
            Method(told["method"]) if "method" in told else None,
            told.get("verified_by"),
            _day(told.get("verified_on")),
        ),
    )


def _written(name: str, value: Any) -> Any:
    if name in LISTS:
        return [_item(name, item) for item in value]
    if name == "birth":
        birth, declared_as, source = value
        parts = {part: getattr(birth, part) for part in ("year", "month", "day", "precision", "circa_plus_minus")}
        return {**parts, "declared_as": declared_as, "source": source}
    return value


def _item(name: str, item: Any) -> Any:
    if item is None or name == "languages":
        return item
    if name == "names":
        return name_document(item)
    if name == "contacts":
        return contact_document(item)
    return {
        "code": item.code,
        "confirmed": item.confirmed,
        "valid_from": item.valid.start,
        "valid_to": item.valid.end,
    }


def _read(name: str, value: Any) -> Any:
    if name in LISTS:
        return tuple(_read_item(name, item) for item in value)
    if name == "birth":
        birth = PartialDate(
            value["year"], value["month"], value["day"], Precision(value["precision"]), value["circa_plus_minus"]
        )
        return birth, value["declared_as"], Evidence(value["source"]) if value["source"] else None
    if name == "sex":
        return Sex(value)
    return _day(value) if name == "deceased_on" else value


def _read_item(name: str, item: Any) -> Any:
    if item is None or name == "languages":
        return item
    if name == "names":
        return name_of(item)
    if name == "contacts":
        return contact_of(item)
    valid = Period(_day(item["valid_from"]), _day(item["valid_to"]))
    return Nationality(item["code"], valid, confirmed=item["confirmed"])


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
