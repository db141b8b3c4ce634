"""Regularisation files, their steps, evidence and papers; the rules they go by, and published counts."""

from sqlalchemy import (
    ARRAY,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.store.tables.columns import dated, identity, metadata, of_person

regularisation_file = Table(
    "regularisation_file",
    metadata,
    identity(),
    of_person(index=True),
    Column("campaign", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("bureau", Text, nullable=False),
    Column("reference", Text),
    Column("filed_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("notified_on", Date),
    Column("due_code", Text),
    Column("due_on", Date),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("organisation", Text, nullable=False),
)
Index(
    "uq_regularisation_file_open",
    regularisation_file.c.person_id,
    regularisation_file.c.campaign,
    unique=True,
    postgresql_where=text("state <> 'CLOS'"),
)
Index("ix_regularisation_file_due_on", regularisation_file.c.due_on, postgresql_where=text("due_on IS NOT NULL"))
Index("ix_regularisation_file_state", regularisation_file.c.state, regularisation_file.c.id)


def _of_file() -> Column[object]:
    return Column("file_id", Uuid, ForeignKey("regularisation_file.id", ondelete="CASCADE"), nullable=False, index=True)


def _recorded() -> tuple[Column[object], ...]:
    return (
        Column("recorded_at", DateTime(timezone=True), nullable=False),
        Column("recorded_by", Text, nullable=False),
        Column("organisation", Text, nullable=False),
    )


regularisation_step = Table(
    "regularisation_step",
    metadata,
    identity(),
    _of_file(),
    Column("position", Integer, nullable=False),
    Column("leaves", Text),
    Column("to_state", Text, nullable=False),
    Column("on", Date, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("proposal", Text),
    Column("findings", JSONB, nullable=False),
    Column("permit_id", Uuid),
    *_recorded(),
)
"""Every step that a file took; never changed."""
Index("uq_regularisation_step_position", regularisation_step.c.file_id, regularisation_step.c.position, unique=True)

regularisation_evidence = Table(
    "regularisation_evidence",
    metadata,
    identity(),
    _of_file(),
    Column("fact", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("documents", ARRAY(Uuid), nullable=False),
    *_recorded(),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_reason", Text),
)
"""What was declared for a file; a new value ends the one before and keeps it."""
Index(
    "uq_regularisation_evidence_live",
    regularisation_evidence.c.file_id,
    regularisation_evidence.c.fact,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)

regularisation_paper = Table(
    "regularisation_paper",
    metadata,
    identity(),
    _of_file(),
    Column("code", Text, nullable=False),
    Column("documents", ARRAY(Uuid), nullable=False),
    Column("seen_on", Date, nullable=False),
    *_recorded(),
)

regularisation_rule = Table(
    "regularisation_rule",
    metadata,
    Column("kind", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    *dated(),
    PrimaryKeyConstraint("kind", "position"),
)
"""Every list of rules: campaigns, categories, states, steps, criteria, deadlines, papers, bureaus and the rest."""

regularisation_statistic = Table(
    "regularisation_statistic",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("series", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("nationality", Text),
    Column("region", Text),
    Column("value", Numeric, nullable=False),
    Column("certainty", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text),
)
