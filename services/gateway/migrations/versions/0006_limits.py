"""Rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_bucket",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("tat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "policy", name=op.f("pk_limit_bucket")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "limit_override",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer()),
        sa.Column("window_s", sa.Integer()),
        sa.Column("burst", sa.Integer()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "(units > 0 AND window_s > 0 AND burst > 0) IS TRUE OR num_nonnulls(units, window_s, burst) = 0",
            name=op.f("ck_limit_override_numbers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_override")),
        sa.UniqueConstraint(
            "organisation",
            "client_id",
            "policy",
            name=op.f("uq_limit_override_organisation_client_id_policy"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def downgrade() -> None:
    op.drop_table("limit_override")
    op.drop_table("limit_bucket")
