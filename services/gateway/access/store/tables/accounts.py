"""People who sign in: accounts, passwords, second factors, sessions, consents; and how often somebody tried."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from services.gateway.access.store.tables.clients import metadata

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("username", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=text("'fr'")),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{2,63}$'", name="username"),
    CheckConstraint("language IN ('fr', 'ar', 'en')", name="language"),
)


def _owner(*, key: bool = False) -> Column[object]:
    return Column(
        "account_id",
        Uuid,
        ForeignKey("account.id", ondelete="CASCADE"),
        primary_key=key,
        nullable=False,
        index=not key or None,
    )


account_password = Table(
    "account_password",
    metadata,
    _owner(key=True),
    Column("hash", Text, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
)

account_totp = Table(
    "account_totp",
    metadata,
    _owner(key=True),
    Column("sealed", LargeBinary),
    Column("offered", LargeBinary),
    Column("last_step", BigInteger, nullable=False, server_default=text("0")),
    Column("confirmed_at", DateTime(timezone=True)),
    CheckConstraint("(sealed IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
)

account_passkey = Table(
    "account_passkey",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    _owner(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    _owner(key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _owner(),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
)

browser_session = Table(
    "browser_session",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), index=True),
    Column("stage", Text, nullable=False),
    Column("language", Text),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("challenge", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, index=True),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("authenticated_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
    CheckConstraint("language IN ('fr', 'ar', 'en')", name="language"),
    CheckConstraint(
        "stage = 'anonymous' AND account_id IS NULL AND authenticated_at IS NULL"
        " OR stage = 'password' AND account_id IS NOT NULL AND authenticated_at IS NULL"
        " OR stage = 'signed_in' AND account_id IS NOT NULL AND authenticated_at IS NOT NULL",
        name="stage",
    ),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
    Column("free_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("octet_length(key) = 32", name="key"),
)

consent = Table(
    "consent",
    metadata,
    _owner(key=True),
    Column("client_id", Text, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)
