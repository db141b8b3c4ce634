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

from services.gateway.access.api import metadata, tokens
from services.gateway.access.reference import catalogue
from services.gateway.assembly.access import wire_access
from services.gateway.assembly.upstreams import upstreams as upstreams_of
from services.gateway.events.api import jobs
from services.gateway.forwarding.api import access_line, documents
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

_STATIC = Path(__file__).parent / "static"
_HEAD = Path(__file__).parent / "migrations" / "HEAD"
_REFUSALS = {
    PersonUnknownError: problems.NOT_FOUND,
    UpstreamError: problems.UNAVAILABLE,
    UpstreamTimeoutError: forwarding_problems.TIMED_OUT,
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
    passports = wire_access(control, settings, upstreams)
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
    lines = access_line.AccessLines(settings.log_level)
    atexit.register(lines.flush)
    plane = DataPlane(
        table=table,
        upstreams=upstreams,
        passports=passports,
        control=control,
        lines=lines,
        now=clock.now,
    )
    return Gateway(control, plane, table, upstreams)


def _control_plane(settings: GatewaySettings, upstreams: Mapping[str, tuple[bytes, Upstream]]) -> FastAPI:
    control = application.build(
        "gateway",
        settings=settings,
        routers=[tokens.router, metadata.router, compositions.router, jobs.router, documents.router],
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
        for _, upstream in upstreams.values():
            await upstream.close()

    control.router.lifespan_context = lifespan
    return control
