"""Agreements, and changes that wait for a second person; purposes come from agreements alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import migrations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_TRANSITION = """
    INSERT INTO agreement (organisation_id, authorisation_number, purposes, resources, valid, state, proposed_by,
                           approved_by)
    SELECT client.organisation_id, 'TRANSITION ' || client.id, client.purposes,
           (SELECT jsonb_agg(
                       jsonb_build_object('resource', resource, 'actions', actions, 'fields', NULL, 'rows', 'all'))
            FROM (SELECT split_part(scope, ':', 1) AS resource, jsonb_agg(split_part(scope, ':', 2)) AS actions
                  FROM unnest(client.scopes) AS scope GROUP BY 1) AS by_resource),
           daterange(CURRENT_DATE, CURRENT_DATE + 90), 'active', 'migration', 'operator'
    FROM client WHERE cardinality(client.purposes) > 0 AND cardinality(client.scopes) > 0
"""
"""What clients could do before stays so for 90 days: the time to write it down as agreements."""

_BACK = """
    UPDATE client SET purposes = coalesce(
        (SELECT array_agg(DISTINCT purpose) FROM agreement, unnest(agreement.purposes) AS purpose
         WHERE agreement.organisation_id = client.organisation_id AND agreement.state = 'active'
           AND agreement.valid @> CURRENT_DATE), '{}')
"""


def upgrade() -> None:
    _agreement()
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_client", sa.Text(), nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_client", sa.Text()),
        sa.Column("decided_at", _INSTANT),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_approval_state")),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_approval_decided")),
        sa.CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_approval_two_persons")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_approval_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_organisation_id"), "approval", ["organisation_id"])
    op.create_index(
        "uq_approval_open",
        "approval",
        ["kind", "target"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "rights_change",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_rights_change_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_change")),
    )
    op.create_index(op.f("ix_rights_change_organisation_id"), "rights_change", ["organisation_id"])
    migrations.revoke_from_app("UPDATE, DELETE", "rights_change")
    op.add_column("client_secret", sa.Column("issued_to", sa.Text()))
    op.execute(_TRANSITION)
    # purposes must go with this release: two places that say what is agreed would contradict each other
    op.execute("-- squawk-ignore ban-drop-column\nALTER TABLE client DROP COLUMN purposes")


def _agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("authorisation_number", sa.Text(), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("resources", postgresql.JSONB(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text()),
        sa.Column("created_at", _INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", _INSTANT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'active', 'ended', 'rejected')", name=op.f("ck_agreement_state")),
        sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f("ck_agreement_ended_on")),
        sa.CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name=op.f("ck_agreement_valid")),
        sa.CheckConstraint("cardinality(purposes) > 0", name=op.f("ck_agreement_purposes")),
        sa.CheckConstraint(
            "jsonb_typeof(resources) = 'array' AND jsonb_array_length(resources) > 0",
            name=op.f("ck_agreement_resources"),
        ),
        sa.CheckConstraint("approved_by IS DISTINCT FROM proposed_by", name=op.f("ck_agreement_two_persons")),
        sa.CheckConstraint(
            "state IN ('proposed', 'rejected') OR approved_by IS NOT NULL", name=op.f("ck_agreement_approved")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_agreement_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_organisation_id"), "agreement", ["organisation_id"])
    op.create_index("ix_agreement_valid", "agreement", ["valid"], postgresql_using="gist")


def downgrade() -> None:
    op.add_column("client", sa.Column("purposes", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.execute(_BACK)
    op.alter_column("client", "purposes", server_default=None)
    op.drop_column("client_secret", "issued_to")
    for table in ("rights_change", "approval", "agreement"):
        op.drop_table(table)
