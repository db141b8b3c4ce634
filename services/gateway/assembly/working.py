"""The gateway's worker: follows the services' feeds, delivers events, turns keys, forgets what is old."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.background.follower import Follower, Item
from services.background.jobs import JobContext, TaskFunction
from services.background.worker import Background
from services.gateway.access.domain.records import KeyUse, Represented, StoredKey
from services.gateway.access.operations.ensure_signing_keys import ensure_signing_keys
from services.gateway.access.operations.prune_grants import prune_grants
from services.gateway.access.operations.rotate_signing_keys import rotate_signing_keys
from services.gateway.access.operations.vouch import vouch
from services.gateway.access.store.keyring import Keyring
from services.gateway.access.store.sealing import Seal
from services.gateway.assembly.events import event_tools
from services.gateway.events.api.dependencies import Tools
from services.gateway.events.contract.feeds import change_of
from services.gateway.events.operations.deliver_event import DeliveryTools, deliver_event
from services.gateway.events.operations.dispatch_deliveries import dispatch_deliveries
from services.gateway.events.operations.purge_events import purge_events
from services.gateway.events.operations.record_events import record_events
from services.gateway.events.operations.replay_events import replay_events
from services.gateway.events.operations.revive_dead_letters import revive_dead_letters
from services.gateway.events.operations.start_replay import REPLAY, REVIVE
from services.gateway.settings import GatewaySettings
from services.kit import clock
from services.kit.audit import Pseudonyms
from services.kit.callers import Share
from services.kit.database import Database
from services.kit.logs import log
from services.kit.tokens import INTERNAL_ISSUER

MYSELF = Represented(INTERNAL_ISSUER, INTERNAL_ISSUER, "indimaj")
"""As whom the gateway reads feeds: for nobody but the programme itself."""

SCOPE = "changes:read"
FEEDS = (
    ("registry", "registry", "REGISTRATION"),
    ("coverage", "health", "HEALTH_COVERAGE"),
    ("courses", "training", "TRAINING"),
)
"""Each feed's name, the service that keeps it, and the purpose that the service's audit trail shows."""

HOURLY_S = 3600.0
_DICE_SIDES = 1_000_000


def feeds(database: Database, settings: GatewaySettings, tools: Tools) -> list[Background]:
    """Return what follows the services' feeds and takes up their changes as events."""
    seal = Seal(bytes.fromhex(settings.key_encryption_key.get_secret_value()))

    async def load(at: datetime) -> Sequence[StoredKey]:
        async with database.sessions.begin() as session:
            return await ensure_signing_keys(session, seal=seal, at=at)

    keyring = Keyring(load, seal, clock.now, lambda: None)
    urls = {"registry": settings.registry_url, "health": settings.health_url, "training": settings.training_url}
    return [
        Follower(
            database,
            gateway_url=urls[service].rstrip("/"),
            credentials=partial(_token, keyring, service, purpose),
            purpose=purpose,
            apply=partial(_apply, source, tools),
            source=source,
        ).run
        for source, service, purpose in FEEDS
    ]


async def _token(keyring: Keyring, service: str, purpose: str) -> str:
    """Write a token for one page: the gateway needs no client of its own, it is who services believe."""
    return vouch(
        MYSELF,
        service=service,
        scopes=frozenset({SCOPE}),
        purpose=purpose,
        shares=[Share("changes")],
        key=await keyring.current(KeyUse.INTERNAL),
        at=clock.now(),
    )


async def _apply(source: str, tools: Tools, session: AsyncSession, items: Sequence[Item]) -> None:
    changes = [change_of(source, item) for item in items]
    await record_events(session, changes, catalogue=tools.catalogue, given_to=tools.given_to, at=clock.now())


def deliveries(database: Database, settings: GatewaySettings, tools: Tools) -> Background:
    """Return what sends events."""
    made_with = DeliveryTools(
        receivers=tools.receivers,
        given_to=tools.given_to,
        box=tools.box,
        schedule=tools.patience.schedule,
        pseudonyms=Pseudonyms(bytes.fromhex(settings.pseudonym_key.get_secret_value())),
        now=clock.now,
        dice=lambda: secrets.randbelow(_DICE_SIDES) / _DICE_SIDES,
    )

    async def run(stopping: asyncio.Event) -> None:
        deliver = partial(_deliver, database, made_with)
        await dispatch_deliveries(database, deliver, patience=tools.patience, now=clock.now, stopping=stopping)

    return run


async def _deliver(database: Database, made_with: DeliveryTools, claimed: Any) -> None:
    await deliver_event(database, claimed, made_with)


def housekeeping(database: Database, settings: GatewaySettings, tools: Tools) -> Background:
    """Return what turns signing keys, and forgets spent codes, expired tokens and old events, every hour."""
    seal = Seal(bytes.fromhex(settings.key_encryption_key.get_secret_value()))
    kept = tools.patience.kept

    async def turn_keys(session: AsyncSession, at: datetime) -> int:
        await rotate_signing_keys(session, seal=seal, at=at)
        return 0

    async def prune(session: AsyncSession, at: datetime) -> int:
        await prune_grants(session, at=at)
        return 0

    async def purge(session: AsyncSession, at: datetime) -> int:
        return await purge_events(session, kept=kept, at=at)

    async def run(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            for chore in (turn_keys, prune, purge):
                while await _in_peace(database, chore) and not stopping.is_set():
                    pass
            try:
                await asyncio.wait_for(stopping.wait(), HOURLY_S)
            except TimeoutError:
                continue

    return run


async def _in_peace(database: Database, chore: Callable[[AsyncSession, datetime], Awaitable[int]]) -> int:
    """Do a chore in a transaction of its own; return how much it did, nothing where trouble came between."""
    try:
        async with database.sessions.begin() as session:
            return await chore(session, clock.now())
    except (OSError, SQLAlchemyError) as error:
        log.warning("chore_interrupted", error=type(error).__name__)
        return 0


def tasks(tools: Tools) -> Mapping[str, TaskFunction]:
    """Return the jobs that the gateway runs, by kind."""

    async def replay(context: JobContext) -> Mapping[str, Any]:
        return await replay_events(context, catalogue=tools.catalogue, given_to=tools.given_to, at=clock.now())

    return {REPLAY: replay, REVIVE: revive_dead_letters}


def backgrounds(database: Database, settings: GatewaySettings) -> tuple[Mapping[str, TaskFunction], list[Background]]:
    """Return the jobs that the worker runs, and all that it does beside them."""
    tools = event_tools(settings)
    beside = [*feeds(database, settings, tools), deliveries(database, settings, tools)]
    return tasks(tools), [*beside, housekeeping(database, settings, tools)]
