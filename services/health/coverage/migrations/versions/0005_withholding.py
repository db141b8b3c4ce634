"""From whom a person is withheld."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import migrations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what the facts withhold beside them."""
    op.add_column("person_facts", sa.Column("withheld", postgresql.JSONB()))
    migrations.create_withholding_v1()


def downgrade() -> None:
    """Forget it."""
    migrations.drop_withholding_v1()
    op.drop_column("person_facts", "withheld")
