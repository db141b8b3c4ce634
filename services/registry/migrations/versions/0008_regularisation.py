"""Regularisation files: dossiers, their findings, their steps and the criteria they are judged by."""

import json

from alembic import op
from sqlalchemy import text

from services.registry.store import regularisation_seeds as seeds
from services.registry.store.tables import regularisation as tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_RECORDED = """
        recorded_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        organisation text NOT NULL"""
_CERTAINTY = "certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design'))"


def _of_file(table: str) -> str:
    return f"""
        id uuid DEFAULT uuidv7() CONSTRAINT pk_{table} PRIMARY KEY,
        file_id uuid NOT NULL CONSTRAINT fk_{table}_file_id_regularisation_file
            REFERENCES regularisation_file (id) ON DELETE CASCADE"""


_STATEMENTS = (
    """
    CREATE TABLE regularisation_file (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_regularisation_file PRIMARY KEY,
        person_id uuid NOT NULL CONSTRAINT fk_regularisation_file_person_id_person REFERENCES person (id),
        campaign text NOT NULL,
        category text NOT NULL,
        bureau text NOT NULL,
        reference text,
        filed_on date NOT NULL,
        state text NOT NULL,
        version integer NOT NULL CONSTRAINT ck_regularisation_file_version CHECK (version >= 1),
        notified_on date,
        due_code text,
        due_on date,
        opened_at timestamptz NOT NULL,
        opened_by text NOT NULL,
        organisation text NOT NULL,
        CONSTRAINT ck_regularisation_file_due CHECK ((due_code IS NULL) = (due_on IS NULL))
    )
    """,
    "CREATE INDEX ix_regularisation_file_person_id ON regularisation_file (person_id)",
    """
    CREATE UNIQUE INDEX uq_regularisation_file_open ON regularisation_file (person_id, campaign)
        WHERE state <> 'CLOS'
    """,
    "CREATE INDEX ix_regularisation_file_due_on ON regularisation_file (due_on) WHERE due_on IS NOT NULL",
    "CREATE INDEX ix_regularisation_file_state ON regularisation_file (state, id)",
    f"""
    CREATE TABLE regularisation_step ({_of_file("regularisation_step")},
        position integer NOT NULL,
        leaves text,
        to_state text NOT NULL,
        "on" date NOT NULL,
        reasons text[] NOT NULL,
        proposal text CONSTRAINT ck_regularisation_step_proposal CHECK (proposal IN ('PASS', 'FAIL', 'UNKNOWN')),
        findings jsonb NOT NULL,
        permit_id uuid,{_RECORDED}
    )
    """,
    "CREATE INDEX ix_regularisation_step_file_id ON regularisation_step (file_id)",
    "CREATE UNIQUE INDEX uq_regularisation_step_position ON regularisation_step (file_id, position)",
    f"""
    CREATE TABLE regularisation_evidence ({_of_file("regularisation_evidence")},
        fact text NOT NULL,
        value jsonb NOT NULL,
        documents uuid[] NOT NULL,{_RECORDED},
        ended_at timestamptz,
        ended_reason text,
        CONSTRAINT ck_regularisation_evidence_ended CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
    )
    """,
    "CREATE INDEX ix_regularisation_evidence_file_id ON regularisation_evidence (file_id)",
    """
    CREATE UNIQUE INDEX uq_regularisation_evidence_live ON regularisation_evidence (file_id, fact)
        WHERE ended_at IS NULL
    """,
    f"""
    CREATE TABLE regularisation_paper ({_of_file("regularisation_paper")},
        code text NOT NULL,
        documents uuid[] NOT NULL,
        seen_on date NOT NULL,{_RECORDED}
    )
    """,
    "CREATE INDEX ix_regularisation_paper_file_id ON regularisation_paper (file_id)",
    f"""
    CREATE TABLE regularisation_rule (
        kind text NOT NULL,
        position integer NOT NULL,
        code text NOT NULL,
        terms jsonb NOT NULL,
        valid_from date,
        valid_to date,
        {_CERTAINTY},
        source text NOT NULL,
        CONSTRAINT pk_regularisation_rule PRIMARY KEY (kind, position)
    )
    """,
    f"""
    CREATE TABLE regularisation_statistic (
        position integer CONSTRAINT pk_regularisation_statistic PRIMARY KEY,
        series text NOT NULL,
        as_of date NOT NULL,
        nationality text,
        region text,
        value numeric NOT NULL,
        {_CERTAINTY},
        source text NOT NULL,
        note text
    )
    """,
)

_RULES = text("""
    INSERT INTO regularisation_rule (kind, position, code, terms, valid_from, valid_to, certainty, source)
    SELECT kind, position, code, terms, valid_from, valid_to, certainty, source
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS seed (kind text, position integer, code text, terms jsonb,
        valid_from date, valid_to date, certainty text, source text)
""")


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    rows = json.dumps(seeds.rule_rows(), default=str, ensure_ascii=False)
    op.execute(_RULES.bindparams(rows=rows))
    op.bulk_insert(tables.regularisation_statistic, seeds.statistic_rows())


def downgrade() -> None:
    for table in ("statistic", "rule", "paper", "evidence", "step", "file"):
        op.execute(f"DROP TABLE regularisation_{table}")
