"""The kit's own tables: made, undone, made again, and the same in Python as in the database."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from services.background import changes, jobs
from services.kit import audit, idempotency, migrations
from services.kit.database import new_metadata
from services.stack.stores import Store

Step = Callable[[], None]
PAIRS: list[tuple[Step, Step]] = [
    (migrations.create_audit_v1, migrations.drop_audit_v1),
    (migrations.create_idempotency_v1, migrations.drop_idempotency_v1),
    (migrations.create_changes_v1, migrations.drop_changes_v1),
    (migrations.create_feed_cursor_v1, migrations.drop_feed_cursor_v1),
    (migrations.create_jobs_v1, migrations.drop_jobs_v1),
]
REVISION = '''
"""A revision."""
from alembic import op
revision = "{revision}"
down_revision = {down!r}
branch_labels = depends_on = None
def upgrade():
    op.execute("{statement}")
def downgrade():
    pass
'''


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def owner(store: Store) -> Iterator[Connection]:
    """A transaction of the owner in which Alembic's operations run."""
    engine = create_engine(sqlalchemy_url(store.owner_url), poolclass=NullPool)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        yield connection


def things(connection: Connection) -> set[tuple[str, str]]:
    """Everything that stands in the schema, by kind and name."""
    found = connection.execute(
        text(
            "SELECT relkind::text, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION SELECT 'f', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " UNION SELECT 't', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
            " UNION SELECT 'g', tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
    )
    return {(row[0], row[1]) for row in found}


def test_every_table_can_be_undone_and_made_again_and_leaves_nothing_behind(notes_store: Store) -> None:
    with owner(notes_store) as connection:
        before = things(connection)
        for _, drop in reversed(PAIRS):
            drop()
        left = {name for _, name in things(connection)}
        assert left == {"note", "_note", "alembic_version", "_alembic_version", "note_id_seq", "note_pkey", "uq_note"}
        for create, _ in PAIRS:
            create()
        assert things(connection) == before


@pytest.mark.parametrize(("create", "drop"), PAIRS, ids=lambda step: getattr(step, "__name__", ""))
def test_each_table_stands_alone(notes_store: Store, create: Step, drop: Step) -> None:
    with owner(notes_store) as connection:
        before = things(connection)
        drop()
        assert things(connection) < before
        create()
        assert things(connection) == before


def test_the_tables_in_python_are_those_of_the_database(notes_store: Store) -> None:
    metadata = new_metadata()
    for declare in (audit.table, idempotency.table, changes.table, changes.cursor_table, jobs.table):
        declare(metadata)

    def ours(name: str | None, kind: str, parents: Any) -> bool:
        return migrations._ours(name, kind, parents) and name not in {"note", "alembic_version"}

    with owner(notes_store) as connection:
        options: dict[str, Any] = {"include_name": ours, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        connection.execute(text("ALTER TABLE job ADD COLUMN stray int, ALTER COLUMN done TYPE int"))
        assert len(compare_metadata(context, metadata)) == 2  # the comparison is able to see a difference


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("INSERT INTO change (kind, subject, version, payload) VALUES ('k', uuidv4(), 1, '{}')", True),
        ("DELETE FROM idempotency_key", True),
        ("UPDATE feed_cursor SET cursor = '0.0'", True),
        ("SELECT procrastinate_register_worker_v1()", True),
        ("CREATE TABLE mine (id int)", False),
        ("ALTER TABLE job ADD COLUMN mine int", False),
        ("TRUNCATE change", False),
    ],
)
def test_the_application_uses_the_tables_and_cannot_change_their_shape(
    notes_store: Store, statement: str, allowed: bool
) -> None:
    with psycopg.connect(notes_store.url, autocommit=True) as connection:
        if allowed:
            connection.execute(statement.encode())
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_rights_are_taken_from_the_role_named_after_the_owner(notes_store: Store) -> None:
    with owner(notes_store):
        migrations.revoke_from_app("DELETE", "note")
    with psycopg.connect(notes_store.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM note")


@pytest.fixture
def history(tmp_path: Any) -> ScriptDirectory:
    """A history of two revisions that is not the stores'."""
    versions = tmp_path / "versions"
    versions.mkdir()
    for revision, down, statement in (
        ("h1", None, "CREATE TABLE first AS SELECT current_setting('lock_timeout') AS locks"),
        ("h2", "h1", "CREATE TABLE second AS SELECT current_setting('statement_timeout') AS statements"),
    ):
        (versions / f"{revision}.py").write_text(REVISION.format(revision=revision, down=down, statement=statement))
    return ScriptDirectory(str(tmp_path))


def upgrade(history: ScriptDirectory, store: Store, *, offline: bool = False, **options: Any) -> None:
    """Run a history to its head as an `env.py` does."""

    def steps(revision: Any, _context: Any) -> Any:
        return history._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), history, fn=steps, as_sql=offline, destination_rev="head", **options):
        migrations.run(new_metadata(), url=store.owner_url)


def test_migrations_run_with_short_lock_waits_each_in_a_transaction(
    history: ScriptDirectory, notes_store: Store
) -> None:
    with psycopg.connect(notes_store.admin_url) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("CREATE VIEW second AS SELECT 1")
    with pytest.raises(Exception, match="already exists"):
        upgrade(history, notes_store)
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        assert connection.execute("SELECT locks FROM first").fetchone() == ("5s",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("h1",)
        connection.execute("DROP VIEW second")
        upgrade(history, notes_store)
        assert connection.execute("SELECT statements FROM second").fetchone() == ("5min",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("h2",)


def test_two_migrations_of_one_database_wait_for_each_other(history: ScriptDirectory, notes_store: Store) -> None:
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("SELECT pg_advisory_lock(%s)", [migrations._LOCK])
        threading.Timer(0.5, connection.execute, ["SELECT pg_advisory_unlock_all()"]).start()
        started = time.monotonic()
        upgrade(history, notes_store)
        assert time.monotonic() - started >= 0.5


def test_a_migration_that_finds_another_at_work_gives_up_after_a_while(
    history: ScriptDirectory, notes_store: Store
) -> None:
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [migrations._LOCK])
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(history, notes_store)


def test_a_history_can_be_written_as_sql_for_somebody_else_to_run(
    history: ScriptDirectory, notes_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(history, notes_store, offline=True)
    written = capsys.readouterr().out
    assert written.index("CREATE TABLE first") < written.index("CREATE TABLE second")
    assert "BEGIN" in written
    assert "COMMIT" in written


def test_the_tables_of_the_queue_are_left_out_of_the_drift_check() -> None:
    assert not migrations._ours("procrastinate_jobs", "table", {})
    assert migrations._ours("job", "table", {})
    assert migrations._ours(None, "schema", {})
    assert migrations._ours("procrastinate_x", "index", {})
