"""The coverage database. Private to `store` and `migrations`."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB

from services.background import changes, jobs
from services.health.coverage.domain.facts import Declared, Facts, HeldCover, Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.rules import Category, Certainty, Kind
from services.health.coverage.store.column_types import IndexedRecord, Record, Word
from services.kit import audit, idempotency
from services.kit.database import new_metadata
from services.trail import tables as sealed

metadata = new_metadata()
sealed.declare(metadata, audit.table(metadata))
idempotency.table(metadata)
changes.table(metadata)
changes.cursor_table(metadata)
jobs.table(metadata)


def _one_of(column: str, vocabulary: Iterable[StrEnum]) -> CheckConstraint:
    words = ", ".join(f"'{word}'" for word in vocabulary)
    return CheckConstraint(f"{column} IN ({words})", name=column)


rule_set = Table(
    "rule_set",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("number"),
)

rule = Table(
    "rule",
    metadata,
    # PRIMARY KEY (..., valid WITHOUT OVERLAPS): one row a day for each code, by the database.
    Column("rule_set", Text, ForeignKey("rule_set.hash"), primary_key=True),
    Column("kind", Word(Kind), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("valid", DATERANGE, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("certainty", Word(Certainty), nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text),
    _one_of("certainty", Certainty),
)

person_facts = Table(
    "person_facts",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("facts", IndexedRecord(Facts), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("withheld", JSONB(none_as_null=True)),
)

person_identifier = Table(
    "person_identifier",
    metadata,
    Column("system", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person_facts.person_id"), primary_key=True, index=True),
)

determination = Table(
    "determination",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("person_id", Uuid, nullable=False),
    Column("scheme_asked", Text),
    Column("scheme", Text),
    Column("category", Word(Category)),
    Column("status", Word(Status), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("evaluated_at", DateTime(timezone=True), nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("end_reason", Word(EndReason)),
    Column("contribution_mad_month", Numeric),
    Column("rule_set", Text, ForeignKey("rule_set.hash"), nullable=False),
    # `json`, not `jsonb`: what a decision rests on is kept in the very order and digits it had.
    Column("facts", Record(Facts), nullable=False),
    Column("facts_source", Word(Source), nullable=False),
    Column("declared", Record(Declared), nullable=False),
    Column("held", Record(tuple[HeldCover, ...]), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("confirmed_by", Text),
    Column("confirmed_for", Text),
    _one_of("status", Status),
    _one_of("facts_source", (Source.REGISTRY, Source.FEED)),
    Index(None, "person_id", "id"),
)

entitlement = Table(
    "entitlement",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("person_id", Uuid, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("end_reason", Word(EndReason), nullable=False),
    Column("contribution_mad_month", Numeric),
    Column("determination_id", Uuid, ForeignKey("determination.id"), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    _one_of("end_reason", EndReason),
    UniqueConstraint("determination_id"),
    # UNIQUE (person_id, scheme, valid WITHOUT OVERLAPS): one right at a time in a scheme, whoever else asks.
    UniqueConstraint("person_id", "scheme", "valid"),
    Index(None, "person_id", "id"),
)

erased_person = Table(
    "erased_person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)
"""Whose data were erased: facts about her that come late are not taken up again."""

kept_decision = Table(
    "kept_decision",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("scheme", Text),
    Column("category", Text),
    Column("status", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("months", Integer),
    Column("contribution_mad_month", Numeric),
    Column("confirmed", Boolean, nullable=False),
    Column("rule_set", Text, nullable=False),
)
"""What stays of an erased person's decisions: nothing that leads to her."""
