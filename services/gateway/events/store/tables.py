"""The area's tables. Private to `store` and the gateway's migrations."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.background.changes import TransactionId
from services.gateway.events.domain.records import DeliveryState, Stop
from services.kit.database import new_metadata

metadata = new_metadata()


def _one_of(column: str, vocabulary: Iterable[StrEnum]) -> CheckConstraint:
    words = ", ".join(f"'{word}'" for word in vocabulary)
    return CheckConstraint(f"{column} IN ({words})", name=column)


event = Table(
    "event",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    # the order of polls: by transaction, so that a later one that commits first hides nothing (see background.changes)
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("xid", TransactionId, nullable=False, server_default=func.pg_current_xact_id()),
    Column("source", Text, nullable=False),
    Column("source_number", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("organisation", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("data", JSONB, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, index=True),
    UniqueConstraint("source", "source_number"),
    Index("ix_event_order", "xid", "number"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("organisation", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("description", Text),
    Column("acting_for", Uuid),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("stopped", Text),
    Column("failing_since", DateTime(timezone=True)),
    Column("secret", LargeBinary, nullable=False),
    Column("former_secret", LargeBinary),
    Column("former_until", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    _one_of("stopped", Stop),
    Index(None, "organisation", "id"),
)

# of those persons alone from whom somebody is kept, as the registry's feed says
person_withheld = Table(
    "person_withheld",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("withheld", JSONB, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("subscription_id", Uuid, ForeignKey("subscription.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Uuid, ForeignKey("event.id", ondelete="CASCADE"), index=True),
    Column("type", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("state", Text, nullable=False, server_default=DeliveryState.PENDING.value),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("attempts_before", Integer, nullable=False, server_default=text("0")),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("lease", Uuid),
    Column("leased_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), index=True),
    UniqueConstraint("subscription_id", "event_id"),
    _one_of("state", DeliveryState),
    # what waits, in order, and of one subject: both questions that every claim asks
    Index("ix_delivery_waiting", "subscription_id", "position", postgresql_where=text("state = 'pending'")),
    Index("ix_delivery_in_turn", "subscription_id", "subject", "position", postgresql_where=text("state = 'pending'")),
    Index(None, "subscription_id", "id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error_code", Text),
)
