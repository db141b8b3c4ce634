"""What imports of other formats, imports of all rows or none, and exports need."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE export_run (
        job_id text CONSTRAINT pk_export_run PRIMARY KEY,
        organisation text NOT NULL,
        subject text NOT NULL,
        client_id text NOT NULL,
        purpose text,
        acting_for uuid,
        request_id text NOT NULL,
        rows_of text,
        fields text[],
        format text NOT NULL,
        asked_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE export_chunk (
        job_id text NOT NULL CONSTRAINT fk_export_chunk_job_id_export_run REFERENCES export_run (job_id),
        first_byte bigint NOT NULL,
        content bytea NOT NULL,
        CONSTRAINT pk_export_chunk PRIMARY KEY (job_id, first_byte)
    )
    """,
)


def upgrade() -> None:
    # Files that are under way when this comes are CSV, row by row.
    op.execute("ALTER TABLE import_run ADD COLUMN format text NOT NULL DEFAULT 'csv'")
    op.execute("ALTER TABLE import_run ADD COLUMN atomic boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE import_run ADD COLUMN checked boolean NOT NULL DEFAULT false")
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE export_chunk")
    op.execute("DROP TABLE export_run")
    for column in ("checked", "atomic", "format"):
        op.execute(f"ALTER TABLE import_run DROP COLUMN {column}")
