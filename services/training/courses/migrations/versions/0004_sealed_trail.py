"""The sealed audit trail."""

from services.trail import migrations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    migrations.create_sealed_trail_v1()


def downgrade() -> None:
    migrations.drop_sealed_trail_v1()
