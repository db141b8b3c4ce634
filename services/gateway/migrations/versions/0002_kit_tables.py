"""The kit's tables: audit trail, idempotency keys, jobs, and how far the feeds have been followed."""

from services.kit import migrations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    migrations.create_audit_v1()
    migrations.create_idempotency_v1()
    migrations.create_jobs_v1()
    migrations.create_feed_cursor_v1()


def downgrade() -> None:
    migrations.drop_feed_cursor_v1()
    migrations.drop_jobs_v1()
    migrations.drop_idempotency_v1()
    migrations.drop_audit_v1()
