"""The folder of one installation on this machine: its secrets, its ports, and the settings of its processes."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.stack.accounts import make_folder
from services.stack.migrations import service_of
from services.stack.postgres import HOST
from services.stack.secret_files import read_document, write_document
from services.stack.stores import Store

_CHECKOUT = Path(__file__).parents[2]
DEFAULT_FOLDER = _CHECKOUT / ".local"
FOLLOWERS = ("health", "training")
"""Services whose workers follow the registry's feed, each with a client of its own."""

_KEYS = ("identifier_hash_key", "pseudonym_key", "key_encryption_key", "audit_key", "blob_key")
_KEY_BYTES = 32


class AlreadyRunningError(RuntimeError):
    """Another launcher works in the same folder."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where one installation keeps its things.

    Attributes:
        folder: Data, secrets and logs; `.local` of the checkout unless somebody says otherwise.
    """

    folder: Path = DEFAULT_FOLDER

    @property
    def postgres_folder(self) -> Path:
        """Where PostgreSQL lives."""
        return self.folder / "postgres"

    @property
    def logs_folder(self) -> Path:
        """Where each process's lines are kept."""
        return self.folder / "log"

    @property
    def blobs_folder(self) -> Path:
        """Where the registry keeps uploads, apart from the databases."""
        return self.folder / "blobs"

    @property
    def demo_file(self) -> Path:
        """The credentials of the demo partners."""
        return self.folder / "demo.json"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "launcher.pid"

    def secrets(self) -> dict[str, str]:
        """Return the installation's secrets by name, made up at the first call and kept for its owner's eyes."""
        make_folder(self.folder)
        path = self.folder / "secrets.json"
        document = read_document(path)
        names = (*_KEYS, *(f"{service}_client_secret" for service in FOLLOWERS))
        missing = {name: secrets.token_hex(_KEY_BYTES) for name in names if name not in document}
        if missing:
            write_document(path, document | missing)
        return document | missing

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder against a second launcher; the system lets go of it when this process ends, however it does.

        Raises:
            AlreadyRunningError: Another launcher holds it.
        """
        make_folder(self.folder)
        with self._pid_file.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(f"already running in {self.folder}; `./start` runs once at a time") from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield
            file.truncate(0)

    def launcher(self) -> int | None:
        """Return the process id of the launcher that holds the folder, or None."""
        try:
            with self._pid_file.open("r+", encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read().strip() or 0) or None
        except FileNotFoundError:
            pass
        return None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each service listens on the loopback address."""

    gateway: int
    registry: int
    health: int
    training: int

    def url(self, service: str) -> str:
        """Return a service's base URL."""
        return f"http://{HOST}:{getattr(self, service)}"


def choose_ports(first: int) -> tuple[Ports, list[str]]:
    """Return four ports from `first` on, and a sentence for each that was taken and had to be exchanged."""
    names = ("gateway", "registry", "health", "training")
    chosen: dict[str, int] = {}
    remarks = []
    for offset, name in enumerate(names):
        wanted = first + offset
        chosen[name] = _free_port(wanted, taken=set(chosen.values()))
        if chosen[name] != wanted:
            remarks.append(f"port {wanted} is taken: the {name} listens on {chosen[name]}")
    return Ports(**chosen), remarks


def settings_of(
    service: str, *, store: Store, ports: Ports, keys: Mapping[str, str], environment: str, blobs: Path
) -> dict[str, str]:
    """Return the whole environment of a service's processes: what the launcher has, and the service's own settings.

    A service is told its own database and the keys it needs, nobody else's.

    Args:
        service: The service's name.
        store: Its store.
        ports: Where everything listens.
        keys: The installation's secrets.
        environment: `demo` or `production`.
        blobs: Where the registry keeps uploads.
    """
    prefix = f"INDIMAJ_{service.upper()}_"
    settings = {
        "INDIMAJ_ENVIRONMENT": environment,
        "INDIMAJ_GATEWAY_URL": ports.url("gateway"),
        "INDIMAJ_IDENTIFIER_HASH_KEY": keys["identifier_hash_key"],
        "INDIMAJ_PSEUDONYM_KEY": keys["pseudonym_key"],
        f"{prefix}DATABASE_URL": store.url,
        "PYTHONPATH": str(_CHECKOUT),
        "PYTHONUNBUFFERED": "1",
    }
    if service == "registry":
        settings |= {f"{prefix}BLOB_KEY": keys["blob_key"], f"{prefix}BLOBS_URL": str(blobs)}
    if service == "gateway":
        settings[f"{prefix}KEY_ENCRYPTION_KEY"] = keys["key_encryption_key"]
        settings[f"{prefix}ALLOW_LOCAL_WEBHOOKS"] = str(environment == "demo").lower()
        settings |= {f"{prefix}{name.upper()}_URL": ports.url(name) for name in ("registry", "health", "training")}
    if service in FOLLOWERS:
        settings[f"{prefix}CLIENT_ID"] = f"{service}-worker"
        settings[f"{prefix}CLIENT_SECRET"] = keys[f"{service}_client_secret"]
    return {**os.environ, **settings}


def store_of(service: str, stores: Mapping[str, Store]) -> Store:
    """Return the store that belongs to a service."""
    return next(store for name, store in stores.items() if service_of(name) == service)


def _free_port(wanted: int, *, taken: set[int]) -> int:
    for candidate in (wanted, 0, 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            if port not in taken:
                return port
    raise OSError(f"no free port on {HOST}")
