"""What every store's migrations share: how they run, and the tables that the kit owns.

A migration is one transaction under an advisory lock with short lock waits: a blocked one gives up instead of
holding the service. The kit's tables are frozen here as SQL by version; a change of one is a new function.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from alembic import context, op
from procrastinate.schema import SchemaManager
from sqlalchemy import MetaData, create_engine, pool, text

_LOCK = 4_607_182  # any number of our own: two migrations of one database never run at the same time
_SCHEMA = Path(__file__).with_name("schema")
_BIND = re.compile(r"(?<!:):(?=\w)")


def run(metadata: MetaData | Sequence[MetaData], *, url: str) -> None:
    """Run the migrations that Alembic asks for; the whole body of an `env.py`.

    Args:
        metadata: The store's tables, for the drift check; one for each area where several share the database.
        url: `postgresql://` URL of the owner role.
    """
    options = {"target_metadata": metadata, "include_name": _ours, "compare_server_default": False}
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options)  # type: ignore[arg-type]  # Alembic's stubs want each option by name
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('lock_timeout', '5s', false)"))
        connection.execute(text("SELECT set_config('statement_timeout', '300s', false)"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True, **options)  # type: ignore[arg-type]  # the same
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave procrastinate's own tables out of the drift check."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def create_audit_v1() -> None:
    """Create the audit trail."""
    _apply("audit_1_create")


def drop_audit_v1() -> None:
    """Undo `create_audit_v1`."""
    _apply("audit_1_drop")


def create_idempotency_v1() -> None:
    """Create the table of idempotency keys."""
    _apply("idempotency_1_create")


def drop_idempotency_v1() -> None:
    """Undo `create_idempotency_v1`."""
    _apply("idempotency_1_drop")


def create_changes_v1() -> None:
    """Create the table of changes of a store that others follow."""
    _apply("changes_1_create")


def drop_changes_v1() -> None:
    """Undo `create_changes_v1`."""
    _apply("changes_1_drop")


def create_feed_cursor_v1() -> None:
    """Create the table in which a follower keeps how far it has come."""
    _apply("feed_cursor_1_create")


def drop_feed_cursor_v1() -> None:
    """Undo `create_feed_cursor_v1`."""
    _apply("feed_cursor_1_drop")


def create_jobs_v1() -> None:
    """Create the job table and procrastinate's schema, as its pinned release ships it."""
    op.execute(_BIND.sub(r"\\:", SchemaManager.get_schema()))
    _apply("jobs_1_create")


def drop_jobs_v1() -> None:
    """Undo `create_jobs_v1`: everything of procrastinate's in the schema, and the job table."""
    _apply("jobs_1_drop")


def create_withholding_v1() -> None:
    """Create the function that says who is kept from whom."""
    _apply("withholding_1_create")


def drop_withholding_v1() -> None:
    """Undo `create_withholding_v1`."""
    _apply("withholding_1_drop")


def revoke_from_app(rights: str, table: str) -> None:
    """Take rights on a table from the application role, which is named after the owner: `x_owner`, `x_app`."""
    op.execute(
        f"DO $$ BEGIN EXECUTE format('REVOKE {rights} ON {table} FROM %I',"
        " replace(current_user, '_owner', '_app')); END $$"
    )


def _apply(name: str) -> None:
    """Execute one of the frozen files beside this module."""
    op.execute(_BIND.sub(r"\\:", (_SCHEMA / f"{name}.sql").read_text("utf-8")))
