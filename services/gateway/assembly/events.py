"""Events: what agreements give, how receivers are reached, and how secrets are sealed."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import given
from services.gateway.access.reference import catalogue as rights
from services.gateway.access.store import agreements, partners
from services.gateway.access.store.sealing import Seal
from services.gateway.events.api.dependencies import Tools
from services.gateway.events.clients.receivers import Receivers, resolve
from services.gateway.events.domain.targets import Rules
from services.gateway.events.reference.settings import catalogue, patience
from services.gateway.events.store.sealing import SecretBox
from services.gateway.settings import GatewaySettings
from services.kit.callers import resource_of

SUBSCRIBE = "events:subscribe"
_READ = ":read"


def wire_events(control: FastAPI, settings: GatewaySettings) -> None:
    """Wire the area's tools into the control plane's state."""
    control.state.events = event_tools(settings)


def event_tools(settings: GatewaySettings) -> Tools:
    """Return what the routes and the worker of events are given."""
    local = settings.allow_local_webhooks and settings.environment != "production"
    patient = patience()
    return Tools(
        catalogue=catalogue(),
        patience=patient,
        receivers=Receivers(Rules(loopback=local), patient.timeout_s, resolve),
        given_to=given_to,
        box=SecretBox(Seal(bytes.fromhex(settings.key_encryption_key.get_secret_value()))),
    )


async def given_to(session: AsyncSession, organisation: str, purpose: str, on: date) -> Mapping[str, bool]:
    """Return what an organisation may be told of on a day: by resource, whether its own rows alone.

    An event tells that a record changed: for that an agreement must let the organisation read the resource, and be
    told of events at all. What is about nobody is open to whoever may be told.
    """
    partner = await partners.find_by_code(session, organisation)
    if partner is None or not partner.active:
        return {}
    agreed = given(await agreements.approved(session, organisation), purpose, on)
    if SUBSCRIBE not in agreed:
        return {}
    readable = {resource_of(scope): terms.own for scope, terms in agreed.items() if scope.endswith(_READ)}
    return {**_about_nobody(), **readable}


@cache
def _about_nobody() -> Mapping[str, bool]:
    return {name: False for name, resource in rights.resources().items() if not resource.personal}
