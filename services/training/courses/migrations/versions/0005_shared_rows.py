"""Whose a row is, for partners who see only their own: the organisation that published an institution.

Applications know theirs already. An institution from before is nobody's: no organisation has the empty name.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE institution ADD COLUMN organisation text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE institution DROP COLUMN organisation")
