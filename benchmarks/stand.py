"""The stand everything is measured on: PostgreSQL, databases with their migrations, and services pinned to a core.

The services are started by the same command line as anywhere else, with the same settings; only cores are chosen.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks import noise
from benchmarks.load import SERVER_CORE
from benchmarks.programs import free_port, running
from services.gateway.access.domain.records import KeyUse, Represented, StoredKey
from services.gateway.access.operations.ensure_signing_keys import ensure_signing_keys
from services.gateway.access.operations.vouch import vouch
from services.gateway.access.store.keyring import Keyring
from services.gateway.access.store.sealing import Seal
from services.gateway.forwarding.reference.limits import BY_CLIENT, classes
from services.kit import clock
from services.kit.callers import Share, resource_of
from services.kit.database import Database
from services.stack.clients import ensure_demo_clients, ensure_worker_clients
from services.stack.installation import Installation, Ports, settings_of
from services.stack.migrations import STORES, migrate, service_of
from services.stack.postgres import Server
from services.stack.stores import Store, create_store

_ENTERABLE = 0o711
_NEVER_BITES = (1_000_000_000, 60, 1_000_000)
"""Numbers of a limit that is counted like any other and never reached: units, window in seconds, burst."""


@dataclass(frozen=True)
class Running:
    """A service under measurement.

    Attributes:
        url: Its base URL.
        pid: Its process.
    """

    url: str
    pid: int


@dataclass
class Stand:
    """A machine made ready: databases migrated and demo clients known; services are started one by one.

    Attributes:
        folder: Everything the run writes; gone afterwards.
        server: PostgreSQL.
        stores: Migrated databases by store.
        clients: Demo credentials by name.
    """

    folder: Path
    server: Server
    stores: Mapping[str, Store]
    keys: Mapping[str, str]
    ports: Ports
    clients: Mapping[str, Any]
    _programs: ExitStack = field(default_factory=ExitStack)

    def environment(self, service: str, **changes: str) -> dict[str, str]:
        """Return the environment of a service's processes.

        Args:
            service: registry, health, training or gateway.
            changes: Settings that differ, by full name.
        """
        store = next(store for name, store in self.stores.items() if service_of(name) == service)
        blobs = Installation(self.folder).blobs_folder
        settings = settings_of(service, store=store, ports=self.ports, keys=self.keys, environment="demo", blobs=blobs)
        return settings | changes

    def serve(self, service: str, *, core: int | None = SERVER_CORE, **changes: str) -> Running:
        """Start a service on its port; it ends with the stand.

        Args:
            service: registry, health, training or gateway.
            core: Core it may use; all when None.
            changes: Settings that differ, by full name.
        """
        port: int = getattr(self.ports, service)
        command = [sys.executable, "-P", "-m", "services", "serve", service, "--port", str(port)]
        environment = self.environment(service, **changes)
        program = running(command, log=self.folder / f"{service}.log", core=core, port=port, environment=environment)
        return Running(self.ports.url(service), self._programs.enter_context(program).pid)

    def work(self, service: str, *, core: int | None = SERVER_CORE) -> int:
        """Start a service's worker and return its process id; it ends with the stand."""
        command = [sys.executable, "-P", "-m", "services", "work", service]
        environment = self.environment(service, INDIMAJ_AUDIT_KEY=self.keys["audit_key"])  # workers alone seal
        program = running(command, log=self.folder / f"{service}-worker.log", core=core, environment=environment)
        return self._programs.enter_context(program).pid

    def stop_programs(self) -> None:
        """Stop every service and worker; databases stay."""
        self._programs.close()

    def internal_token(self, service: str, *, client: str = "integrator", purpose: str = "REGISTRATION") -> str:
        """Return the token by which the gateway would vouch for a demo client to a service; it lives a minute."""
        entry = self.clients[client]
        represented = Represented(client, entry["client_id"], entry["organisation"])

        async def write() -> str:
            database = Database(self.stores["gateway"].url, pool_size=2)
            seal = Seal(bytes.fromhex(self.keys["key_encryption_key"]))
            try:

                async def load(at: datetime) -> Sequence[StoredKey]:
                    async with database.sessions.begin() as session:
                        return await ensure_signing_keys(session, seal=seal, at=at)

                key = await Keyring(load, seal, clock.now, lambda: None).current(KeyUse.INTERNAL)
                scopes = frozenset(entry["scopes"])
                shares = frozenset(Share(resource_of(scope)) for scope in scopes)
                at = clock.now()
                return vouch(
                    represented, service=service, scopes=scopes, purpose=purpose, shares=shares, key=key, at=at
                )
            finally:
                await database.close()

        return asyncio.run(write())

    def database_pids(self) -> list[int]:
        """Return PostgreSQL's process, whose backends are its children."""
        return [self.server.pid] if self.server.pid else []

    def pin_database(self, core: int | None) -> None:
        """Let PostgreSQL, and every backend it starts from now on, use one core; all again when None."""
        allowed = {core} if core is not None else set(range(os.cpu_count() or 1))
        for pid in self.database_pids():
            for member in noise.family(pid):
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(member, allowed)

    def persons(self, count: int) -> list[str]:
        """Return the ids of so many stored persons, spread over the table."""
        with psycopg.connect(self.stores["registry"].admin_url) as connection:
            rows = connection.execute("SELECT id::text FROM person ORDER BY md5(id::text) LIMIT %s", [count]).fetchall()
        return [row[0] for row in rows]

    def token(self, client: str = "integrator") -> str:
        """Return an access token with every right of a demo client; the gateway must run."""
        entry = self.clients[client]
        answer = httpx.post(
            f"{self.ports.url('gateway')}/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(entry["client_id"], entry["client_secret"]),
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def _lift_limits(store: Store, organisations: Sequence[str]) -> None:
    """Give partners limits that are never reached, in the way in which an administrator would."""
    names = [policy.name for limited in classes() if limited.by == BY_CLIENT for policy in limited.policies]
    with psycopg.connect(store.admin_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO limit_override (organisation, policy, version, units, window_s, burst)"
            " VALUES (%s, %s, 1, %s, %s, %s)",
            [(organisation, name, *_NEVER_BITES) for organisation in organisations for name in names],
        )


@contextmanager
def stand() -> Iterator[Stand]:
    """Make the stand ready for the length of a `with` block, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="indimaj-bench-"))
    folder.chmod(_ENTERABLE)
    installation = Installation(folder)
    ports = Ports(*(free_port() for _ in range(4)))
    server = Server(installation.postgres_folder)
    try:
        with server:
            stores = {name: create_store(server, name) for name in STORES}
            for name, store in stores.items():
                migrate(name, store.owner_url)
            keys = installation.secrets()
            worker_secrets = {f"{name}-worker": keys[f"{name}_client_secret"] for name in ("health", "training")}
            ensure_worker_clients(stores["gateway"].url, worker_secrets)
            demo = ensure_demo_clients(
                stores["gateway"].url,
                environment="demo",
                file=installation.demo_file,
                base_url=ports.url("gateway"),
                secrets=worker_secrets,
            )
            _lift_limits(stores["gateway"], sorted({entry["organisation"] for entry in demo["clients"].values()}))
            made = Stand(folder, server, stores, keys, ports, demo["clients"])
            try:
                yield made
            finally:
                made.stop_programs()
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)
