"""Tables of the rights of persons: purposes, notices, consents, oppositions, what both stop, rectifications."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.store.tables.columns import dated, identity, metadata, of_person

receipt_number_seq = Sequence("receipt_number_seq", metadata=metadata)

purpose_rule = Table(
    "purpose_rule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("statutory", Boolean, nullable=False),
    *dated(),
)

notice = Table(
    "notice",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("fr", JSONB, nullable=False),
    Column("ar", JSONB, nullable=False),
    Column("en", JSONB, nullable=False),
    *dated(),
    PrimaryKeyConstraint("code", "version"),
)
"""What a person is told before she is asked, by version; each text has `title`, `body` and `rights`."""

consent = Table(
    "consent",
    metadata,
    identity(),
    of_person(),
    Column("number", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("recipient", Text),
    Column("notice_code", Text, nullable=False),
    Column("notice_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("expires_on", Date),
    Column("documents", ARRAY(Uuid), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_on", Date),
    Column("end", Text),
    Column("end_reason", Text),
    Column("end_channel", Text),
    Column("effects", JSONB),
    ForeignKeyConstraint(
        ["notice_code", "notice_version"], ["notice.code", "notice.version"], name="fk_consent_notice"
    ),
)
Index(
    "uq_consent_live",
    consent.c.person_id,
    consent.c.purpose,
    text("COALESCE(recipient, ''::text)"),
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)
Index("ix_consent_person", consent.c.person_id, consent.c.id)

opposition = Table(
    "opposition",
    metadata,
    identity(),
    of_person(),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("recipient", Text),
    Column("purposes", ARRAY(Text)),
    Column("stopped", ARRAY(Text), nullable=False),
    Column("statutory", ARRAY(Text), nullable=False),
    Column("grounds", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("documents", ARRAY(Uuid), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("assessed_at", DateTime(timezone=True)),
    Column("assessed_by", Text),
    Column("reasons", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
)
Index("ix_opposition_person", opposition.c.person_id, opposition.c.id)

sharing_stop = Table(
    "sharing_stop",
    metadata,
    identity(),
    of_person(),
    Column("organisation", Text),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("cause", Text, nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)
"""What an opposition or a withdrawn consent keeps from an organisation, or from all of them."""
Index("ix_sharing_stop_person", sharing_stop.c.person_id, postgresql_where=text("ended_at IS NULL"))

rectification = Table(
    "rectification",
    metadata,
    identity(),
    of_person(),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("said", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("documents", ARRAY(Uuid), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("change_request_id", Uuid),
    Column("answered_on", Date),
    Column("answered_at", DateTime(timezone=True)),
    Column("answered_by", Text),
    Column("reasons", Text),
    Column("recipients", JSONB),
)
Index("ix_rectification_person", rectification.c.person_id, rectification.c.id)
Index("ix_rectification_due", rectification.c.due_on, rectification.c.id, postgresql_where=text("state = 'open'"))
Index("ix_rectification_received", rectification.c.received_on)
