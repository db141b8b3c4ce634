"""Erasure, legal holds and retention."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.store.tables.columns import identity, metadata, of_person

legal_hold = Table(
    "legal_hold",
    metadata,
    identity(),
    of_person(index=True),
    Column("reason", Text, nullable=False),
    Column("reference", Text),
    Column("organisation", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", DateTime(timezone=True)),
)
"""An order to keep a person's data: while one stands, nothing of her is erased."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("person_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("job_id", Text),
    Column("erased_at", DateTime(timezone=True)),
    Column("counts", JSONB),
    Column("documents", JSONB, nullable=False, server_default=text("'[]'")),
    Column("ledger_at", DateTime(timezone=True)),
)
"""A proposal to erase a person; once it is carried out, the tombstone that says so."""
Index("uq_erasure_person", erasure.c.person_id, unique=True, postgresql_where=text("state <> 'withdrawn'"))
Index("ix_erasure_unwritten", erasure.c.id, postgresql_where=text("state = 'erased' AND ledger_at IS NULL"))

retention_proposal = Table(
    "retention_proposal",
    metadata,
    identity(),
    Column("data_class", Text, nullable=False),
    Column("months", Integer, nullable=False),
    Column("before", Date, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("rows_of", Text),
    Column("state", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("job_id", Text),
)
"""What has been kept for longer than its class is: how much, not whom; that is asked again when it is carried out."""
