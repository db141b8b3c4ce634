"""What erasure needs here: nothing. What the gateway holds of persons are references (events/store/holdings.yaml)."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
