"""Erasure, legal holds and retention.

Source records may be inserted and read, never changed: only this migration's function takes some away, and only of a
person whose erasure two people have asked for.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE legal_hold (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_legal_hold PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_legal_hold_person_id_person REFERENCES person (id),
        reason text NOT NULL CONSTRAINT ck_legal_hold_reason
            CHECK (reason IN ('JUDICIAL', 'COMPLAINT', 'AUDIT', 'OTHER')),
        reference text,
        organisation text NOT NULL,
        placed_by text NOT NULL,
        placed_at timestamptz NOT NULL,
        lifted_by text,
        lifted_at timestamptz,
        CONSTRAINT ck_legal_hold_lifted CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
    )
    """,
    "CREATE INDEX ix_legal_hold_person_id ON legal_hold (person_id)",
    """
    CREATE TABLE erasure (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_erasure PRIMARY KEY,
        person_id uuid NOT NULL,
        reason text NOT NULL CONSTRAINT ck_erasure_reason CHECK (reason IN
            ('SUBJECT_REQUEST', 'CONSENT_WITHDRAWN', 'ENTERED_IN_ERROR', 'UNLAWFUL', 'RETENTION')),
        state text NOT NULL CONSTRAINT ck_erasure_state
            CHECK (state IN ('proposed', 'confirmed', 'erased', 'withdrawn')),
        organisation text NOT NULL,
        proposed_by text NOT NULL,
        proposed_at timestamptz NOT NULL,
        confirmed_by text,
        confirmed_at timestamptz,
        job_id text,
        erased_at timestamptz,
        counts jsonb,
        documents jsonb DEFAULT '[]' NOT NULL,
        ledger_at timestamptz,
        CONSTRAINT ck_erasure_second_person CHECK (confirmed_by <> proposed_by)
    )
    """,
    "CREATE UNIQUE INDEX uq_erasure_person ON erasure (person_id) WHERE state <> 'withdrawn'",
    "CREATE INDEX ix_erasure_unwritten ON erasure (id) WHERE state = 'erased' AND ledger_at IS NULL",
    """
    CREATE TABLE retention_proposal (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_retention_proposal PRIMARY KEY,
        data_class text NOT NULL,
        months integer NOT NULL,
        before date NOT NULL,
        due bigint NOT NULL,
        held bigint NOT NULL,
        rows_of text,
        state text NOT NULL CONSTRAINT ck_retention_proposal_state
            CHECK (state IN ('proposed', 'confirmed', 'done', 'withdrawn')),
        organisation text NOT NULL,
        proposed_by text NOT NULL,
        proposed_at timestamptz NOT NULL,
        confirmed_by text,
        confirmed_at timestamptz,
        job_id text,
        CONSTRAINT ck_retention_proposal_second_person CHECK (confirmed_by <> proposed_by)
    )
    """,
    """
    CREATE FUNCTION erase_source_records(erased uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE gone bigint;
    BEGIN
        IF NOT EXISTS (SELECT FROM erasure WHERE person_id = erased AND state IN ('confirmed', 'erased')) THEN
            RAISE EXCEPTION 'source records are kept as they came, unless a person is to be erased';
        END IF;
        DELETE FROM source_record WHERE person_id = erased;
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION erase_source_records FROM PUBLIC",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_source_records")
    for table in ("retention_proposal", "erasure", "legal_hold"):
        op.execute(f"DROP TABLE {table}")
