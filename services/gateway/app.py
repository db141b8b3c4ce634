"""Build the gateway: the data plane in front, the control plane behind it."""

import atexit
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from starlette.datastructures import State
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from services.gateway.access.api import introspection, metadata, tokens
from services.gateway.access.reference import catalogue
from services.gateway.assembly.access import wire_access
from services.gateway.assembly.audit import REFUSALS as AUDIT_REFUSALS
from services.gateway.assembly.audit import ROUTERS as AUDIT_ROUTES
from services.gateway.assembly.audit import wire_audit
from services.gateway.assembly.events import wire_events
from services.gateway.assembly.extracts import ROUTERS as EXTRACT_ROUTES
from services.gateway.assembly.extracts import wire_extracts
from services.gateway.assembly.limits import wire_limits
from services.gateway.assembly.partners import REFUSALS as PARTNER_REFUSALS
from services.gateway.assembly.partners import ROUTERS as PARTNER_ROUTES
from services.gateway.assembly.people import REFUSALS as PEOPLE_REFUSALS
from services.gateway.assembly.people import ROUTERS as PEOPLE_ROUTES
from services.gateway.assembly.people import wire_people
from services.gateway.assembly.portal import PORTAL_ROUTES, wire_portal
from services.gateway.assembly.upstreams import upstreams as upstreams_of
from services.gateway.events.api import deliveries, events, jobs, subscriptions
from services.gateway.events.api import problems as events_problems
from services.gateway.forwarding.api import access_line, documents, limit_routes
from services.gateway.forwarding.api import problems as forwarding_problems
from services.gateway.forwarding.api.data_plane import DataPlane
from services.gateway.forwarding.api.published import read_documents
from services.gateway.forwarding.clients.upstream import (
    Upstream,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
)
from services.gateway.forwarding.domain.matching import RouteTable
from services.gateway.forwarding.domain.merging import merge
from services.gateway.forwarding.domain.operations import LOCAL, published
from services.gateway.persons.api import compositions
from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.settings import GatewaySettings
from services.kit import application, clock, problems
from services.kit.callers import PURPOSES
from services.kit.problems import ProblemType

_STATIC = Path(__file__).parent / "static"
_HEAD = Path(__file__).parent / "migrations" / "HEAD"
_REFUSALS: dict[type[Exception], ProblemType] = {
    PersonUnknownError: problems.NOT_FOUND,
    **forwarding_problems.REFUSALS,
    **PARTNER_REFUSALS,
    **PEOPLE_REFUSALS,
    **events_problems.PROBLEMS,
    **AUDIT_REFUSALS,
    UpstreamError: problems.UNAVAILABLE,
    UpstreamTimeoutError: problems.TIMED_OUT,
    UpstreamProtocolError: forwarding_problems.MISBEHAVED,
}


class Gateway:
    """The gateway as an ASGI application.

    Attributes:
        control: The control plane; `state`, `dependency_overrides` and the like are its.
        plane: The data plane in front of it.
        table: Every published operation.
        upstreams: The connections to the services, with their base URLs.
    """

    def __init__(
        self, control: FastAPI, plane: DataPlane, table: RouteTable, upstreams: Mapping[str, tuple[bytes, Upstream]]
    ) -> None:
        self.control, self.table, self.upstreams, self.plane = control, table, upstreams, plane

    @property
    def state(self) -> State:
        """The control plane's state."""
        return self.control.state

    def openapi(self) -> dict[str, Any]:
        """Return the merged document, as it is published."""
        return cast("dict[str, Any]", self.state.document)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self.plane(scope, receive, send)


def create_app(settings: GatewaySettings | None = None) -> Gateway:
    """Return the gateway.

    Args:
        settings: From the environment where left out.

    Raises:
        FileNotFoundError: A published document is missing.
        UnpublishableDocumentError: The documents contradict one another.
    """
    settings = settings or GatewaySettings()
    upstreams = upstreams_of(settings)
    control = _control_plane(settings, upstreams)
    state = control.state
    wire_events(control, settings)
    passports = wire_access(control, settings, upstreams)
    wire_people(control, settings)
    wire_audit(control)
    wire_extracts(control)
    services = read_documents(settings.documents)
    own = control.openapi()
    table = RouteTable(
        operation
        for service, document in {LOCAL: own, **services}.items()
        for operation in published(service, document)
    )
    state.document = merge(
        own,
        services,
        server=settings.public_url,
        scopes={scope.name: scope.description for scope in catalogue.scopes() if scope.partner},
        purposes=PURPOSES,
    )
    state.published = documents.Published.of(state.document)
    limits, addresses = wire_limits(control, settings, table)
    lines = access_line.AccessLines(settings.log_level)
    atexit.register(lines.flush)
    plane = DataPlane(
        table=table,
        upstreams=upstreams,
        passports=passports,
        limits=limits,
        addresses=addresses,
        control=control,
        lines=lines,
        now=clock.now,
    )
    gateway = Gateway(control, plane, table, upstreams)
    wire_portal(control, settings, gateway)
    return gateway


def _control_plane(settings: GatewaySettings, upstreams: Mapping[str, tuple[bytes, Upstream]]) -> FastAPI:
    control = application.build(
        "gateway",
        settings=settings,
        routers=[
            tokens.router,
            introspection.router,
            metadata.router,
            *PARTNER_ROUTES,
            *AUDIT_ROUTES,
            *EXTRACT_ROUTES,
            compositions.router,
            jobs.router,
            subscriptions.router,
            deliveries.router,
            events.router,
            limit_routes.router,
            documents.router,
            *PEOPLE_ROUTES,
            *(PORTAL_ROUTES if settings.oidc_issuer is None else ()),  # the tokens that it writes are our own
        ],
        refusals=_REFUSALS,
        types=forwarding_problems.TYPES,
        schema_head=_HEAD.read_text(encoding="ascii").strip(),
        description="The one door to Indimaj: every public operation of its services, one token, one error shape.",
    )
    control.title = "Indimaj"
    control.mount("/docs/assets", StaticFiles(directory=_STATIC), name="assets")
    inner = control.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # what was built at start lives as long as the process: the collector need not look through it again
        gc.collect()
        gc.freeze()
        async with inner(app):
            yield
            await app.state.limits.close()
        for _, upstream in upstreams.values():
            await upstream.close()

    control.router.lifespan_context = lifespan
    return control
