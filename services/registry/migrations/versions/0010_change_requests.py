"""Changes of sensitive fields that wait for a second pair of eyes, and the dated rules of the rights of persons."""

from alembic import op

from services.registry.store import rights_seeds
from services.registry.store.tables import change_requests as tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE rights_rule (
        id integer CONSTRAINT pk_rights_rule PRIMARY KEY,
        code text NOT NULL,
        value text NOT NULL,
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL
    )
    """,
    """
    CREATE TABLE change_request (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_change_request PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_change_request_person_id_person REFERENCES person (id),
        state text NOT NULL CONSTRAINT ck_change_request_state
            CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
        patch jsonb NOT NULL,
        before jsonb NOT NULL,
        after jsonb NOT NULL,
        reason text NOT NULL,
        documents uuid[] NOT NULL,
        base_version integer NOT NULL,
        proposed_by text NOT NULL,
        proposed_client text NOT NULL,
        proposed_organisation text NOT NULL,
        proposed_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        decided_by text,
        decided_client text,
        decided_organisation text,
        decided_at timestamptz,
        decision_reason text,
        applied_version integer,
        CONSTRAINT ck_change_request_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
        CONSTRAINT ck_change_request_second_person CHECK (state <> 'approved' OR decided_by <> proposed_by),
        CONSTRAINT ck_change_request_applied CHECK ((state = 'approved') = (applied_version IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_change_request_person ON change_request (person_id, id)",
    "CREATE INDEX ix_change_request_open ON change_request (id) WHERE state = 'proposed'",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    op.bulk_insert(tables.rights_rule, rights_seeds.rules())


def downgrade() -> None:
    op.execute("DROP TABLE change_request")
    op.execute("DROP TABLE rights_rule")
