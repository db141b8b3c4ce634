"""Programs that act for a person, and from whom persons are withheld."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of a client whether it serves persons, of a subscription for whom, and of persons what is withheld."""
    op.add_column("client", sa.Column("serves_persons", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("subscription", sa.Column("acting_for", sa.Uuid()))
    op.create_table(
        "person_withheld",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("withheld", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_withheld")),
    )


def downgrade() -> None:
    """Forget all three."""
    op.drop_table("person_withheld")
    op.drop_column("subscription", "acting_for")
    op.drop_column("client", "serves_persons")
