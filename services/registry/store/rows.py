"""Records as rows, for INSERT and for COPY alike: one function per table, in the order of its columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.kit.periods import Period
from services.registry.domain.births import suspect_default
from services.registry.domain.contacts import Contact
from services.registry.domain.folding import KEY_VERSION
from services.registry.domain.names import Name
from services.registry.domain.papers import Address, Identifier, Permit
from services.registry.domain.persons import Core, Person
from services.registry.domain.search import SearchEntry

Row = tuple[Any, ...]
_DAY = timedelta(days=1)

CORE_COLUMNS = (
    "names", "sex", "birth_year", "birth_month", "birth_day", "birth_precision", "birth_circa", "birth_earliest",
    "birth_latest", "birth_suspect_default", "birth_declared_as", "birth_place", "mother_name", "father_name",
    "languages", "school_level", "contacts", "deceased_on", "birth_source",
)  # fmt: skip
_PERIODS = ("valid", "known", "source_record_id")
COLUMNS: dict[str, tuple[str, ...]] = {
    "household": ("id", "organisation", "dataset", "key", "created_at"),
    "person": (
        "id", "programme_number", "version", "recorded_at", *CORE_COLUMNS, "created_at", "source_record_id",
        "organisation",
    ),
    "nationality": ("person_id", "code", "confirmed", "first_id", *_PERIODS),
    "identifier": (
        "person_id", "system", "value", "value_norm", "issuer", "issued_on", "expires_on", "issuer_norm",
        "first_id", "known", "source_record_id",
    ),
    "permit": (
        "person_id", "type", "number", "number_norm", "mention", "stands_for_permit", "end_reason", "first_id",
        *_PERIODS,
    ),
    "legal_status": ("person_id", "code", "first_id", *_PERIODS),
    "address": ("person_id", "region", "unit", "commune", "line", "scheme", "first_id", *_PERIODS),
    "household_member": ("household_id", "person_id", "role", *_PERIODS),
    "search_entry": ("person_id", "keys", "birth_from", "birth_to", "nationalities", "region", "key_version"),
    "source_record": (
        "id", "person_id", "version", "operation", "organisation", "received_by", "received_at", "dataset", "row_id",
        "fingerprint", "content",
    ),
    "change": ("kind", "subject", "version", "payload"),
}  # fmt: skip
"""What is written of each table, in the order that foreign keys allow; defaults fill the rest."""


@dataclass(slots=True)
class Rows:
    """Rows by table, of one person or of a thousand."""

    by_table: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def add_person(self, person: Person, source_record_id: UUID, organisation: str) -> None:
        """Add the person's own row, as the organisation's that registers her, and all rows of her parts."""
        by_table = self.by_table
        at = person.recorded_at
        by_table["person"].append(
            (
                person.id,
                person.programme_number,
                person.version,
                at,
                *core_values(person.core),
                at,
                source_record_id,
                organisation,
            )
        )
        self.add_parts(person, at, source_record_id)

    def add_parts(self, person: Person, at: datetime, source_record_id: UUID) -> None:
        """Add rows for the parts that are not stored yet, known from the instant on."""
        owner, known = person.id, asyncpg.Range(at, None)
        end: Row = (known, source_record_id)
        values: Mapping[str, Iterable[Row]] = {
            "nationality": (
                (owner, row.code, row.confirmed, row.first_id, days(row.valid), *end)
                for row in person.nationalities
                if row.id is None
            ),
            "identifier": ((owner, *_identifier(row), *end) for row in person.identifiers if row.id is None),
            "permit": ((owner, *_permit(row), *end) for row in person.permits if row.id is None),
            "legal_status": (
                (owner, row.code, row.first_id, days(row.valid), *end)
                for row in person.legal_statuses
                if row.id is None
            ),
            "address": ((owner, *_address(row), *end) for row in person.addresses if row.id is None),
            "household_member": (
                (row.household_id, owner, row.role.value, days(row.valid), *end)
                for row in person.memberships
                if row.id is None
            ),
        }
        for table, new in values.items():
            self.by_table[table].extend(new)


def core_values(core: Core) -> Row:
    """Return the values of `CORE_COLUMNS`."""
    birth = core.birth
    return (
        orjson.dumps([name_document(name) for name in core.names]).decode(),
        core.sex.value,
        birth.year,
        birth.month,
        birth.day,
        birth.precision.value,
        birth.circa_plus_minus,
        birth.earliest,
        birth.latest,
        suspect_default(birth),
        core.birth_declared_as,
        core.birth_place,
        core.mother_name,
        core.father_name,
        list(core.languages),
        core.school_level,
        orjson.dumps([contact_document(contact) for contact in core.contacts]).decode(),
        core.deceased_on,
        core.birth_source.value if core.birth_source else None,
    )


def name_document(name: Name) -> dict[str, Any]:
    """Return a name as it is stored and shown."""
    return {
        "kind": name.kind.value,
        "family": name.family,
        "given": name.given,
        "as_written": name.as_written,
        "script": name.script.value,
        "order_known": name.order_known,
    }


def contact_document(contact: Contact) -> dict[str, Any]:
    """Return a contact as it is stored and shown."""
    return {
        "id": str(contact.id),
        "kind": contact.kind.value,
        "value": contact.value,
        "normalised": contact.value_norm,
        "safe_to_call": contact.safe_to_call,
        "safe_to_text": contact.safe_to_text,
        "safe_hours": contact.safe_hours,
        "language": contact.language,
        "code_word": contact.code_word,
    }


def search_row(person_id: UUID, entry: SearchEntry) -> Row:
    """Return the row a person is found by."""
    return (
        person_id,
        list(entry.keys),
        entry.birth_from,
        entry.birth_to,
        list(entry.nationalities),
        entry.region,
        KEY_VERSION,
    )


def days(valid: Period) -> asyncpg.Range[date]:
    """Return the days as PostgreSQL holds them: the last one excluded."""
    return asyncpg.Range(valid.start, valid.end + _DAY if valid.end else None)


def number_order(row: Row) -> tuple[str, str]:
    """Return what identifier rows are sorted by before they are written: system and normalised value."""
    return row[1], row[3]


def insert_statement(table: str, columns: Sequence[str] | None = None) -> str:
    """Return the INSERT of one row in the order of its columns."""
    names = columns or COLUMNS[table]
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"


def _identifier(identifier: Identifier) -> Row:
    return (
        identifier.system,
        identifier.value,
        identifier.value_norm,
        identifier.issuer,
        identifier.issued_on,
        identifier.expires_on,
        identifier.issuer_norm,
        identifier.first_id,
    )


def _permit(permit: Permit) -> Row:
    return (
        permit.type,
        permit.number,
        permit.number_norm,
        permit.mention,
        permit.stands_for_permit,
        permit.end_reason,
        permit.first_id,
        days(permit.valid),
    )


def _address(address: Address) -> Row:
    return (
        address.region,
        address.unit,
        address.commune,
        address.line,
        address.scheme,
        address.first_id,
        days(address.valid),
    )
