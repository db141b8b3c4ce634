"""Links between persons, who acts for whom, and who must not see whom; households themselves are in `register`."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from services.registry.store.tables.columns import identity, metadata, of_person, periods

relationship = Table(
    "relationship",
    metadata,
    identity(),
    of_person(),
    Column("other_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("share", Integer),
    Column("proven", Boolean, nullable=False),
    *periods(),
    UniqueConstraint("person_id", "other_id", "kind", "known_until", "valid", name="uq_relationship_valid"),
)
"""`person_id` is the `kind` of `other_id`: one row, read from both ends."""

representative = Table(
    "representative",
    metadata,
    identity(),
    of_person(index=True),
    Column("representative_id", Uuid, ForeignKey("person.id"), index=True),
    Column("organisation", Text),
    Column("subject", Text),
    Column("capacity", Text, nullable=False),
    *periods(),
)
"""Who acts for a person: another person, or an organisation, or one account or client."""

barrier = Table(
    "barrier",
    metadata,
    identity(),
    Column("protected_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("from_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("organisation", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("lift_reason", Text),
    Column("lift_proposed_by", Text),
    Column("lift_proposed_client", Text),
    Column("lift_proposed_at", DateTime(timezone=True)),
    Column("lifted_by", Text),
    Column("lifted_at", DateTime(timezone=True)),
)
"""`protected_id` is protected from `from_id`, until two of her team have lifted it."""
Index(
    "uq_barrier_standing",
    barrier.c.protected_id,
    barrier.c.from_id,
    unique=True,
    postgresql_where=text("lifted_at IS NULL"),
)
