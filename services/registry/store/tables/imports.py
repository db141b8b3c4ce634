"""Imports: how far each has come, its file, its findings. Exports: what was asked for, and the file made."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.store.tables.columns import metadata

import_run = Table(
    "import_run",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("columns", ARRAY(Text), nullable=False),
    Column("delimiter", Text, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("format", Text, nullable=False, server_default="csv"),
    Column("atomic", Boolean, nullable=False, server_default=text("false")),
    Column("checked", Boolean, nullable=False, server_default=text("false")),
)
"""How far an import has come, moved in the transaction of each batch."""

import_chunk = Table(
    "import_chunk",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("first_byte", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("job_id", "first_byte"),
)
"""The file as received, until its job has ended."""

import_finding = Table(
    "import_finding",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    PrimaryKeyConstraint("job_id", "row", "position"),
)

import_seen = Table(
    "import_seen",
    metadata,
    Column("job_id", Text, ForeignKey("import_run.job_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("fingerprint", LargeBinary),
    PrimaryKeyConstraint("job_id", "kind", "value"),
)
"""What a validating import has met in its own file; emptied when it ends."""

export_run = Table(
    "export_run",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("purpose", Text),
    Column("acting_for", Uuid),
    Column("request_id", Text, nullable=False),
    Column("rows_of", Text),
    Column("fields", ARRAY(Text)),
    Column("format", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
"""What an export may hold, as the agreements of whoever asked for it stood then."""

export_chunk = Table(
    "export_chunk",
    metadata,
    Column("job_id", Text, ForeignKey("export_run.job_id"), nullable=False),
    Column("first_byte", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("job_id", "first_byte"),
)
"""The file made, until it expires."""
