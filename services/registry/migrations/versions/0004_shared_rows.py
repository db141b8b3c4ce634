"""Whose a row is, for partners who see only their own: the organisation that registered the person.

The feed tells it too, so that its followers can be shown their own changes alone. A person is read by her id or found
by the keys of a search, and never listed by organisation: there is no index on it, which every import would pay for.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever has no first source record is nobody's: no organisation has the empty name.
    op.execute("ALTER TABLE person ADD COLUMN organisation text NOT NULL DEFAULT ''")
    op.execute(
        "UPDATE person SET organisation = first.organisation FROM source_record first"
        " WHERE first.person_id = person.id AND first.version = 1"
    )
    op.execute(
        "UPDATE change SET payload = payload || jsonb_build_object('organisation', person.organisation) FROM person"
        " WHERE person.id = change.subject"
    )


def downgrade() -> None:
    op.execute("UPDATE change SET payload = payload - 'organisation'")
    op.execute("ALTER TABLE person DROP COLUMN organisation")
