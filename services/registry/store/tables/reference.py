"""Tables of the reference lists: dated rows, each with its certainty and source."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from services.registry.store.tables.columns import dated, metadata

region = Table(
    "region",
    metadata,
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("iso", Text, nullable=False),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    *dated(),
    PrimaryKeyConstraint("scheme", "code"),
)

unit = Table(
    "unit",
    metadata,
    Column("code", Text, primary_key=True),
    Column("hcp", Text, nullable=False, unique=True),
    Column("scheme", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("fr", Text, nullable=False),
    Column("kind", Text, nullable=False),
    *dated(),
    ForeignKeyConstraint(["scheme", "region"], ["region.scheme", "region.code"], name="fk_unit_region"),
)

country = Table(
    "country",
    metadata,
    Column("code", Text, primary_key=True),
    Column("alpha2", Text),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    Column("aliases", ARRAY(Text), nullable=False),
    Column("adjectives", ARRAY(Text), nullable=False),
    *dated(),
)

ambiguous_country = Table(
    "ambiguous_country",
    metadata,
    Column("word", Text, primary_key=True),
    Column("candidates", ARRAY(Text), nullable=False),
)

permit_type = Table(
    "permit_type",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    Column("months_min", Integer),
    Column("months_max", Integer),
    Column("renewable", Boolean, nullable=False),
    Column("renews_to", Text),
    Column("stands_for_permit", Boolean, nullable=False),
    *dated(),
    UniqueConstraint("code", "valid_from", name="uq_permit_type_code"),
)

code = Table(
    "code",
    metadata,
    Column("list", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    Column("pattern", Text),
    *dated(),
    PrimaryKeyConstraint("list", "code"),
)
"""Legal statuses, school levels, languages and identifier systems."""

confusable_nationality = Table(
    "confusable_nationality",
    metadata,
    Column("code", Text, primary_key=True),
    Column("candidates", ARRAY(Text), nullable=False),
    Column("fr", Text, nullable=False),
    Column("ar", Text, nullable=False),
    *dated(),
)
"""Nationalities that are taken for one another: whoever writes one of them says that it is meant."""
