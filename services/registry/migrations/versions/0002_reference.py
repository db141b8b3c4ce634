"""Reference lists: territory, countries, permit types, codes; seeded from the files of `reference/`."""

from alembic import op

from services.registry.store import seeds
from services.registry.store.tables import reference as reference_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DATED = """
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL"""

_TABLES = (
    f"""
    CREATE TABLE region (
        scheme text NOT NULL,
        code text NOT NULL,
        iso text NOT NULL,
        fr text NOT NULL,
        ar text NOT NULL,{_DATED},
        CONSTRAINT pk_region PRIMARY KEY (scheme, code)
    )
    """,
    f"""
    CREATE TABLE unit (
        code text CONSTRAINT pk_unit PRIMARY KEY,
        hcp text NOT NULL CONSTRAINT uq_unit_hcp UNIQUE,
        scheme text NOT NULL,
        region text NOT NULL,
        fr text NOT NULL,
        kind text NOT NULL CONSTRAINT ck_unit_kind CHECK (kind IN ('prefecture', 'province')),{_DATED},
        CONSTRAINT fk_unit_region FOREIGN KEY (scheme, region) REFERENCES region (scheme, code)
    )
    """,
    f"""
    CREATE TABLE country (
        code text CONSTRAINT pk_country PRIMARY KEY,
        alpha2 text,
        fr text NOT NULL,
        ar text NOT NULL,
        aliases text[] NOT NULL,
        adjectives text[] NOT NULL,{_DATED}
    )
    """,
    """
    CREATE TABLE ambiguous_country (
        word text CONSTRAINT pk_ambiguous_country PRIMARY KEY,
        candidates text[] NOT NULL
    )
    """,
    f"""
    CREATE TABLE permit_type (
        id integer CONSTRAINT pk_permit_type PRIMARY KEY,
        code text NOT NULL,
        fr text NOT NULL,
        ar text NOT NULL,
        months_min integer,
        months_max integer,
        renewable boolean NOT NULL,
        renews_to text,
        stands_for_permit boolean NOT NULL,{_DATED},
        CONSTRAINT uq_permit_type_code UNIQUE (code, valid_from)
    )
    """,
    f"""
    CREATE TABLE code (
        list text NOT NULL,
        code text NOT NULL,
        position integer NOT NULL,
        fr text NOT NULL,
        ar text NOT NULL,
        pattern text,{_DATED},
        CONSTRAINT pk_code PRIMARY KEY (list, code)
    )
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    for table, rows in seeds.rows().items():
        op.bulk_insert(reference_tables.region.metadata.tables[table], rows)


def downgrade() -> None:
    for table in ("code", "permit_type", "ambiguous_country", "country", "unit", "region"):
        op.execute(f"DROP TABLE {table}")
