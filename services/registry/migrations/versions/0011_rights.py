"""The rights of the person: purposes, consents, notices, oppositions, rectifications."""

import json

from alembic import op
from sqlalchemy import text

from services.registry.store import rights_seeds
from services.registry.store.tables import rights as tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DATED = """
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL"""
_PERSON = "person_id uuid NOT NULL CONSTRAINT fk_{0}_person_id_person REFERENCES person (id)"
_RECORDED = """
        documents uuid[] NOT NULL,
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        organisation text NOT NULL"""

_TABLES = (
    "CREATE SEQUENCE receipt_number_seq AS bigint",
    f"""
    CREATE TABLE purpose_rule (
        id integer CONSTRAINT pk_purpose_rule PRIMARY KEY,
        purpose text NOT NULL,
        basis text NOT NULL CHECK (basis IN ('LEGAL_OBLIGATION', 'PUBLIC_TASK', 'CONSENT')),
        statutory boolean NOT NULL,{_DATED}
    )
    """,
    f"""
    CREATE TABLE notice (
        code text NOT NULL,
        version integer NOT NULL,
        purpose text NOT NULL,
        fr jsonb NOT NULL,
        ar jsonb NOT NULL,
        en jsonb NOT NULL,{_DATED},
        CONSTRAINT pk_notice PRIMARY KEY (code, version)
    )
    """,
    f"""
    CREATE TABLE consent (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_consent PRIMARY KEY,
        {_PERSON.format("consent")},
        number text NOT NULL CONSTRAINT uq_consent_number UNIQUE,
        purpose text NOT NULL,
        recipient text,
        notice_code text NOT NULL,
        notice_version integer NOT NULL,
        language text NOT NULL CHECK (language IN ('fr', 'ar', 'en')),
        channel text NOT NULL,
        given_by text NOT NULL,
        given_on date NOT NULL,
        expires_on date CHECK (expires_on >= given_on),
        {_RECORDED},
        ended_at timestamptz,
        ended_on date,
        "end" text CHECK ("end" IN ('withdrawn', 'replaced')),
        end_reason text,
        end_channel text,
        effects jsonb,
        CONSTRAINT fk_consent_notice FOREIGN KEY (notice_code, notice_version) REFERENCES notice (code, version),
        CONSTRAINT ck_consent_end CHECK ((ended_at IS NULL) = ("end" IS NULL))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_consent_live ON consent (person_id, purpose, coalesce(recipient, ''))
        WHERE ended_at IS NULL
    """,
    "CREATE INDEX ix_consent_person ON consent (person_id, id)",
    f"""
    CREATE TABLE opposition (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_opposition PRIMARY KEY,
        {_PERSON.format("opposition")},
        number text NOT NULL CONSTRAINT uq_opposition_number UNIQUE,
        state text NOT NULL CONSTRAINT ck_opposition_state
            CHECK (state IN ('received', 'upheld', 'rejected', 'withdrawn')),
        recipient text,
        purposes text[],
        stopped text[] NOT NULL,
        statutory text[] NOT NULL,
        grounds text NOT NULL,
        channel text NOT NULL,
        received_on date NOT NULL,
        due_on date NOT NULL,
        {_RECORDED},
        assessed_at timestamptz,
        assessed_by text,
        reasons text,
        ended_at timestamptz,
        end_reason text,
        CONSTRAINT ck_opposition_reasons CHECK (state NOT IN ('upheld', 'rejected') OR reasons IS NOT NULL)
    )
    """,
    "CREATE INDEX ix_opposition_person ON opposition (person_id, id)",
    f"""
    CREATE TABLE sharing_stop (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_sharing_stop PRIMARY KEY,
        {_PERSON.format("sharing_stop")},
        organisation text,
        purposes text[] NOT NULL CONSTRAINT ck_sharing_stop_purposes CHECK (cardinality(purposes) > 0),
        cause text NOT NULL CONSTRAINT ck_sharing_stop_cause CHECK (cause IN ('opposition', 'consent')),
        cause_id uuid NOT NULL,
        since timestamptz NOT NULL,
        ended_at timestamptz
    )
    """,
    "CREATE INDEX ix_sharing_stop_person ON sharing_stop (person_id) WHERE ended_at IS NULL",
    f"""
    CREATE TABLE rectification (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_rectification PRIMARY KEY,
        {_PERSON.format("rectification")},
        number text NOT NULL CONSTRAINT uq_rectification_number UNIQUE,
        state text NOT NULL CONSTRAINT ck_rectification_state
            CHECK (state IN ('open', 'accepted', 'partly_accepted', 'refused', 'withdrawn')),
        fields text[] NOT NULL CONSTRAINT ck_rectification_fields CHECK (cardinality(fields) > 0),
        said text NOT NULL,
        wanted text NOT NULL,
        channel text NOT NULL,
        received_on date NOT NULL,
        due_on date NOT NULL,
        {_RECORDED},
        change_request_id uuid,
        answered_on date,
        answered_at timestamptz,
        answered_by text,
        reasons text,
        recipients jsonb,
        CONSTRAINT ck_rectification_answer
            CHECK ((state = 'open') = (answered_at IS NULL) AND (state = 'open' OR reasons IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_rectification_person ON rectification (person_id, id)",
    "CREATE INDEX ix_rectification_due ON rectification (due_on, id) WHERE state = 'open'",
    "CREATE INDEX ix_rectification_received ON rectification (received_on)",
)
_NOTICES = text(
    "INSERT INTO notice (code, version, purpose, fr, ar, en, valid_from, valid_to, certainty, source)"
    " SELECT code, version, purpose, fr, ar, en, valid_from, valid_to, certainty, source"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (code text, version integer, purpose text, fr jsonb,"
    " ar jsonb, en jsonb, valid_from date, valid_to date, certainty text, source text)"
)
_NAMES = ("rectification", "sharing_stop", "opposition", "consent", "notice", "purpose_rule")


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    op.bulk_insert(tables.purpose_rule, rights_seeds.purposes())
    op.execute(_NOTICES.bindparams(rows=json.dumps(rights_seeds.notices(), ensure_ascii=False, default=str)))


def downgrade() -> None:
    for name in _NAMES:
        op.execute(f"DROP TABLE {name}")
    op.execute("DROP SEQUENCE receipt_number_seq")
