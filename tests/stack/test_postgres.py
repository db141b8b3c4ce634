"""The embedded PostgreSQL: who may connect, what survives, and where it lives."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.stack import postmaster
from services.stack.accounts import make_folder, reachable_home
from services.stack.postgres import PostgresError, Server
from services.stack.stores import Store, clone_store, create_store, drop_database
from tests.support.server import scratch_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as made:
        yield made


@pytest.fixture(scope="module")
def store(server: Server) -> Store:
    return create_store(server, "sample")


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestWhoMayConnect:
    def test_a_wrong_password_is_refused(self, server: Server) -> None:
        url = f"postgresql://postgres:wrong@127.0.0.1:{server.port}/postgres"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)

    def test_the_unix_socket_asks_for_a_password_too(self, server: Server) -> None:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(server.data), port=server.port, user="postgres", dbname="postgres", password="x")

    def test_a_service_cannot_enter_the_database_of_another(self, server: Server, store: Store) -> None:
        create_store(server, "neighbour")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url("neighbour", role=f"{store.name}_app"))

    def test_the_app_role_reads_and_writes_rows_but_changes_no_tables(self, store: Store) -> None:
        with psycopg.connect(store.owner_url) as connection:
            connection.execute("CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
        with psycopg.connect(store.url) as connection:
            connection.execute("INSERT INTO note (body) VALUES ('kept')")
            connection.execute("UPDATE note SET body = 'changed'")
            assert connection.execute("SELECT body FROM note").fetchall() == [("changed",)]
            connection.execute("DELETE FROM note")
        for forbidden in ("CREATE TABLE other (id int)", "DROP TABLE note", "TRUNCATE note"):
            with psycopg.connect(store.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.encode())

    def test_the_app_role_cannot_hold_others_up(self, store: Store) -> None:
        assert value(store.url, "SHOW statement_timeout") == "5s"
        assert value(store.url, "SHOW lock_timeout") == "2s"
        assert value(store.url, "SHOW idle_in_transaction_session_timeout") == "15s"

    def test_passwords_are_in_a_file_for_its_owner_only(self, server: Server) -> None:
        assert permissions(server.credentials_file) == 0o600
        assert permissions(server.data) == 0o700


class TestWhatItIs:
    def test_postgresql_18_with_checksums_and_a_locale_that_is_the_same_everywhere(self, store: Store) -> None:
        assert str(value(store.url, "SHOW server_version")).startswith("18.")
        assert value(store.url, "SHOW data_checksums") == "on"
        assert value(
            store.url, "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'sample'"
        ) == ("bC.UTF-8")
        assert value(store.url, "SELECT lower('É') || upper('ñ')") == "éÑ"

    def test_the_owner_can_create_the_extensions_the_stores_need(self, store: Store) -> None:
        with psycopg.connect(store.owner_url) as connection:
            for name in ("btree_gist", "citext", "fuzzystrmatch", "pg_trgm", "unaccent"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}".encode())

    def test_it_never_runs_as_root(self, server: Server) -> None:
        assert server.pid is not None
        assert Path("/proc", str(server.pid)).stat().st_uid == server.account.uid != 0

    def test_only_the_loopback_address_is_listened_on(self, store: Store) -> None:
        assert value(store.admin_url, "SHOW listen_addresses") == "127.0.0.1"

    def test_a_log_never_quotes_a_value(self, server: Server, store: Store) -> None:
        with psycopg.connect(store.owner_url) as connection:
            connection.execute("CREATE TABLE identifier (value text PRIMARY KEY)")
        with psycopg.connect(store.url) as connection, pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO identifier VALUES ('AB-SECRET-1'), ('AB-SECRET-1')")
        log = (server.home / "start.log").read_text(encoding="utf-8")
        assert "duplicate key" in log
        assert "AB-SECRET-1" not in log


class TestClones:
    def test_a_clone_holds_what_the_original_held_and_lives_apart(self, server: Server) -> None:
        original = create_store(server, "template_sample")
        with psycopg.connect(original.owner_url) as connection:
            connection.execute("CREATE TABLE item AS SELECT 1 AS n")
        copy = clone_store(server, "template_sample", "copy_1")
        with psycopg.connect(copy.url) as connection:
            connection.execute("INSERT INTO item VALUES (2)")
        assert value(copy.url, "SELECT sum(n) FROM item") == 3
        assert value(original.url, "SELECT sum(n) FROM item") == 1
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url("copy_1", role="sample_app"))
        drop_database(server, "copy_1")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(copy.url)

    def test_creating_a_store_again_keeps_its_rows_and_passwords(self, server: Server) -> None:
        first = create_store(server, "twice")
        with psycopg.connect(first.owner_url) as connection:
            connection.execute("CREATE TABLE item AS SELECT 7 AS n")
        again = create_store(server, "twice")
        assert again == first
        assert value(again.url, "SELECT n FROM item") == 7


class TestWhatSurvives:
    def test_a_restart_keeps_data_passwords_and_port(self, folder: Path) -> None:
        server = Server(folder / "postgres")
        try:
            kept = create_store(server.start(), "kept")
            with psycopg.connect(kept.owner_url) as connection:
                connection.execute("CREATE TABLE item AS SELECT 5 AS n")
            port = server.port
            server.stop()
            assert server.pid is None
            server = Server(folder / "postgres").start()
            assert server.port == port
            assert value(kept.url, "SELECT n FROM item") == 5
            assert value(kept.admin_url, "SHOW fsync") == "on"
        finally:
            server.destroy()
        assert list(folder.iterdir()) == [folder / "in-use"]

    def test_a_killed_server_comes_back_with_every_committed_row(self, folder: Path) -> None:
        server = Server(folder / "postgres")
        try:
            kept = create_store(server.start(), "kept")
            with psycopg.connect(kept.owner_url) as connection:
                connection.execute("CREATE TABLE item AS SELECT 5 AS n")
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            server.start()
            assert value(kept.url, "SELECT n FROM item") == 5
        finally:
            server.destroy()

    def test_a_stale_pid_file_whose_number_lives_on_in_another_program_is_no_obstacle(self, folder: Path) -> None:
        with Server(folder / "postgres", scratch=True) as server:
            server.stop()
            pid_file = server.data / "postmaster.pid"
            lines = [str(os.getpid()), str(server.data), "0", str(server.port), "", "127.0.0.1", "0 0", "ready"]
            pid_file.write_text("\n".join(lines), encoding="utf-8")
            server.account.give(pid_file)
            assert server.pid is None
            server.start()
            assert server.pid not in {None, os.getpid()}

    def test_a_second_start_takes_over_the_running_server(self, folder: Path) -> None:
        with Server(folder / "postgres", scratch=True) as first:
            second = Server(folder / "postgres", scratch=True).start()
            assert (second.pid, second.port) == (first.pid, first.port)
            second.stop()
            assert first.pid is None

    def test_a_port_that_was_taken_meanwhile_is_exchanged(self, folder: Path) -> None:
        with Server(folder / "postgres", scratch=True) as server, Server(folder / "other", scratch=True) as other:
            server.stop()
            document = server.credentials_file.read_text(encoding="utf-8")
            server.credentials_file.write_text(document.replace(str(server.port), str(other.port)), encoding="utf-8")
            server.start()
            assert server.port != other.port

    def test_a_broken_off_creation_is_begun_again(self, folder: Path) -> None:
        make_folder(folder / "postgres" / "data.partial" / "base")
        with Server(folder / "postgres", scratch=True) as server:
            assert server.pid is not None


class TestRefusals:
    def test_credentials_of_another_server_are_said_to_be_so(self, folder: Path) -> None:
        with Server(folder / "postgres", scratch=True) as server:
            password = server.credentials()["roles"]["postgres"]
            document = server.credentials_file.read_text(encoding="utf-8")
            server.credentials_file.write_text(document.replace(password, "0" * 48), encoding="utf-8")
            with pytest.raises(PostgresError, match="does not fit"):
                server.start()

    def test_a_server_that_ends_at_once_is_reported_with_its_log(self, folder: Path) -> None:
        server = Server(folder / "postgres", scratch=True).start()
        server.stop()
        (server.data / "PG_VERSION").write_text("9.6\n", encoding="utf-8")
        with pytest.raises(PostgresError, match=r"(?s)ends at once.*incompatible"):
            server.start()

    def test_a_role_without_a_password_here_has_no_url(self, server: Server) -> None:
        with pytest.raises(PostgresError, match="no password"):
            server.url("postgres", role="stranger")

    def test_backends_without_a_server_are_waited_for(self, folder: Path) -> None:
        with Server(folder / "postgres", scratch=True) as server:
            create_store(server, "busy")
            with psycopg.connect(server.url("busy"), autocommit=True) as connection:
                backend = connection.info.backend_pid
                killed = server.pid
                assert killed is not None
                os.kill(killed, signal.SIGKILL)
                while postmaster.is_running(killed):  # a kill is not at once
                    time.sleep(0.01)
            postmaster.wait_until_gone(server.data)
            end = time.monotonic() + 10
            while postmaster.is_running(backend) and time.monotonic() < end:  # out of its folder, not yet out of /proc
                time.sleep(0.01)
            assert not postmaster.is_running(backend)


class TestWhereItLives:
    def test_a_folder_that_the_server_s_user_can_enter_is_used_as_it_is(self, folder: Path) -> None:
        assert reachable_home(folder / "a" / "b") == folder / "a" / "b"

    def test_below_a_closed_folder_root_keeps_the_data_in_a_system_folder_and_opens_nothing(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        server = Server(closed / "postgres", scratch=True)
        if os.geteuid() == 0:
            assert server.home.parent == Path("/var/lib")
            assert server.moved_from == closed / "postgres"
        else:
            assert server.home == closed / "postgres"
        try:
            server.start()
            assert server.pid is not None
        finally:
            server.destroy()
        assert permissions(closed) == 0o700
