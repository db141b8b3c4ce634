"""Households with versions, links between persons, who acts for whom, and who must not see whom.

A link is one row, read from both its ends. A barrier is never deleted: lifting it leaves who proposed and who agreed.
"""

from alembic import op

from services.kit import migrations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PERIODS = """
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    known tstzrange NOT NULL CHECK (NOT isempty(known) AND lower_inc(known) AND NOT lower_inf(known)),
    known_until timestamptz GENERATED ALWAYS AS (coalesce(upper(known), 'infinity')) STORED,
    source_record_id uuid NOT NULL"""

_STATEMENTS = (
    """
    ALTER TABLE household
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        ADD COLUMN dissolved_on date,
        ADD COLUMN dissolved_at timestamptz,
        ADD COLUMN dissolution text
    """,
    "CREATE INDEX ix_household_member_household_id ON household_member (household_id)",
    f"""
    CREATE TABLE relationship (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_relationship PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_relationship_person_id_person REFERENCES person (id),
        other_id uuid NOT NULL CONSTRAINT fk_relationship_other_id_person REFERENCES person (id),
        kind text NOT NULL CONSTRAINT ck_relationship_kind
            CHECK (kind IN ('PARENT', 'GUARDIAN', 'KAFIL', 'CUSTODIAN', 'SPOUSE', 'SIBLING')),
        share integer,
        proven boolean NOT NULL,{_PERIODS},
        CONSTRAINT ck_relationship_two CHECK (person_id <> other_id),
        CONSTRAINT ck_relationship_share
            CHECK ((share IS NOT NULL) = (kind = 'CUSTODIAN') AND share BETWEEN 1 AND 100),
        CONSTRAINT uq_relationship_valid
            UNIQUE (person_id, other_id, kind, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    "CREATE INDEX ix_relationship_other_id ON relationship (other_id)",
    f"""
    CREATE TABLE representative (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_representative PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_representative_person_id_person REFERENCES person (id),
        representative_id uuid CONSTRAINT fk_representative_representative_id_person REFERENCES person (id),
        organisation text,
        subject text,
        capacity text NOT NULL CONSTRAINT ck_representative_capacity
            CHECK (capacity IN ('LAWYER', 'GUARDIAN', 'ASSOCIATION', 'FAMILY', 'PROXY')),{_PERIODS},
        CONSTRAINT ck_representative_who CHECK (
            (representative_id IS NOT NULL AND organisation IS NULL AND subject IS NULL)
            OR (representative_id IS NULL AND num_nonnulls(organisation, subject) > 0)),
        CONSTRAINT ck_representative_two CHECK (person_id <> representative_id)
    )
    """,
    "CREATE INDEX ix_representative_person_id ON representative (person_id)",
    "CREATE INDEX ix_representative_representative_id ON representative (representative_id)",
    """
    CREATE TABLE barrier (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_barrier PRIMARY KEY,
        protected_id uuid NOT NULL CONSTRAINT fk_barrier_protected_id_person REFERENCES person (id),
        from_id uuid NOT NULL CONSTRAINT fk_barrier_from_id_person REFERENCES person (id),
        organisation text NOT NULL,
        placed_by text NOT NULL,
        since timestamptz NOT NULL,
        reason text,
        lift_reason text,
        lift_proposed_by text,
        lift_proposed_client text,
        lift_proposed_at timestamptz,
        lifted_by text,
        lifted_at timestamptz,
        CONSTRAINT ck_barrier_two CHECK (protected_id <> from_id),
        CONSTRAINT ck_barrier_proposal CHECK (
            num_nonnulls(lift_reason, lift_proposed_by, lift_proposed_client, lift_proposed_at) IN (0, 4)),
        CONSTRAINT ck_barrier_second CHECK (
            (lifted_at IS NULL) = (lifted_by IS NULL)
            AND (lifted_at IS NULL OR (lift_proposed_by IS NOT NULL AND lifted_by <> lift_proposed_by)))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_barrier_standing ON barrier (protected_id, from_id) WHERE lifted_at IS NULL
    """,
    "CREATE INDEX ix_barrier_protected_id ON barrier (protected_id)",
    "CREATE INDEX ix_barrier_from_id ON barrier (from_id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    migrations.create_withholding_v1()


def downgrade() -> None:
    migrations.drop_withholding_v1()
    for name in ("barrier", "representative", "relationship"):
        op.execute(f"DROP TABLE {name}")
    op.execute("DROP INDEX ix_household_member_household_id")
    op.execute(
        "ALTER TABLE household DROP COLUMN version, DROP COLUMN dissolved_on, DROP COLUMN dissolved_at,"
        " DROP COLUMN dissolution"
    )
