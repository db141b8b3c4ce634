"""What every store's migrations share: how they run, and the tables that the kit owns.

A migration is one transaction under an advisory lock with short lock waits: a blocked one gives up instead of
holding the service. The kit's tables are frozen here as SQL by version; a change of one is a new function.
"""

import re

from alembic import context, op
from procrastinate.schema import SchemaManager
from sqlalchemy import MetaData, create_engine, pool, text

_LOCK = 4_607_182  # any number of our own: two migrations of one database never run at the same time
_BIND = re.compile(r"(?<!:):(?=\w)")


def run(metadata: MetaData, *, url: str) -> None:
    """Run the migrations that Alembic asks for; the whole body of an `env.py`.

    Args:
        metadata: The store's tables, for the drift check.
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
    """Create the audit trail: it takes inserts, and refuses everything else even to its owner."""
    _each(
        """
        CREATE TABLE audit_record (
            id uuid PRIMARY KEY DEFAULT uuidv7(),
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            action text NOT NULL,
            outcome text NOT NULL,
            subject text NOT NULL,
            client_id text NOT NULL,
            organisation text NOT NULL,
            purpose text,
            persons text[] NOT NULL,
            request_id text NOT NULL
        );
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'the audit trail takes inserts only'; END $$;
        CREATE TRIGGER audit_record_is_append_only BEFORE UPDATE OR DELETE ON audit_record
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER audit_record_is_not_emptied BEFORE TRUNCATE ON audit_record
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )
    revoke_from_app("SELECT, UPDATE, DELETE", "audit_record")


def drop_audit_v1() -> None:
    """Undo `create_audit_v1`."""
    _each("DROP TABLE audit_record; DROP FUNCTION refuse_change();")


def create_idempotency_v1() -> None:
    """Create the table of idempotency keys."""
    _each(
        """
        CREATE TABLE idempotency_key (
            client_id text NOT NULL,
            operation text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            status integer NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_idempotency_key PRIMARY KEY (client_id, operation, key)
        );
        CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
        """
    )


def drop_idempotency_v1() -> None:
    """Undo `create_idempotency_v1`."""
    _each("DROP TABLE idempotency_key;")


def create_changes_v1() -> None:
    """Create the table of changes of a store that others follow."""
    _each(
        """
        CREATE TABLE change (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            kind text NOT NULL,
            subject uuid NOT NULL,
            version integer NOT NULL,
            payload jsonb NOT NULL
        );
        CREATE INDEX ix_change_order ON change (xid, id);
        """
    )


def drop_changes_v1() -> None:
    """Undo `create_changes_v1`."""
    _each("DROP TABLE change;")


def create_feed_cursor_v1() -> None:
    """Create the table in which a follower keeps how far it has come."""
    _each("CREATE TABLE feed_cursor (source text PRIMARY KEY, cursor text NOT NULL, caught_up_at timestamptz);")


def drop_feed_cursor_v1() -> None:
    """Undo `create_feed_cursor_v1`."""
    _each("DROP TABLE feed_cursor;")


def create_jobs_v1() -> None:
    """Create the job table and procrastinate's schema, as its pinned release ships it."""
    op.execute(_BIND.sub(r"\\:", SchemaManager.get_schema()))
    _each(
        """
        CREATE TABLE job (
            id text PRIMARY KEY,
            kind text NOT NULL,
            state text NOT NULL DEFAULT 'queued'
                CONSTRAINT ck_job_state CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            arguments jsonb NOT NULL,
            done bigint NOT NULL DEFAULT 0,
            total bigint,
            attempt integer NOT NULL DEFAULT 0,
            result jsonb,
            error_code text,
            cancel_requested boolean NOT NULL DEFAULT false,
            created_by text NOT NULL,
            organisation text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            finished_at timestamptz
        );
        CREATE INDEX ix_job_unfinished ON job (id) WHERE state IN ('queued', 'running');
        """
    )


def drop_jobs_v1() -> None:
    """Undo `create_jobs_v1`: everything of procrastinate's in the schema, and the job table."""
    _each("DROP TABLE job;")
    op.execute(
        """
        DO $$ DECLARE thing record; BEGIN
            FOR thing IN SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid\\:\\:regclass) AS line FROM pg_class
                WHERE relname LIKE 'procrastinate\\_%' AND relkind = 'r' LOOP EXECUTE thing.line; END LOOP;
            FOR thing IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid\\:\\:regprocedure) AS line FROM pg_proc
                WHERE proname LIKE 'procrastinate\\_%' LOOP EXECUTE thing.line; END LOOP;
            FOR thing IN SELECT format('DROP TYPE IF EXISTS %s CASCADE', oid\\:\\:regtype) AS line FROM pg_type
                WHERE typname LIKE 'procrastinate\\_%' AND typtype IN ('e', 'c') LOOP EXECUTE thing.line; END LOOP;
        END $$
        """
    )


def revoke_from_app(rights: str, table: str) -> None:
    """Take rights on a table from the application role, which is named after the owner: `x_owner`, `x_app`."""
    op.execute(
        f"DO $$ BEGIN EXECUTE format('REVOKE {rights} ON {table} FROM %I',"
        " replace(current_user, '_owner', '_app')); END $$"
    )


def _each(statements: str) -> None:
    """Execute statements that hold no semicolon of their own outside of `$$`."""
    for statement in re.split(r";\s*\n(?=\s*(?:CREATE|DROP|$))|;\s*$", statements.strip()):
        if statement.strip():
            op.execute(statement)
