"""The portal: its door to the API, whose tokens open it, and how full the limits are."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

from fastapi import FastAPI
from starlette.types import ASGIApp

from services.gateway.access.domain.grants import AccessGrant
from services.gateway.access.domain.records import KeyUse
from services.gateway.access.operations.ensure_portal_client import ensure_portal_client
from services.gateway.access.operations.write_access_token import write_access_token
from services.gateway.forwarding.api.limits import Limits
from services.gateway.forwarding.domain.limits import SECOND, Policy
from services.gateway.forwarding.reference.limits import BY_CLIENT, classes
from services.gateway.forwarding.store.standing import read_standing
from services.gateway.pages.visitors import Visitor
from services.gateway.settings import GatewaySettings
from services.gateway.steering.api import delivery_pages, partner_pages, trial_pages
from services.gateway.steering.api.frame import Portal
from services.gateway.steering.clients.own_door import OwnDoor
from services.gateway.steering.domain.offers import offers
from services.gateway.steering.domain.partner import Gauge
from services.kit import clock

PORTAL_ROUTES = (partner_pages.router, delivery_pages.router, trial_pages.router)
"""The routers of the portal's pages; they stand in no OpenAPI document."""


def wire_portal(control: FastAPI, settings: GatewaySettings, gateway: ASGIApp) -> None:
    """Wire the portal into the control plane's state.

    Args:
        control: The control plane.
        settings: Of the gateway.
        gateway: The gateway as the outside sees it: the portal's questions pass the same gates.
    """
    state = control.state
    database = state.database

    async def token_for(visitor: Visitor) -> str:
        at = clock.now()
        async with database.sessions.begin() as session:
            client_id = await ensure_portal_client(session, visitor.organisation, at=at)
        grant = AccessGrant(
            subject=str(visitor.account_id),
            client_id=client_id,
            organisation=visitor.organisation,
            scope=" ".join(sorted(visitor.scopes)),
            jti=token_hex(16),
        )
        key = await state.keyring.current(KeyUse.ACCESS)
        return write_access_token(grant, issuer=settings.public_url, audience=settings.audience, key=key, at=at)

    async def meters(organisation: str, clients: Sequence[str], at: datetime) -> list[Gauge]:
        limits: Limits = state.limits
        await limits.refresh()
        standing = await read_standing(await database.pool(), clients)
        now = int(at.timestamp() * SECOND)
        found = []
        for client in clients:
            for limited in classes():
                for default in limited.policies if limited.by == BY_CLIENT else ():
                    policy = limits.policy_for(default, organisation, client)
                    ahead = max(0, standing.get((client, policy.name), 0) - now)
                    found.append(
                        Gauge(
                            client_id=client,
                            limit_class=limited.name,
                            policy=policy.name,
                            units=policy.units,
                            window_s=policy.window_s,
                            burst=policy.burst,
                            used=_used(policy, ahead, limits.held(limited, client, policy.name)),
                            own=policy != default,
                        )
                    )
        return found

    state.portal = Portal(OwnDoor(gateway, token_for), meters, settings.public_url, offers(state.document))


def _used(policy: Policy, ahead: int, held: int) -> int:
    """Return the units in use, of a bucket that stands so many microseconds ahead; what is leased is not used yet."""
    return max(0, min(policy.burst, -(-ahead // policy.interval) - held))
