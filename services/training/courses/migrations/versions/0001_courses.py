"""Catalogue, applications, enrolments, the registry's facts and the admission rules."""

from alembic import op

from services.kit import migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE unit (
        code text CONSTRAINT pk_unit PRIMARY KEY,
        region text NOT NULL,
        CONSTRAINT uq_unit_region_code UNIQUE (region, code)
    )
    """,
    """
    CREATE TABLE admission_rule (
        code text NOT NULL,
        valid daterange NOT NULL,
        value jsonb NOT NULL,
        certainty text NOT NULL
            CONSTRAINT ck_admission_rule_certainty CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL,
        CONSTRAINT pk_admission_rule PRIMARY KEY (code, valid WITHOUT OVERLAPS)
    )
    """,
    """
    CREATE TABLE institution (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_institution PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT ck_institution_kind CHECK (kind IN (
            'ofppt', 'entraide_nationale', 'association', 'chamber', 'enterprise', 'public_school', 'other')),
        region text NOT NULL,
        unit text NOT NULL,
        commune text,
        accessible boolean NOT NULL,
        childcare boolean NOT NULL,
        CONSTRAINT fk_institution_region_unit_unit FOREIGN KEY (region, unit) REFERENCES unit (region, code)
    )
    """,
    """
    CREATE TABLE programme (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_programme PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        institution_id uuid NOT NULL CONSTRAINT fk_programme_institution_id_institution REFERENCES institution (id),
        name text NOT NULL,
        level text NOT NULL CONSTRAINT ck_programme_level CHECK (level IN ('S', 'Q', 'T', 'TS', 'BP', 'FQ')),
        mode text NOT NULL CONSTRAINT ck_programme_mode
            CHECK (mode IN ('residential', 'alternated', 'apprenticeship', 'evening')),
        sector text,
        languages text[] NOT NULL,
        hours bigint CONSTRAINT ck_programme_hours CHECK (hours > 0),
        enterprise_hours bigint,
        centre_hours bigint,
        admission_rule text NOT NULL
    )
    """,
    """
    CREATE TABLE course_session (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_course_session PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        programme_id uuid NOT NULL CONSTRAINT fk_course_session_programme_id_programme REFERENCES programme (id),
        region text NOT NULL,
        unit text NOT NULL,
        site text,
        starts_on date NOT NULL,
        ends_on date NOT NULL,
        capacity bigint NOT NULL,
        seats_taken bigint NOT NULL DEFAULT 0,
        state text NOT NULL CONSTRAINT ck_course_session_state CHECK (state IN ('open', 'closed', 'cancelled')),
        CONSTRAINT ck_course_session_dates CHECK (ends_on >= starts_on),
        CONSTRAINT ck_course_session_seats CHECK (0 <= seats_taken AND seats_taken <= capacity),
        CONSTRAINT fk_course_session_region_unit_unit FOREIGN KEY (region, unit) REFERENCES unit (region, code)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE person_facts (
        person_id uuid CONSTRAINT pk_person_facts PRIMARY KEY,
        version bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        birth_earliest date,
        birth_latest date,
        birth_precision text NOT NULL,
        legal_statuses jsonb NOT NULL,
        school_level text,
        region text,
        deceased_on date
    )
    """,
    """
    CREATE TABLE application (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_application PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        session_id uuid NOT NULL CONSTRAINT fk_application_session_id_course_session REFERENCES course_session (id),
        person_id uuid NOT NULL,
        state text NOT NULL CONSTRAINT ck_application_state CHECK (state IN ('applied', 'enrolled', 'withdrawn')),
        organisation text NOT NULL,
        outcome text NOT NULL CONSTRAINT ck_application_outcome
            CHECK (outcome IN ('ADMISSIBLE', 'NOT_ADMISSIBLE', 'PENDING_INFO', 'REFER')),
        rule_set text NOT NULL,
        admission jsonb NOT NULL,
        facts jsonb NOT NULL,
        facts_road text NOT NULL,
        declared jsonb NOT NULL,
        ruling jsonb
    )
    """,
    """
    CREATE TABLE enrolment (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_enrolment PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        application_id uuid NOT NULL CONSTRAINT fk_enrolment_application_id_application REFERENCES application (id),
        session_id uuid NOT NULL CONSTRAINT fk_enrolment_session_id_course_session REFERENCES course_session (id),
        person_id uuid NOT NULL,
        state text NOT NULL CONSTRAINT ck_enrolment_state CHECK (state IN ('enrolled', 'withdrawn')),
        period daterange NOT NULL CONSTRAINT ck_enrolment_period
            CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
        withdrawn_at timestamptz,
        withdrawal_reason text,
        CONSTRAINT ck_enrolment_withdrawn CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL))
    )
    """,
)
INDEXES = (
    "CREATE INDEX ix_institution_region_id ON institution (region, id)",
    "CREATE INDEX ix_programme_institution_id ON programme (institution_id)",
    "CREATE INDEX ix_course_session_programme_id ON course_session (programme_id)",
    "CREATE INDEX ix_course_session_starts_on_id ON course_session (starts_on, id)",
    "CREATE UNIQUE INDEX uq_application_live ON application (person_id, session_id) WHERE state <> 'withdrawn'",
    "CREATE INDEX ix_application_session_id_id ON application (session_id, id)",
    "CREATE INDEX ix_application_person_id_id ON application (person_id, id)",
    "CREATE INDEX ix_enrolment_application_id ON enrolment (application_id)",
    "CREATE UNIQUE INDEX uq_enrolment_live ON enrolment (person_id, session_id) WHERE state = 'enrolled'",
    # Made after the unique index: who enrols twice on one session hears of that, not of an overlap with herself.
    """
    ALTER TABLE enrolment ADD CONSTRAINT ex_enrolment_overlap
        EXCLUDE USING gist (person_id WITH =, period WITH &&) WHERE (state = 'enrolled')
    """,
    "CREATE INDEX ix_enrolment_session_id_id ON enrolment (session_id, id)",
    "CREATE INDEX ix_enrolment_person_id_id ON enrolment (person_id, id)",
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    migrations.create_audit_v1()
    migrations.create_idempotency_v1()
    migrations.create_feed_cursor_v1()
    migrations.create_jobs_v1()
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    for table in ("unit", "admission_rule"):
        migrations.revoke_from_app("INSERT, UPDATE, DELETE", table)


def downgrade() -> None:
    for table in (
        "enrolment",
        "application",
        "person_facts",
        "course_session",
        "programme",
        "institution",
        "admission_rule",
        "unit",
    ):
        op.execute(f"DROP TABLE {table}")
    migrations.drop_jobs_v1()
    migrations.drop_feed_cursor_v1()
    migrations.drop_idempotency_v1()
    migrations.drop_audit_v1()
