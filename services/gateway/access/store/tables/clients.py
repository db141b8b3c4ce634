"""Organisations, clients, their secrets and the signing keys; the metadata that all tables of access share."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kit.database import new_metadata

metadata = new_metadata()

organisation = Table(
    "organisation",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(
        "kind IN ('public_body', 'care_provider', 'training_provider', 'civil_society', 'service')", name="kind"
    ),
    CheckConstraint("code ~ '^[a-z0-9][a-z0-9._-]{1,63}$'", name="code"),
)

client = Table(
    "client",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("grant_types", ARRAY(Text), nullable=False),
    Column("auth_methods", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("redirect_uris", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("jwks", JSONB(none_as_null=True)),
    Column("dpop_required", Boolean, nullable=False, server_default=text("false")),
    Column("application_type", Text, nullable=False, server_default=text("'service'")),
    Column("serves_persons", Boolean, nullable=False, server_default=text("false")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("id ~ '^[a-z0-9][a-z0-9._-]{2,63}$'", name="id"),
    CheckConstraint("application_type IN ('service', 'web', 'native')", name="application_type"),
)

client_secret = Table(
    "client_secret",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("client_id", Text, ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False),
    Column("issued_to", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("use", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("public_jwk", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("activated_at", DateTime(timezone=True)),
    Column("retired_at", DateTime(timezone=True)),
    CheckConstraint("use IN ('access', 'internal')", name="use"),
    CheckConstraint("state IN ('next', 'current', 'retired')", name="state"),
    Index("uq_signing_key_current", "use", unique=True, postgresql_where=text("state = 'current'")),
    Index("uq_signing_key_next", "use", unique=True, postgresql_where=text("state = 'next'")),
)
