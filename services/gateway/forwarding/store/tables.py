"""The area's tables. Private to `store` and the gateway's migrations."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from services.kit.database import new_metadata

metadata = new_metadata()

# Unlogged: an update costs no write-ahead log, and a crash empties it, which forgives everybody once.
limit_bucket = Table(
    "limit_bucket",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("tat", BigInteger, nullable=False),
    prefixes=["UNLOGGED"],
    postgresql_with={"fillfactor": 50},
)

limit_override = Table(
    "limit_override",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("organisation", Text, nullable=False),
    Column("client_id", Text),
    Column("policy", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("units", Integer),
    Column("window_s", Integer),
    Column("burst", Integer),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("organisation", "client_id", "policy", postgresql_nulls_not_distinct=True),
    CheckConstraint(
        "(units > 0 AND window_s > 0 AND burst > 0) IS TRUE OR num_nonnulls(units, window_s, burst) = 0", name="numbers"
    ),
)
