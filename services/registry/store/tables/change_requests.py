"""Tables of the dated rules of persons' rights, and of changes that wait for a second pair of eyes."""

from sqlalchemy import ARRAY, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.store.tables.columns import dated, identity, metadata, of_person

rights_rule = Table(
    "rights_rule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("value", Text, nullable=False),
    *dated(),
)

change_request = Table(
    "change_request",
    metadata,
    identity(),
    of_person(),
    Column("state", Text, nullable=False),
    Column("patch", JSONB, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("documents", ARRAY(Uuid), nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_client", Text, nullable=False),
    Column("proposed_organisation", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Text),
    Column("decided_client", Text),
    Column("decided_organisation", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision_reason", Text),
    Column("applied_version", Integer),
)
Index("ix_change_request_person", change_request.c.person_id, change_request.c.id)
Index("ix_change_request_open", change_request.c.id, postgresql_where=text("state = 'proposed'"))
