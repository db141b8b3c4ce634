"""Regularisation files: dossiers, their findings, their steps and the criteria they are judged by."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
