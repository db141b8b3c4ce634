"""Documents: what was uploaded about a person, and where it lies."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text

from services.registry.store.tables.columns import dated, metadata, of_person

document_type = Table(
    "document_type",
    metadata,
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("purposes", ARRAY(Text)),
    *dated(),
)

document = Table(
    "document",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_person(),
    Column("type", Text, ForeignKey("document_type.code"), nullable=False),
    Column("title", Text),
    Column("issuer", Text),
    Column("issued_on", Date),
    Column("expires_on", Date),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False),
    Column("examined_at", DateTime(timezone=True)),
    Column("examined_by", Text),
    Column("verified_by", Text),
    Column("verified_at", DateTime(timezone=True)),
    Column("verification_method", Text),
    Column("retracted_at", DateTime(timezone=True)),
    Column("retracted_by", Text),
    Column("retraction_reason", Text),
)
"""The content lies in the blob store under `documents/<id>`; a retracted document's content is gone."""
Index(
    "uq_document_content",
    document.c.person_id,
    document.c.sha256,
    unique=True,
    postgresql_where=text("retracted_at IS NULL AND state <> 'refused'"),
)
Index("ix_document_person_id", document.c.person_id, document.c.id)
