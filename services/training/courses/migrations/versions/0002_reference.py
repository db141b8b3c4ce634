"""Load the prefectures and provinces and the admission rules from `reference/`."""

from alembic import op
from sqlalchemy import text

from services.training.courses.store import reference

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSERT_UNIT = text("INSERT INTO unit (region, code) VALUES (:region, :code)")
INSERT_RULE = text(
    "INSERT INTO admission_rule (code, valid, value, certainty, source)"
    " VALUES (:code, CAST(:valid AS daterange), CAST(:value AS jsonb), :certainty, :source)"
)


def upgrade() -> None:
    for row in reference.unit_rows():
        op.execute(INSERT_UNIT.bindparams(**row))
    for row in reference.rule_rows():
        op.execute(INSERT_RULE.bindparams(**row))


def downgrade() -> None:
    op.execute("DELETE FROM admission_rule")
    op.execute("DELETE FROM unit")
