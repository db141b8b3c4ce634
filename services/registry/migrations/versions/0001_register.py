"""Persons, their papers and households; source records, search keys and imports; the kit's tables.

WITHOUT OVERLAPS keys keep live rows apart in valid time: `known_until` is infinite for all of them, and equal for rows
that were corrected at the same instant, which were live together.
"""

from alembic import op

from services.kit import migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PERIODS = """
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    known tstzrange NOT NULL CHECK (NOT isempty(known) AND lower_inc(known) AND NOT lower_inf(known)),
    known_until timestamptz GENERATED ALWAYS AS (coalesce(upper(known), 'infinity')) STORED,
    source_record_id uuid NOT NULL"""

_TABLES = (
    "CREATE SEQUENCE programme_number_seq AS bigint",
    """
    CREATE TABLE person (
        id uuid CONSTRAINT pk_person PRIMARY KEY,
        programme_number text NOT NULL CONSTRAINT uq_person_programme_number UNIQUE,
        version integer NOT NULL CONSTRAINT ck_person_version CHECK (version >= 1),
        recorded_at timestamptz NOT NULL,
        names jsonb NOT NULL CONSTRAINT ck_person_names
            CHECK (jsonb_typeof(names) = 'array' AND jsonb_array_length(names) BETWEEN 1 AND 20),
        sex text NOT NULL CONSTRAINT ck_person_sex CHECK (sex IN ('F', 'M', 'X', 'UNKNOWN')),
        birth_year integer,
        birth_month integer,
        birth_day integer,
        birth_precision text NOT NULL CONSTRAINT ck_person_birth_precision
            CHECK (birth_precision IN ('day', 'month', 'year', 'circa', 'unknown')),
        birth_circa integer,
        birth_earliest date,
        birth_latest date,
        birth_suspect_default boolean NOT NULL,
        birth_declared_as text,
        birth_place text,
        mother_name text,
        father_name text,
        languages text[] NOT NULL,
        school_level text,
        contacts jsonb NOT NULL,
        deceased_on date,
        created_at timestamptz NOT NULL,
        source_record_id uuid NOT NULL,
        CONSTRAINT ck_person_birth CHECK (birth_earliest <= birth_latest
            AND (birth_year IS NULL) = (birth_precision = 'unknown'))
    )
    """,
    """
    CREATE TABLE person_past (
        person_id uuid NOT NULL CONSTRAINT fk_person_past_person_id_person REFERENCES person (id),
        version integer NOT NULL,
        known tstzrange NOT NULL,
        document jsonb NOT NULL,
        CONSTRAINT pk_person_past PRIMARY KEY (person_id, version),
        CONSTRAINT uq_person_past_known UNIQUE (person_id, known WITHOUT OVERLAPS)
    )
    """,
    f"""
    CREATE TABLE nationality (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_nationality PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_nationality_person_id_person REFERENCES person (id),
        code text NOT NULL,{_PERIODS},
        CONSTRAINT uq_nationality_valid UNIQUE (person_id, code, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    f"""
    CREATE TABLE legal_status (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_legal_status PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_legal_status_person_id_person REFERENCES person (id),
        code text NOT NULL,{_PERIODS},
        CONSTRAINT uq_legal_status_valid UNIQUE (person_id, code, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    f"""
    CREATE TABLE permit (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_permit PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_permit_person_id_person REFERENCES person (id),
        type text NOT NULL,
        number text,
        number_norm text NOT NULL,
        mention text,
        stands_for_permit boolean NOT NULL,{_PERIODS},
        CONSTRAINT uq_permit_valid UNIQUE (person_id, type, number_norm, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    f"""
    CREATE TABLE address (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_address PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_address_person_id_person REFERENCES person (id),
        region text,
        unit text,
        commune text,
        line text,{_PERIODS},
        CONSTRAINT uq_address_valid UNIQUE (person_id, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    """
    CREATE TABLE identifier (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_identifier PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_identifier_person_id_person REFERENCES person (id),
        system text NOT NULL,
        value text NOT NULL,
        value_norm text NOT NULL CONSTRAINT ck_identifier_value CHECK (value_norm <> ''),
        issuer text,
        issued_on date,
        expires_on date,
        known tstzrange NOT NULL CHECK (NOT isempty(known) AND lower_inc(known) AND NOT lower_inf(known)),
        source_record_id uuid NOT NULL
    )
    """,
    "CREATE INDEX ix_identifier_person_id ON identifier (person_id)",
    "CREATE UNIQUE INDEX uq_identifier_live ON identifier (system, value_norm) WHERE upper_inf(known)",
    "CREATE INDEX ix_identifier_value ON identifier (value_norm) WHERE upper_inf(known)",
    """
    CREATE TABLE household (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_household PRIMARY KEY,
        organisation text NOT NULL,
        dataset text NOT NULL,
        key text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT uq_household_source UNIQUE (organisation, dataset, key)
    )
    """,
    f"""
    CREATE TABLE household_member (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_household_member PRIMARY KEY,
        household_id uuid NOT NULL
            CONSTRAINT fk_household_member_household_id_household REFERENCES household (id),
        person_id uuid NOT NULL CONSTRAINT fk_household_member_person_id_person REFERENCES person (id),
        role text NOT NULL CONSTRAINT ck_household_member_role CHECK (role IN ('HEAD', 'CHILD', 'SPOUSE', 'OTHER')),
        {_PERIODS},
        CONSTRAINT uq_household_member_valid
            UNIQUE (person_id, household_id, known_until, valid WITHOUT OVERLAPS)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_household_member_head ON household_member (household_id)
        WHERE role = 'HEAD' AND upper_inf(known) AND upper_inf(valid)
    """,
    """
    CREATE TABLE source_record (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_source_record PRIMARY KEY,
        person_id uuid NOT NULL,
        version integer NOT NULL,
        operation text NOT NULL,
        organisation text NOT NULL,
        received_by text NOT NULL,
        received_at timestamptz NOT NULL,
        dataset text,
        row_id text,
        fingerprint bytea NOT NULL,
        content jsonb NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX uq_source_record_row ON source_record (organisation, dataset, row_id)
        WHERE row_id IS NOT NULL
    """,
    "CREATE INDEX ix_source_record_person ON source_record (person_id, version)",
    """
    CREATE TABLE search_entry (
        person_id uuid CONSTRAINT pk_search_entry PRIMARY KEY
            CONSTRAINT fk_search_entry_person_id_person REFERENCES person (id),
        keys text[] NOT NULL,
        birth_from integer,
        birth_to integer,
        nationalities text[] NOT NULL,
        region text,
        key_version integer NOT NULL
    )
    """,
    "CREATE INDEX ix_search_entry_keys ON search_entry USING gin (keys)",
    """
    CREATE TABLE import_run (
        job_id text CONSTRAINT pk_import_run PRIMARY KEY,
        organisation text NOT NULL,
        received_by text NOT NULL,
        dataset text NOT NULL,
        mode text NOT NULL CONSTRAINT ck_import_run_mode CHECK (mode IN ('validate', 'commit')),
        received_at timestamptz NOT NULL,
        size bigint NOT NULL,
        lines bigint NOT NULL,
        columns text[] NOT NULL,
        delimiter text NOT NULL,
        first_offset bigint NOT NULL,
        next_offset bigint NOT NULL,
        rows_read bigint NOT NULL,
        counts jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE import_chunk (
        job_id text NOT NULL CONSTRAINT fk_import_chunk_job_id_import_run REFERENCES import_run (job_id),
        first_byte bigint NOT NULL,
        content bytea NOT NULL,
        CONSTRAINT pk_import_chunk PRIMARY KEY (job_id, first_byte)
    )
    """,
    "ALTER TABLE import_chunk ALTER COLUMN content SET STORAGE EXTERNAL",
    """
    CREATE TABLE import_finding (
        job_id text NOT NULL CONSTRAINT fk_import_finding_job_id_import_run REFERENCES import_run (job_id),
        row bigint NOT NULL,
        position integer NOT NULL,
        row_id text NOT NULL,
        field text NOT NULL,
        code text NOT NULL,
        severity text NOT NULL,
        CONSTRAINT pk_import_finding PRIMARY KEY (job_id, row, position)
    )
    """,
    """
    CREATE TABLE import_seen (
        job_id text NOT NULL CONSTRAINT fk_import_seen_job_id_import_run REFERENCES import_run (job_id),
        kind text NOT NULL,
        value text NOT NULL,
        fingerprint bytea,
        CONSTRAINT pk_import_seen PRIMARY KEY (job_id, kind, value)
    )
    """,
)
_NAMES = (
    "import_seen", "import_finding", "import_chunk", "import_run", "search_entry", "source_record",
    "household_member", "household", "identifier", "address", "permit", "legal_status", "nationality", "person_past",
    "person",
)  # fmt: skip


def upgrade() -> None:
    migrations.create_audit_v1()
    migrations.create_idempotency_v1()
    migrations.create_changes_v1()
    migrations.create_jobs_v1()
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statement in _TABLES:
        op.execute(statement)
    migrations.revoke_from_app("UPDATE, DELETE", "source_record")


def downgrade() -> None:
    for name in _NAMES:
        op.execute(f"DROP TABLE {name}")
    op.execute("DROP SEQUENCE programme_number_seq")
    op.execute("DROP EXTENSION btree_gist")
    migrations.drop_jobs_v1()
    migrations.drop_changes_v1()
    migrations.drop_idempotency_v1()
    migrations.drop_audit_v1()
