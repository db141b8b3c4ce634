"""The feed of changes to determinations and entitlements."""

from services.kit import migrations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    migrations.create_changes_v1()


def downgrade() -> None:
    migrations.drop_changes_v1()
