"""Load the rule set of `reference/`, as it stood when this revision was written."""

import json

from alembic import op
from sqlalchemy import text

from services.health.coverage.domain.rules import fingerprint
from services.health.coverage.store.ranges import range_of
from services.health.coverage.store.rule_files import shipped_rows

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULE_SET = "d2822d6db1de882c64283c4ebb6f67e7027784028d5852176b0ce96db7cb70d2"
INSERT_SET = text("INSERT INTO rule_set (hash, title) VALUES (:hash, :title)")
INSERT_RULE = text(
    "INSERT INTO rule (rule_set, kind, code, valid, value, certainty, source, note)"
    " VALUES (:rule_set, :kind, :code, CAST(:valid AS daterange), CAST(:value AS jsonb), :certainty, :source, :note)"
)


def upgrade() -> None:
    rows = shipped_rows()
    found = fingerprint(rows)
    if found != RULE_SET:
        raise RuntimeError(
            f"reference/ holds rule set {found}, not the one of this revision: a loaded set never changes;"
            " move the new rows to a folder of their own and load them by a new revision"
        )
    op.execute(INSERT_SET.bindparams(hash=RULE_SET, title="Rules of November 2026"))
    for row in rows:
        op.execute(
            INSERT_RULE.bindparams(
                rule_set=RULE_SET,
                kind=row.kind.value,
                code=row.code,
                valid=str(range_of(row.period)),
                value=json.dumps(row.value, ensure_ascii=False),
                certainty=row.certainty.value,
                source=row.source,
                note=row.note,
            )
        )


def downgrade() -> None:
    op.execute("TRUNCATE rule_set, rule, determination, entitlement")
