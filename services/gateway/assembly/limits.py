"""The limits: counters in this process, shared buckets in the gateway's database."""

import hashlib
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store import partners
from services.gateway.access.store.clients import find_client
from services.gateway.forwarding.api.limits import Limits
from services.gateway.forwarding.api.token_limits import Addresses, TokenLimits
from services.gateway.forwarding.domain.limits import Override, Policy
from services.gateway.forwarding.domain.matching import RouteTable
from services.gateway.forwarding.store import buckets, overrides
from services.gateway.settings import GatewaySettings
from services.kit import clock
from services.kit.database import Database


def wire_limits(control: FastAPI, settings: GatewaySettings, table: RouteTable) -> tuple[Limits, Addresses]:
    """Wire the limits into the control plane's state; return them for the data plane, with who tells addresses."""
    database: Database = control.state.database
    limits = Limits(
        take=partial(_take, database),
        overrides=partial(_overrides, database),
        sweep=partial(_sweep, database),
        operations=table.operations,
    )
    key = hashlib.sha256(b"address" + bytes.fromhex(settings.pseudonym_key.get_secret_value())).digest()
    addresses = Addresses(settings.trusted_networks, key)
    control.state.limits, control.state.token_limits = limits, TokenLimits(limits, addresses)
    control.state.address_of = addresses.written
    control.state.find_partner = _find_partner
    return limits, addresses


async def _find_partner(session: AsyncSession, partner_id: UUID, client_id: str | None) -> str | None:
    partner = await partners.find(session, partner_id)
    if partner is None or client_id is None:
        return partner.code if partner else None
    client = await find_client(session, client_id, at=clock.now())
    return partner.code if client is not None and client.organisation == partner.code else None


async def _take(
    database: Database, subject: str, policy: Policy, *, least: int, most: int, known: int, now: int
) -> tuple[int, int]:
    return await buckets.take(await database.pool(), subject, policy, least=least, most=most, known=known, now=now)


async def _overrides(database: Database) -> Sequence[Override]:
    return await overrides.in_force(await database.pool())


async def _sweep(database: Database, now: int) -> None:
    await buckets.forget_whole(await database.pool(), now=now)
