"""Papers: corrections that keep a paper's id, issuers that tell equal numbers apart, renewals and their rules."""

from alembic import op

from services.registry.store import permit_rules
from services.registry.store.tables import papers, reference

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CORRECTED = ("identifier", "permit", "legal_status", "address")
_TABLES = (
    """
    CREATE TABLE permit_rule (
        code text NOT NULL,
        position integer NOT NULL,
        value integer NOT NULL,
        unit text NOT NULL CONSTRAINT ck_permit_rule_unit CHECK (unit IN ('days', 'months', 'MAD per year')),
        counted_from text,
        fr text NOT NULL,
        ar text NOT NULL,
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL,
        CONSTRAINT pk_permit_rule PRIMARY KEY (code, position)
    )
    """,
    """
    CREATE TABLE permit_renewal (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_permit_renewal PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_permit_renewal_person_id_person REFERENCES person (id),
        title_id uuid NOT NULL,
        filed_on date NOT NULL,
        late boolean NOT NULL,
        state text NOT NULL CONSTRAINT ck_permit_renewal_state
            CHECK (state IN ('FILED', 'GRANTED', 'REFUSED', 'ABANDONED')),
        receipts uuid[] NOT NULL,
        decided_on date,
        reason text,
        granted_id uuid,
        filed_at timestamptz NOT NULL,
        decided_at timestamptz,
        CONSTRAINT ck_permit_renewal_decided CHECK (
            (state = 'FILED') = (decided_on IS NULL) AND (state = 'FILED') = (decided_at IS NULL)
            AND (state = 'GRANTED') = (granted_id IS NOT NULL)
        )
    )
    """,
    "CREATE UNIQUE INDEX uq_permit_renewal_open ON permit_renewal (title_id) WHERE state = 'FILED'",
    "CREATE INDEX ix_permit_renewal_person_id ON permit_renewal (person_id)",
)


def upgrade() -> None:
    for table in _CORRECTED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN first_id uuid")
    op.execute("ALTER TABLE permit ADD COLUMN end_reason text")
    op.execute("ALTER TABLE identifier ADD COLUMN issuer_norm text NOT NULL DEFAULT ''")
    # What was declared as a code counts from now on; what was written otherwise stays unknown until it is corrected.
    op.execute(
        "UPDATE identifier SET issuer_norm = country.code FROM country"
        " WHERE identifier.system = 'PASSPORT' AND upper(btrim(identifier.issuer)) = country.code"
    )
    # Inside the migration's transaction, so that no writer ever finds the register without its unique numbers.
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX uq_identifier_live")
    op.execute(
        "CREATE UNIQUE INDEX uq_identifier_live ON identifier (system, value_norm, issuer_norm) WHERE upper_inf(known)"
    )
    for statement in _TABLES:
        op.execute(statement)
    op.bulk_insert(papers.permit_rule, permit_rules.seeds())
    op.bulk_insert(reference.code, permit_rules.issuer_seeds())


def downgrade() -> None:
    op.execute("DELETE FROM code WHERE list = 'numbered_by_issuer'")
    op.execute("DROP TABLE permit_renewal")
    op.execute("DROP TABLE permit_rule")
    op.execute("DROP INDEX uq_identifier_live")
    op.execute("CREATE UNIQUE INDEX uq_identifier_live ON identifier (system, value_norm) WHERE upper_inf(known)")
    op.execute("ALTER TABLE identifier DROP COLUMN issuer_norm")
    op.execute("ALTER TABLE permit DROP COLUMN end_reason")
    for table in _CORRECTED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN first_id")
