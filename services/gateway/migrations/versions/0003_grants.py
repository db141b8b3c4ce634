"""What the OAuth server remembers, and what it must know of a client for codes, signed assertions and bound tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "client", sa.Column("redirect_uris", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("client", sa.Column("jwks", postgresql.JSONB()))
    op.add_column("client", sa.Column("dpop_required", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(
        "ALTER TABLE client ADD COLUMN application_type text DEFAULT 'service' NOT NULL"
        " CONSTRAINT ck_client_application_type CHECK (application_type IN ('service', 'web', 'native'))"
    )
    _codes()
    _families()
    for table, unlogged in (("used_assertion", False), ("used_proof", True)):
        op.create_table(
            table,
            sa.Column("digest", sa.LargeBinary(), nullable=False),
            sa.Column("expires_at", _INSTANT, nullable=False),
            sa.CheckConstraint("octet_length(digest) = 32", name=op.f(f"ck_{table}_digest")),
            sa.PrimaryKeyConstraint("digest", name=op.f(f"pk_{table}")),
            prefixes=["UNLOGGED"] if unlogged else [],
        )
        op.create_index(op.f(f"ix_{table}_expires_at"), table, ["expires_at"])


def downgrade() -> None:
    for table in (
        "used_proof",
        "used_assertion",
        "revoked_access_token",
        "family_access_token",
        "refresh_token",
        "token_family",
        "authorisation_code",
    ):
        op.drop_table(table)
    for column in ("application_type", "dpop_required", "jwks", "redirect_uris"):
        op.drop_column("client", column)


def _codes() -> None:
    op.create_table(
        "authorisation_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("jkt", sa.Text()),
        sa.Column("authenticated_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_authorisation_code_digest")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_authorisation_code_client_id_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorisation_code")),
        sa.UniqueConstraint("family_id", name=op.f("uq_authorisation_code_family_id")),
    )
    op.create_index(op.f("ix_authorisation_code_client_id"), "authorisation_code", ["client_id"])
    op.create_index(op.f("ix_authorisation_code_expires_at"), "authorisation_code", ["expires_at"])


def _families() -> None:
    op.create_table(
        "token_family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("jkt", sa.Text()),
        sa.Column("authenticated_at", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_token_family_client_id_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_family")),
    )
    for column in ("client_id", "account_id", "expires_at"):
        op.create_index(op.f(f"ix_token_family_{column}"), "token_family", [column])
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_refresh_token_digest")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["token_family.id"], name=op.f("fk_refresh_token_family_id_token_family"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    op.create_index(op.f("ix_refresh_token_family_id"), "refresh_token", ["family_id"])
    op.create_index(
        "uq_refresh_token_unused",
        "refresh_token",
        ["family_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL"),
    )
    for table in ("family_access_token", "revoked_access_token"):
        columns: list[sa.Column[object]] = [
            sa.Column("jti", sa.Text(), nullable=False),
            sa.Column("expires_at", _INSTANT, nullable=False),
        ]
        constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint("jti", name=op.f(f"pk_{table}"))]
        if table == "family_access_token":
            columns.append(sa.Column("family_id", sa.Uuid(), nullable=False))
            name = op.f("fk_family_access_token_family_id_token_family")
            constraints.append(
                sa.ForeignKeyConstraint(["family_id"], ["token_family.id"], name=name, ondelete="CASCADE")
            )
        op.create_table(table, *columns, *constraints)
        op.create_index(op.f(f"ix_{table}_expires_at"), table, ["expires_at"])
    op.create_index(op.f("ix_family_access_token_family_id"), "family_access_token", ["family_id"])
