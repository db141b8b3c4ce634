"""Everything on one machine: databases, migrations, keys, four services, workers, demo data; then watch over it."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from services.gateway.access.store.sealing import Seal
from services.kit import clock
from services.stack.clients import ensure_demo_clients, ensure_worker_clients
from services.stack.demo import DemoData, DemoDataRefusedError, signed_in
from services.stack.display import Display
from services.stack.installation import (
    DEFAULT_FOLDER,
    FOLLOWERS,
    AlreadyRunningError,
    Installation,
    Ports,
    choose_ports,
    settings_of,
    store_of,
)
from services.stack.migrations import STORES, migrate
from services.stack.people import ensure_demo_accounts
from services.stack.postgres import PostgresError, Server
from services.stack.processes import LAUNCHER, Child, NotReadyError, Supervisor
from services.stack.stores import Store, create_store

BEHIND = ("registry", "health", "training")
"""The services behind the gateway."""

WORKING = (*BEHIND, "gateway")
"""The services that have a worker."""

Answer = TypeVar("Answer")
_WATCH_S = 0.5
_PYTHON = (sys.executable, "-P", "-m", "services")


def up(*, folder: Path | None, port: int, empty: bool, verbose: bool) -> int:
    """Run everything until Ctrl-C or SIGTERM, then stop it in order; return the exit code.

    Args:
        folder: Where data, keys and logs are kept; `.local` of the checkout without it.
        port: The gateway's port; the services take the next three.
        empty: Without demo clients and demo persons.
        verbose: Show access lines too.
    """
    installation = Installation((folder or DEFAULT_FOLDER).resolve())
    display = Display(installation.logs_folder, verbose=verbose)
    try:
        with installation.claimed():
            return asyncio.run(_Launch(installation, display, port=port, empty=empty).run())
    except (AlreadyRunningError, NotReadyError, PostgresError) as trouble:
        display.console.print(str(trouble), style="red", markup=False)
        return 1
    finally:
        display.close()


class _Launch:
    """One run of everything, from the first step to the last drain."""

    def __init__(self, installation: Installation, display: Display, *, port: int, empty: bool) -> None:
        self._installation = installation
        self._display = display
        self._empty = empty
        self._environment = "production" if empty else "demo"
        self._supervisor = Supervisor(display.sink)
        self._server = Server(installation.postgres_folder)
        self._ports, remarks = choose_ports(port)
        if self._server.moved_from is not None:
            remarks.append(
                f"PostgreSQL's user cannot enter {self._server.moved_from}: the data are in {self._server.home}"
            )
        self._remarks = remarks
        self._threads: set[asyncio.Future[Any]] = set()

    async def run(self) -> int:
        """Start, watch, and stop in order; return the exit code."""
        self._display.console.print("Indimaj", style="bold")
        for remark in self._remarks:
            self._display.say(remark)
        work = asyncio.create_task(self._start_and_watch())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt, work)
        try:
            await work
        except asyncio.CancelledError:
            return 0
        finally:
            await self._stop()
        return 0

    def _interrupt(self, work: asyncio.Task[None]) -> None:
        """Begin to stop; a second signal ends the processes at once."""
        if work.done() or work.cancelling():
            self._supervisor.kill()
        else:
            work.cancel()

    async def _start_and_watch(self) -> None:
        keys = self._installation.secrets()
        stores = await self._prepare_databases()
        demo = await self._prepare_clients(stores["gateway"], keys)
        await self._start_processes(stores, keys)
        if demo is not None:
            await self._send_demo_data(demo)
        self._introduce(demo)
        self._display.speak_freely()
        await self._watch_database()

    async def _prepare_databases(self) -> dict[str, Store]:
        with self._display.step("PostgreSQL"):
            await self._in_thread(self._server.start)
        stores = {}
        with self._display.step("Databases and migrations") as status:
            for name in STORES:
                status.update(f"Databases and migrations: {name}")
                stores[name] = await self._in_thread(create_store, self._server, name)
                await self._in_thread(migrate, name, stores[name].owner_url)
        return stores

    async def _prepare_clients(self, store: Store, keys: dict[str, str]) -> dict[str, Any] | None:
        """Make the workers' clients and, in a demo, the partners'; return what the demo file holds."""
        secrets = {f"{service}-worker": keys[f"{service}_client_secret"] for service in FOLLOWERS}
        with self._display.step("Clients and keys"):
            await self._in_thread(ensure_worker_clients, store.url, secrets)
            if self._empty:
                return None
            await self._in_thread(
                ensure_demo_clients,
                store.url,
                environment=self._environment,
                file=self._installation.demo_file,
                base_url=self._ports.url("gateway"),
                secrets=secrets,
            )
            return await self._in_thread(
                ensure_demo_accounts,
                store.url,
                environment=self._environment,
                file=self._installation.demo_file,
                seal=Seal(bytes.fromhex(keys["key_encryption_key"])),
            )

    async def _start_processes(self, stores: dict[str, Store], keys: dict[str, str]) -> None:
        settings = {
            service: settings_of(
                service,
                store=store_of(service, stores),
                ports=self._ports,
                keys=keys,
                environment=self._environment,
                blobs=self._installation.blobs_folder,
            )
            for service in (*BEHIND, "gateway")
        }
        with self._display.step("Services"):
            await self._supervisor.start(*(_service(name, self._ports, settings[name]) for name in BEHIND))
            await self._supervisor.start(_service("gateway", self._ports, settings["gateway"]))
        with self._display.step("Workers"):
            signing = {"INDIMAJ_AUDIT_KEY": keys["audit_key"]}  # the services themselves are not told it
            await self._supervisor.start(*(_worker(name, settings[name] | signing) for name in WORKING))

    async def _send_demo_data(self, demo: dict[str, Any]) -> None:
        data = DemoData(self._installation.folder / "demo-data.json", today=clock.today())
        if data.is_complete:
            return
        try:
            with self._display.step("Demo data") as status:
                async with signed_in(demo["base_url"], demo["clients"]["integrator"]) as partner:
                    sent = await data.send(partner, lambda done, total: status.update(f"Demo data: {done} of {total}"))
        except DemoDataRefusedError as refusal:
            self._display.console.print(f"The demo data are not complete: {refusal}", style="red", markup=False)
            return
        if not sent:
            self._display.say("the registry holds persons already: no demo data are added to them")

    def _introduce(self, demo: dict[str, Any] | None) -> None:
        base = self._ports.url("gateway")
        rows = [
            ("API for partners", base),
            ("its documentation", f"{base}/docs"),
            ("its OpenAPI document", f"{base}/openapi.json"),
            *((f"{name} (never public)", self._ports.url(name)) for name in BEHIND),
            ("PostgreSQL", f"127.0.0.1:{self._server.port}, passwords in {self._server.credentials_file}"),
            ("logs", str(self._installation.logs_folder)),
        ]
        self._display.table("Where", ("what", "where"), rows)
        if demo is None:
            folder = self._installation.folder
            where = "" if folder == DEFAULT_FOLDER else f"INDIMAJ_FOLDER={shlex.quote(str(folder))} "
            self._display.console.print(_FIRST_CLIENT.format(where=where, python=sys.executable), markup=False)
        else:
            clients = demo["clients"].values()
            cells = [(entry["client_id"], entry["client_secret"]) for entry in clients]
            self._display.table("Demo clients", ("client_id", "client_secret"), cells)
            people = [(one["username"], one["password"], one["totp_secret"]) for one in demo["accounts"].values()]
            self._display.table(f"Demo accounts ({base}/account)", ("username", "password", "TOTP secret"), people)
            self._display.console.print(f"\nalso, with their scopes, in {self._installation.demo_file}", markup=False)
        self._display.console.print("Ctrl-C stops everything; the data are kept.")
        self._display.console.print(f"\nReady: {base}", style="bold green")

    async def _watch_database(self) -> None:
        """Start PostgreSQL again whenever it falls; the services find it again by themselves."""
        while True:
            await asyncio.sleep(_WATCH_S)
            if self._server.pid is None:
                self._display.sink(LAUNCHER, "PostgreSQL ended; it starts again")
                with contextlib.suppress(PostgresError):
                    await self._in_thread(self._server.start)

    async def _stop(self) -> None:
        """Stop in order: what takes or brings work first, then who does it, then who keeps it."""
        self._display.say("stopping")
        await self._supervisor.stop("gateway", *(f"{name}-worker" for name in WORKING))
        await self._supervisor.stop()
        await asyncio.gather(*self._threads, return_exceptions=True)
        await self._in_thread(self._server.stop)

    async def _in_thread(self, function: Callable[..., Answer], *arguments: Any, **options: Any) -> Answer:
        """Call what would block, and let it finish even when we are interrupted: half a start cannot be stopped."""
        thread = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **options))
        self._threads.add(thread)
        thread.add_done_callback(self._threads.discard)
        return await asyncio.shield(thread)


def _service(name: str, ports: Ports, settings: dict[str, str]) -> Child:
    command = (*_PYTHON, "serve", name, "--port", str(getattr(ports, name)))
    return Child(name, command, settings, f"{ports.url(name)}/readyz")


def _worker(name: str, settings: dict[str, str]) -> Child:
    return Child(f"{name}-worker", (*_PYTHON, "work", name), settings)


_FIRST_CLIENT = """
Nobody can call the API yet. Create the first client (its secret is shown once):

  {where}{python} -m services create-client my-client --organisation my-organisation \\
      --scope persons:read --scope persons:write --purpose REGISTRATION --authorisation A-PO-1/2026
"""
