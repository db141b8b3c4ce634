"""Clients of the gateway that exist before anybody can call it: the workers', the demo partners', the first one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Entry, Terms
from services.gateway.access.domain.credentials import matches
from services.gateway.access.domain.records import IssuedClient
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.operations.renew_secret import renew_secret
from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.access.reference import catalogue
from services.gateway.access.store.clients import find_client
from services.kit import clock
from services.kit.database import Database
from services.kit.periods import Period
from services.stack.installation import DEFAULT_FOLDER, FOLLOWERS, Installation
from services.stack.postgres import Server
from services.stack.secret_files import read_document, write_document
from services.stack.stores import roles_of

_MACHINE = "service"
Answer = TypeVar("Answer")


class NoDatabaseError(RuntimeError):
    """Nobody said where the gateway's database is, and none runs here."""


def ensure_worker_clients(url: str, secrets: Mapping[str, str]) -> None:
    """Make the workers' clients, or give them their present secrets; running it again changes nothing.

    Args:
        url: The gateway's database.
        secrets: Plain secrets by client id, such as `health-worker`.
    """

    async def ensure(session: AsyncSession) -> None:
        at = clock.now()
        for machine in catalogue.demo_clients():
            secret = secrets.get(machine.client_id)
            if machine.kind != _MACHINE or secret is None:
                continue
            known = await find_client(session, machine.client_id, at=at)
            if known is None:
                await create_client(
                    session,
                    client_id=machine.client_id,
                    organisation=machine.organisation,
                    organisation_name=machine.organisation_name,
                    kind=machine.kind,
                    scopes=machine.scopes,
                    at=at,
                    secret=secret,
                )
            elif not matches(secret, known.digests):
                await renew_secret(session, client_id=machine.client_id, at=at, secret=secret)
            for terms in machine.agreements:
                await grant_agreement(session, organisation=machine.organisation, terms=terms, at=at)

    in_transaction(url, ensure)


def ensure_demo_clients(
    url: str, *, environment: str, file: Path, base_url: str, secrets: Mapping[str, str]
) -> dict[str, Any]:
    """Make the demo partners and write their credentials; those whose secret is known keep it.

    Args:
        url: The gateway's database.
        environment: Must be one for demonstrations.
        file: Written as `{"base_url", "token_url", "clients": {name: {...}}}`, readable to its owner.
        base_url: The gateway as the partners reach it.
        secrets: Plain secrets of the workers' clients, made beforehand.

    Returns:
        What the file holds.

    Raises:
        services.gateway.access.domain.errors.DemoOutsideDemoError: The environment is for real data.
    """
    partners = [client.client_id for client in catalogue.demo_clients() if client.kind != _MACHINE]
    before = read_document(file)
    known: dict[str, Any] = before.get("clients", {})
    lost = any(name not in known for name in partners)

    async def seed(session: AsyncSession) -> list[IssuedClient]:
        return await seed_demo_clients(session, environment=environment, at=clock.now(), secrets=secrets, renew=lost)

    issued = {client.client_id: client for client in in_transaction(url, seed)}
    clients = {name: _entry(issued[name]) if name in issued else known[name] for name in partners}
    document = {**before, "base_url": base_url, "token_url": f"{base_url}/oauth2/token", "clients": clients}
    write_document(file, document)
    return document


def create_first_client(
    url: str,
    client_id: str,
    *,
    organisation: str,
    scopes: Sequence[str],
    purposes: Sequence[str],
    authorisation: str | None,
) -> IssuedClient:
    """Make a client by hand, as when there is nobody yet who could ask the gateway for one.

    With purposes it makes, or extends, an agreement of its organisation: everything of the scopes' resources, for
    these purposes, from today and until it is ended.

    Args:
        url: The gateway's database.
        client_id: 3 to 64 lower-case letters, digits, `.`, `-`, `_`.
        organisation: Code of its organisation.
        scopes: What its tokens may carry.
        purposes: What it may ask for personal data for.
        authorisation: Number of the authorisation (CNDP) under which it may; without one, there is no agreement.
    """

    async def create(session: AsyncSession) -> IssuedClient:
        at = clock.now()
        made = await create_client(session, client_id=client_id, organisation=organisation, scopes=scopes, at=at)
        if authorisation and purposes:
            actions: dict[str, set[str]] = {}
            for scope in scopes:
                resource, _, action = scope.partition(":")
                actions.setdefault(resource, set()).add(action)
            entries = tuple(Entry(resource, frozenset(found)) for resource, found in sorted(actions.items()))
            terms = Terms(authorisation, frozenset(purposes), entries, Period(clock.today()))
            await grant_agreement(session, organisation=organisation, terms=terms, at=at, extend=True)
        return made

    return in_transaction(url, create)


def worker_secrets_from_environment() -> dict[str, str]:
    """Return the workers' secrets by client id, as their own settings name them (INDIMAJ_<SERVICE>_CLIENT_SECRET)."""
    variables = {f"{service}-worker": f"INDIMAJ_{service.upper()}_CLIENT_SECRET" for service in FOLLOWERS}
    return {name: os.environ[variable] for name, variable in variables.items() if os.environ.get(variable)}


def gateway_database_url() -> str:
    """Return the gateway's database: of the environment, or of the installation that `up` runs in INDIMAJ_FOLDER.

    Raises:
        NoDatabaseError: There is neither.
    """
    url = os.environ.get("INDIMAJ_GATEWAY_DATABASE_URL")
    if url:
        return url
    installation = Installation(Path(os.environ.get("INDIMAJ_FOLDER", DEFAULT_FOLDER)).resolve())
    server = Server(installation.postgres_folder)
    if server.pid is None:
        raise NoDatabaseError("set INDIMAJ_GATEWAY_DATABASE_URL, or run ./start in another terminal")
    server.start()
    return server.url("gateway", role=roles_of("gateway")[1])


def environment() -> str:
    """Return what this installation is for, as INDIMAJ_ENVIRONMENT says: `production` unless it says otherwise."""
    return os.environ.get("INDIMAJ_ENVIRONMENT", "production")


def _entry(client: IssuedClient) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "organisation": client.organisation,
        "scopes": list(client.scopes),
    }


def in_transaction(url: str, work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
    """Run a piece of work in one transaction on an event loop of its own."""

    async def run() -> Answer:
        database = Database(url, pool_size=2)
        try:
            async with database.sessions.begin() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())
