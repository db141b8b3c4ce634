"""What partners have agreed: agreements, changes that wait for a second person, and what became of it all."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB

from services.gateway.access.store.tables.clients import metadata

agreement = Table(
    "agreement",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("authorisation_number", Text, nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("resources", JSONB, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_on", Date),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("proposed_by", Text, nullable=False),
    Column("approved_by", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("state IN ('proposed', 'active', 'ended', 'rejected')", name="state"),
    CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_on"),
    CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
    CheckConstraint("cardinality(purposes) > 0", name="purposes"),
    CheckConstraint("jsonb_typeof(resources) = 'array' AND jsonb_array_length(resources) > 0", name="resources"),
    CheckConstraint("approved_by IS DISTINCT FROM proposed_by", name="two_persons"),
    CheckConstraint("state IN ('proposed', 'rejected') OR approved_by IS NOT NULL", name="approved"),
    Index("ix_agreement_valid", "valid", postgresql_using="gist"),
)

approval = Table(
    "approval",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), index=True),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'proposed'")),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_client", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Text),
    Column("decided_client", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("reason", Text),
    CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name="state"),
    CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
    CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="two_persons"),
    Index("uq_approval_open", "kind", "target", unique=True, postgresql_where=text("state = 'proposed'")),
)

rights_change = Table(
    "rights_change",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("subject", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("document", JSONB, nullable=False),
)
