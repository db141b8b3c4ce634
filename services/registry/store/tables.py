"""The registry's tables, private to this folder and to the migrations.

Two periods stand on what changes: `valid`, days on which it was true, and `known`, instants at which the register held
it for true. A row is never overwritten: a correction ends its `known` and adds a row. `known_until` repeats that end,
so that WITHOUT OVERLAPS keeps live rows apart in valid time; those keys, plain unique ones here, are the migration's.

A child row names its person by a foreign key, its source record without one: that check would double a load's cost.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE

from services.background import changes, jobs
from services.kit import audit, idempotency
from services.kit.database import new_metadata
from services.trail import tables as sealed

metadata = new_metadata()
sealed.declare(metadata, audit.table(metadata))
idempotency.table(metadata)
change = changes.table(metadata)
jobs.table(metadata)

programme_number_seq = Sequence("programme_number_seq", metadata=metadata)


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True, server_default=text("uuidv7()"))


def _person(*, index: bool = False) -> Column[object]:
    return Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=index)


def _periods() -> tuple[Column[object], ...]:
    return (
        Column("valid", DATERANGE, nullable=False),
        Column("known", TSTZRANGE, nullable=False),
        Column(
            "known_until",
            DateTime(timezone=True),
            Computed("COALESCE(upper(known), 'infinity'::timestamp with time zone)", persisted=True),
        ),
        Column("source_record_id", Uuid, nullable=False),
    )


person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("programme_number", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("names", JSONB, nullable=False),
    Column("sex", Text, nullable=False),
    Column("birth_year", Integer),
    Column("birth_month", Integer),
    Column("birth_day", Integer),
    Column("birth_precision", Text, nullable=False),
    Column("birth_circa", Integer),
    Column("birth_earliest", Date),
    Column("birth_latest", Date),
    Column("birth_suspect_default", Boolean, nullable=False),
    Column("birth_declared_as", Text),
    Column("birth_place", Text),
    Column("mother_name", Text),
    Column("father_name", Text),
    Column("languages", ARRAY(Text), nullable=False),
    Column("school_level", Text),
    Column("contacts", JSONB, nullable=False),
    Column("deceased_on", Date),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("source_record_id", Uuid, nullable=False),
    Column("organisation", Text, nullable=False, server_default=""),
)
"""The person as she is known now; what was known before is in `person_past`."""

person_past = Table(
    "person_past",
    metadata,
    _person(),
    Column("version", Integer, nullable=False),
    Column("known", TSTZRANGE, nullable=False),
    Column("document", JSONB, nullable=False),
    PrimaryKeyConstraint("person_id", "version"),
    UniqueConstraint("person_id", "known", name="uq_person_past_known"),
)
"""Former versions of `person` rows, whole."""

nationality = Table(
    "nationality",
    metadata,
    _id(),
    _person(),
    Column("code", Text, nullable=False),
    *_periods(),
    UniqueConstraint("person_id", "code", "known_until", "valid", name="uq_nationality_valid"),
)

legal_status = Table(
    "legal_status",
    metadata,
    _id(),
    _person(),
    Column("code", Text, nullable=False),
    *_periods(),
    UniqueConstraint("person_id", "code", "known_until", "valid", name="uq_legal_status_valid"),
)

permit = Table(
    "permit",
    metadata,
    _id(),
    _person(),
    Column("type", Text, nullable=False),
    Column("number", Text),
    Column("number_norm", Text, nullable=False),
    Column("mention", Text),
    Column("stands_for_permit", Boolean, nullable=False),
    *_periods(),
    UniqueConstraint("person_id", "type", "number_norm", "known_until", "valid", name="uq_permit_valid"),
)

address = Table(
    "address",
    metadata,
    _id(),
    _person(),
    Column("region", Text),
    Column("unit", Text),
    Column("commune", Text),
    Column("line", Text),
    *_periods(),
    UniqueConstraint("person_id", "known_until", "valid", name="uq_address_valid"),
)

identifier = Table(
    "identifier",
    metadata,
    _id(),
    _person(index=True),
    Column("system", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("value_norm", Text, nullable=False),
    Column("issuer", Text),
    Column("issued_on", Date),
    Column("expires_on", Date),
    Column("known", TSTZRANGE, nullable=False),
    Column("source_record_id", Uuid, nullable=False),
)
Index(
    "uq_identifier_live",
    identifier.c.system,
    identifier.c.value_norm,
    unique=True,
    postgresql_where=text("upper_inf(known)"),
)
Index("ix_identifier_value", identifier.c.value_norm, postgresql_where=text("upper_inf(known)"))

household = Table(
    "household",
    metadata,
    _id(),
    Column("organisation", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("organisation", "dataset", "key", name="uq_household_source"),
)

household_member = Table(
    "household_member",
    metadata,
    _id(),
    Column("household_id", Uuid, ForeignKey("household.id"), nullable=False),
    _person(),
    Column("role", Text, nullable=False),
    *_periods(),
    UniqueConstraint("person_id", "household_id", "known_until", "valid", name="uq_household_member_valid"),
)
Index(
    "uq_household_member_head",
    household_member.c.household_id,
    unique=True,
    postgresql_where=text("role = 'HEAD' AND upper_inf(known) AND upper_inf(valid)"),
)

source_record = Table(
    "source_record",
    metadata,
    _id(),
    Column("person_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("dataset", Text),
    Column("row_id", Text),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("content", JSONB, nullable=False),
)
"""Every intake as it came. The application may insert and read, never change: a person is a function of these rows."""
Index(
    "uq_source_record_row",
    source_record.c.organisation,
    source_record.c.dataset,
    source_record.c.row_id,
    unique=True,
    postgresql_where=text("row_id IS NOT NULL"),
)
Index("ix_source_record_person", source_record.c.person_id, source_record.c.version)

search_entry = Table(
    "search_entry",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.id"), primary_key=True),
    Column("keys", ARRAY(Text), nullable=False),
    Column("birth_from", Integer),
    Column("birth_to", Integer),
    Column("nationalities", ARRAY(Text), nullable=False),
    Column("region", Text),
    Column("key_version", Integer, nullable=False),
)
"""What a person is found by; computed from her names and contacts, and computed again with every change."""
Index("ix_search_entry_keys", search_entry.c["keys"], postgresql_using="gin")

import_run = Table(
    "import_run",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("columns", ARRAY(Text), nullable=False),
    Column("delimiter", Text, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("counts", JSONB, nullable=False),
)
"""How far an import has come, moved in the transaction of each batch."""

import_chunk = Table(
    "import_chunk",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("first_byte", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("job_id", "first_byte"),
)
"""The file as received, until its job has ended."""

import_finding = Table(
    "import_finding",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    PrimaryKeyConstraint("job_id", "row", "position"),
)

import_seen = Table(
    "import_seen",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("fingerprint", LargeBinary),
    PrimaryKeyConstraint("job_id", "kind", "value"),
)
"""What a validating import has met in its own file; emptied when it ends."""
