"""Documents: what was uploaded about a person, and where it lies."""

from alembic import op

from services.registry.store import document_types
from services.registry.store.tables import documents

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE document_type (
        code text CONSTRAINT pk_document_type PRIMARY KEY,
        position integer NOT NULL,
        fr text NOT NULL,
        ar text NOT NULL,
        en text NOT NULL,
        purposes text[],
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL
    )
    """,
    """
    CREATE TABLE document (
        id uuid CONSTRAINT pk_document PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_document_person_id_person REFERENCES person (id),
        type text NOT NULL CONSTRAINT fk_document_type_document_type REFERENCES document_type (code),
        title text,
        issuer text,
        issued_on date,
        expires_on date,
        media_type text NOT NULL,
        size bigint NOT NULL CONSTRAINT ck_document_size CHECK (size > 0),
        sha256 text NOT NULL CONSTRAINT ck_document_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        state text NOT NULL CONSTRAINT ck_document_state CHECK (state IN ('quarantined', 'available', 'refused')),
        reason text,
        version integer NOT NULL,
        organisation text NOT NULL,
        uploaded_by text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        examined_at timestamptz,
        examined_by text,
        verified_by text,
        verified_at timestamptz,
        verification_method text,
        retracted_at timestamptz,
        retracted_by text,
        retraction_reason text,
        CONSTRAINT ck_document_examined CHECK ((state = 'quarantined') = (examined_at IS NULL)),
        CONSTRAINT ck_document_dates CHECK (issued_on <= expires_on)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_document_content ON document (person_id, sha256)
        WHERE retracted_at IS NULL AND state <> 'refused'
    """,
    "CREATE INDEX ix_document_person_id ON document (person_id, id)",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    op.bulk_insert(documents.document_type, document_types.rows())


def downgrade() -> None:
    op.execute("DROP TABLE document")
    op.execute("DROP TABLE document_type")
