"""Persons, their papers and households, the records all this comes from, and what a person is found by."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from services.registry.store.tables.columns import identity, metadata, of_person, periods

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
    Column("birth_source", Text),
)
"""The person as she is known now; what was known before is in `person_past`."""

person_past = Table(
    "person_past",
    metadata,
    of_person(),
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
    identity(),
    of_person(),
    Column("code", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False, server_default=text("true")),
    Column("first_id", Uuid),
    *periods(),
    UniqueConstraint("person_id", "code", "known_until", "valid", name="uq_nationality_valid"),
)

legal_status = Table(
    "legal_status",
    metadata,
    identity(),
    of_person(),
    Column("code", Text, nullable=False),
    Column("first_id", Uuid),
    *periods(),
    UniqueConstraint("person_id", "code", "known_until", "valid", name="uq_legal_status_valid"),
)

permit = Table(
    "permit",
    metadata,
    identity(),
    of_person(),
    Column("type", Text, nullable=False),
    Column("number", Text),
    Column("number_norm", Text, nullable=False),
    Column("mention", Text),
    Column("stands_for_permit", Boolean, nullable=False),
    Column("end_reason", Text),
    Column("first_id", Uuid),
    *periods(),
    UniqueConstraint("person_id", "type", "number_norm", "known_until", "valid", name="uq_permit_valid"),
)

address = Table(
    "address",
    metadata,
    identity(),
    of_person(),
    Column("region", Text),
    Column("unit", Text),
    Column("commune", Text),
    Column("line", Text),
    Column("scheme", Text, nullable=False, server_default="MA-2015"),
    Column("first_id", Uuid),
    *periods(),
    UniqueConstraint("person_id", "known_until", "valid", name="uq_address_valid"),
)

identifier = Table(
    "identifier",
    metadata,
    identity(),
    of_person(index=True),
    Column("system", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("value_norm", Text, nullable=False),
    Column("issuer", Text),
    Column("issuer_norm", Text, nullable=False, server_default=""),
    Column("first_id", Uuid),
    Column("issued_on", Date),
    Column("expires_on", Date),
    Column("known", TSTZRANGE, nullable=False),
    Column("source_record_id", Uuid, nullable=False),
)
Index(
    "uq_identifier_live",
    identifier.c.system,
    identifier.c.value_norm,
    identifier.c.issuer_norm,
    unique=True,
    postgresql_where=text("upper_inf(known)"),
)
Index("ix_identifier_value", identifier.c.value_norm, postgresql_where=text("upper_inf(known)"))

household = Table(
    "household",
    metadata,
    identity(),
    Column("organisation", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("dissolved_on", Date),
    Column("dissolved_at", DateTime(timezone=True)),
    Column("dissolution", Text),
    UniqueConstraint("organisation", "dataset", "key", name="uq_household_source"),
)

household_member = Table(
    "household_member",
    metadata,
    identity(),
    Column("household_id", Uuid, ForeignKey("household.id"), nullable=False, index=True),
    of_person(),
    Column("role", Text, nullable=False),
    *periods(),
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
    identity(),
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
    Column("contribution", JSONB),
)
"""Every intake as it came. The application may insert and read, never change: a person is a function of these rows.

`contribution`: what the record says of her core, normalised; null for one that says nothing of it, and for rows of
imports, whose `content` is read again when it is asked for.
"""
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
