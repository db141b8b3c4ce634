"""Renewals of residence titles, and the dated rules of papers."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from services.registry.store.tables.columns import dated, identity, metadata, of_person

permit_rule = Table(
    "permit_rule",
    metadata,
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("value", Integer, nullable=False),
    Column("unit", Text, nullable=False),
    Column("counted_from", Text),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    *dated(),
    PrimaryKeyConstraint("code", "position"),
)

permit_renewal = Table(
    "permit_renewal",
    metadata,
    identity(),
    of_person(index=True),
    Column("title_id", Uuid, nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("receipts", ARRAY(Uuid), nullable=False),
    Column("decided_on", Date),
    Column("reason", Text),
    Column("granted_id", Uuid),
    Column("filed_at", DateTime(timezone=True), nullable=False),
    Column("decided_at", DateTime(timezone=True)),
)
"""Titles and receipts are named by the id that they keep through corrections; what was known when, by two instants."""
Index(
    "uq_permit_renewal_open",
    permit_renewal.c.title_id,
    unique=True,
    postgresql_where=text("state = 'FILED'"),
)
