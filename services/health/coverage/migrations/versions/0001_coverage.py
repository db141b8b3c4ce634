"""Rules, the registry's facts, determinations and entitlements."""

from alembic import op

from services.kit import migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE rule_set (
        hash text CONSTRAINT pk_rule_set PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_rule_set_number UNIQUE,
        title text NOT NULL,
        loaded_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE rule (
        rule_set text NOT NULL CONSTRAINT fk_rule_rule_set_rule_set REFERENCES rule_set (hash),
        kind text NOT NULL,
        code text NOT NULL,
        valid daterange NOT NULL,
        value jsonb NOT NULL,
        certainty text NOT NULL
            CONSTRAINT ck_rule_certainty CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL,
        note text,
        CONSTRAINT pk_rule PRIMARY KEY (rule_set, kind, code, valid WITHOUT OVERLAPS)
    )
    """,
    """
    CREATE TABLE person_facts (
        person_id uuid CONSTRAINT pk_person_facts PRIMARY KEY,
        version bigint NOT NULL,
        facts jsonb NOT NULL,
        received_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE person_identifier (
        system text NOT NULL,
        hash text NOT NULL,
        person_id uuid NOT NULL
            CONSTRAINT fk_person_identifier_person_id_person_facts REFERENCES person_facts (person_id),
        CONSTRAINT pk_person_identifier PRIMARY KEY (system, hash, person_id)
    )
    """,
    """
    CREATE TABLE determination (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_determination PRIMARY KEY,
        person_id uuid NOT NULL,
        scheme_asked text,
        scheme text,
        category text,
        status text NOT NULL CONSTRAINT ck_determination_status
            CHECK (status IN ('ELIGIBLE', 'NOT_ELIGIBLE', 'PENDING_INFO', 'REFER')),
        as_of date NOT NULL,
        evaluated_at timestamptz NOT NULL,
        effective_from date,
        effective_to date,
        end_reason text,
        contribution_mad_month numeric,
        rule_set text NOT NULL CONSTRAINT fk_determination_rule_set_rule_set REFERENCES rule_set (hash),
        facts json NOT NULL,
        facts_source text NOT NULL
            CONSTRAINT ck_determination_facts_source CHECK (facts_source IN ('registry', 'feed')),
        declared json NOT NULL,
        held json NOT NULL,
        answer json NOT NULL,
        requested_by text NOT NULL,
        organisation text NOT NULL,
        confirmed_at timestamptz,
        confirmed_by text,
        confirmed_for text,
        CONSTRAINT ck_determination_eligible_has_days
            CHECK ((status = 'ELIGIBLE') = (effective_from IS NOT NULL) AND effective_from <= effective_to),
        CONSTRAINT ck_determination_confirmed_whole CHECK (
            (confirmed_at IS NULL) = (confirmed_by IS NULL) AND (confirmed_at IS NULL) = (confirmed_for IS NULL)),
        CONSTRAINT ck_determination_confirmed_settled
            CHECK (confirmed_at IS NULL OR status IN ('ELIGIBLE', 'NOT_ELIGIBLE'))
    )
    """,
    """
    CREATE TABLE entitlement (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_entitlement PRIMARY KEY,
        person_id uuid NOT NULL,
        scheme text NOT NULL,
        valid daterange NOT NULL,
        end_reason text NOT NULL CONSTRAINT ck_entitlement_end_reason CHECK (
            end_reason IN ('PERMIT_EXPIRY', 'DEPENDANT_AGE', 'SCHEME_END', 'SCORE_REVIEW', 'NONE')),
        contribution_mad_month numeric,
        determination_id uuid NOT NULL
            CONSTRAINT fk_entitlement_determination_id_determination REFERENCES determination (id),
        opened_at timestamptz NOT NULL,
        CONSTRAINT uq_entitlement_determination_id UNIQUE (determination_id),
        CONSTRAINT uq_entitlement_person_id_scheme_valid UNIQUE (person_id, scheme, valid WITHOUT OVERLAPS)
    )
    """,
)
INDEXES = (
    "CREATE INDEX ix_person_identifier_person_id ON person_identifier (person_id)",
    "CREATE INDEX ix_determination_person_id_id ON determination (person_id, id)",
    "CREATE INDEX ix_entitlement_person_id_id ON entitlement (person_id, id)",
)
# A rule set never changes once loaded, and a decision never changes once taken: only its confirmation is added, once.
GUARDS = (
    """
    CREATE FUNCTION refuse_rule_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a rule set never changes: load another one'; END $$
    """,
    """
    CREATE TRIGGER rule_is_immutable BEFORE UPDATE OR DELETE ON rule
        FOR EACH ROW EXECUTE FUNCTION refuse_rule_change()
    """,
    """
    CREATE TRIGGER rule_set_is_immutable BEFORE UPDATE OR DELETE ON rule_set
        FOR EACH ROW EXECUTE FUNCTION refuse_rule_change()
    """,
    """
    CREATE FUNCTION keep_determination() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE confirmation text[] = ARRAY['confirmed_at', 'confirmed_by', 'confirmed_for'];
    BEGIN
        IF OLD.confirmed_at IS NOT NULL OR to_jsonb(OLD) - confirmation <> to_jsonb(NEW) - confirmation THEN
            RAISE EXCEPTION 'a determination is kept as it was taken';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER determination_is_kept BEFORE UPDATE ON determination
        FOR EACH ROW EXECUTE FUNCTION keep_determination()
    """,
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    migrations.create_audit_v1()
    migrations.create_idempotency_v1()
    migrations.create_feed_cursor_v1()
    migrations.create_jobs_v1()
    for statement in (*TABLES, *INDEXES, *GUARDS):
        op.execute(statement)
    for table in ("rule_set", "rule"):
        migrations.revoke_from_app("UPDATE, DELETE", table)
    for table in ("determination", "entitlement"):
        migrations.revoke_from_app("DELETE", table)


def downgrade() -> None:
    for table in ("entitlement", "determination", "person_identifier", "person_facts", "rule", "rule_set"):
        op.execute(f"DROP TABLE {table}")
    for function in ("refuse_rule_change", "keep_determination"):
        op.execute(f"DROP FUNCTION {function}")
    migrations.drop_jobs_v1()
    migrations.drop_feed_cursor_v1()
    migrations.drop_idempotency_v1()
    migrations.drop_audit_v1()
