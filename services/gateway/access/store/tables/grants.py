"""What the OAuth server remembers: codes, refresh tokens, and what must not be used twice."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.gateway.access.store.tables.clients import metadata

authorisation_code = Table(
    "authorisation_code",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("family_id", Uuid, nullable=False, server_default=text("uuidv7()"), unique=True),
    Column("client_id", Text, ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", Uuid, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("jkt", Text),
    Column("authenticated_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
)

token_family = Table(
    "token_family",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Text, ForeignKey("client.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", Uuid, nullable=False, index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("jkt", Text),
    Column("authenticated_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("revoked_at", DateTime(timezone=True)),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("family_id", Uuid, ForeignKey("token_family.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
    Index("uq_refresh_token_unused", "family_id", unique=True, postgresql_where=text("used_at IS NULL")),
)

family_access_token = Table(
    "family_access_token",
    metadata,
    Column("jti", Text, primary_key=True),
    Column("family_id", Uuid, ForeignKey("token_family.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

revoked_access_token = Table(
    "revoked_access_token",
    metadata,
    Column("jti", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

used_assertion = Table(
    "used_assertion",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
)

used_proof = Table(
    "used_proof",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
    prefixes=["UNLOGGED"],  # a proof lives for a minute; a crash that empties the table takes longer than that
)
