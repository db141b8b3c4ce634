"""The former head's side, a team that helps and others; and the workers that tell the services of what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import psycopg

from services.background.follower import Follower
from services.gateway.access.domain.agreements import Entry, Terms
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.reference import catalogue
from services.gateway.assembly import working
from services.gateway.assembly.events import event_tools
from services.gateway.settings import GatewaySettings
from services.health import worker as health
from services.kit import http
from services.kit.callers import PURPOSES
from services.kit.database import Database
from services.kit.periods import Period
from services.training import worker as training
from tests.contract.partners import OVERSEEING, Partner
from tests.support.asgi import settings_for
from tests.support.system import System

TEAM, LAWYERS, APPLICATION, OTHERS = "solidarity", "his-lawyers", "his-application", "another-team"
FORMER_HEAD = {"names": [{"family": "Traore", "given": "Moussa"}], "sex": "M", "birth": {"year": 1985}}
CHILD = {"names": [{"family": "Traore", "given": "Binta"}], "sex": "F", "birth": {"year": 2016}}


async def agree(system: System) -> dict[str, str]:
    """Make a client for each organisation, with an agreement on everybody's rows; return secrets."""
    database = Database(system.stores["gateway"].url)
    at = datetime.now(UTC)
    shapes = {name: shape for name, shape in catalogue.shapes().items() if name not in OVERSEEING | {"facts"}}
    entries = tuple(Entry(name, shape.actions) for name, shape in shapes.items())
    scopes = [f"{name}:{action}" for name, shape in shapes.items() for action in shape.actions]
    issued = {}
    async with database.sessions.begin() as session:
        for name in (TEAM, LAWYERS, APPLICATION, OTHERS):
            client = await create_client(session, client_id=name, organisation=name, scopes=scopes, at=at)
            terms = Terms(f"TEST {name}", PURPOSES, entries, Period(date(2026, 1, 1), None))
            await grant_agreement(session, organisation=name, terms=terms, at=at)
            issued[name] = client.client_secret
    await database.close()
    with psycopg.connect(system.stores["gateway"].admin_url) as connection:
        connection.execute("UPDATE client SET serves_persons = true WHERE id = %s", [APPLICATION])
    return issued


def catch_up(system: System) -> None:
    """Let every follower of every feed come to its end: what the workers do all the time."""
    asyncio.run(_catch_up(system))


async def _catch_up(system: System) -> None:
    settings = GatewaySettings(
        **settings_for(system.stores["gateway"], gateway_url=system.base_url),
        key_encryption_key="33" * 32,
        registry_url=system.urls["registry"],
        health_url=system.urls["coverage"],
        training_url=system.urls["training"],
    )
    databases = {name: Database(system.stores[name].url) for name in ("gateway", "coverage", "training")}

    def service(store: str, client_id: str, purpose: str, apply: Any) -> tuple[str, Follower]:
        follower = Follower(
            databases[store],
            gateway_url=system.base_url,
            credentials=(client_id, system.secrets[client_id]),
            purpose=purpose,
            apply=apply,
        )
        return system.base_url, follower

    followers = [
        service("coverage", "health-worker", health.PURPOSE, health.apply),
        service("training", "training-worker", training.PURPOSE, training.apply),
    ]
    for feed in working.feeds(databases["gateway"], settings, event_tools(settings)):
        follower: Any = getattr(feed, "__self__")  # noqa: B009  # the follower whose loop the worker runs
        followers.append((follower._gateway_url, follower))  # stepped here instead
    try:
        for url, follower in followers:
            async with http.client(url, timeout_s=30) as peer:
                while await partial(follower.step, peer)():
                    pass
    finally:
        for database in databases.values():
            await database.close()


class Side(Partner):
    """One who asks on the former head's side, or on another; `acting_for` is named with every call."""

    acting_for: str | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        purpose: str = "REGISTRATION",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Any:
        """Send a request."""
        named = {} if self.acting_for is None else {"acting-for": self.acting_for}
        return super().ask(method, path, purpose=purpose, headers={**named, **(headers or {})}, **more)
