"""The sealed trail's tables, for the drift check of the stores' migrations."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, MetaData, Table, Text, Uuid, func

from services.background.changes import TransactionId


def declare(metadata: MetaData, records: Table) -> None:
    """Declare the tables in a store's metadata, and what sealing adds to its audit rows.

    Args:
        metadata: The store's.
        records: The store's table of `services.kit.audit.table`.
    """
    records.append_column(Column("xid", TransactionId, nullable=False, server_default=func.pg_current_xact_id()))
    Index("ix_audit_record_xid", records.c.xid)
    Index("ix_audit_record_persons", records.c.persons, postgresql_using="gin")
    Table(
        "audit_leaf",
        metadata,
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("record_id", Uuid, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False),
    )
    Table(
        "audit_node",
        metadata,
        Column("level", Integer, primary_key=True, autoincrement=False),
        Column("index", BigInteger, primary_key=True, autoincrement=False),
        Column("hash", LargeBinary, nullable=False),
    )
    Table(
        "audit_checkpoint",
        metadata,
        Column("size", BigInteger, primary_key=True, autoincrement=False),
        Column("root", LargeBinary, nullable=False),
        Column("note", Text, nullable=False),
        Column("verifier_key", Text, nullable=False),
        Column("sealed_below", TransactionId, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )
