"""The registry's metadata with the kit's tables, and the columns that many tables have."""

from sqlalchemy import Column, Computed, Date, DateTime, ForeignKey, Sequence, Text, Uuid, text
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

from services.background import changes, jobs
from services.kit import audit, idempotency
from services.kit.database import new_metadata
from services.trail import tables as sealed

metadata = new_metadata()
sealed.declare(metadata, audit.table(metadata))
idempotency.table(metadata)
change = changes.table(metadata)
jobs.table(metadata)

programme_number_seq = Sequence("programme_number_seq", metadata=metadata)


def identity() -> Column[object]:
    """Return the key of a table whose rows are numbered by the database."""
    return Column("id", Uuid, primary_key=True, server_default=text("uuidv7()"))


def of_person(*, index: bool = False) -> Column[object]:
    """Return the column that says whose a row is."""
    return Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=index)


def periods() -> tuple[Column[object], ...]:
    """Return the columns of a row that is true over days and known over instants, and the record it comes from."""
    return (
        Column("valid", DATERANGE, nullable=False),
        Column("known", TSTZRANGE, nullable=False),
        Column(
            "known_until",
            DateTime(timezone=True),
            Computed("COALESCE(upper(known), 'infinity'::timestamp with time zone)", persisted=True),
        ),
        Column("source_record_id", Uuid, nullable=False),
    )


def dated() -> tuple[Column[object], ...]:
    """Return the columns of a rule or list row: its days in force, how certain it is, and where it is from."""
    return (
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("certainty", Text, nullable=False),
        Column("source", Text, nullable=False),
    )
