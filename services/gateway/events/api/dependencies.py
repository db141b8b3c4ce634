"""What the routes of this area are given."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.gateway.events.clients.receivers import Receivers
from services.gateway.events.domain.catalogue import Catalogue
from services.gateway.events.reference.settings import Patience
from services.gateway.events.store.ports import GivenTo
from services.gateway.events.store.sealing import SecretBox
from services.kit.audit import Trail
from services.kit.callers import Caller, requires
from services.kit.database import WriteSession
from services.kit.problems import Problem


@dataclass(frozen=True, slots=True)
class Tools:
    """What `app.state.events` holds."""

    catalogue: Catalogue
    patience: Patience
    receivers: Receivers
    given_to: GivenTo
    box: SecretBox


async def _tools(request: Request) -> Tools:
    tools: Tools = request.app.state.events
    return tools


async def _recorded(request: Request, session: WriteSession) -> AsyncIterator[None]:
    """Write an audit row of a change in its transaction; of a refused one, in one of its own.

    A subscription says where references to persons go: that is a disclosure to come.
    """
    trail: Trail = request.state.trail
    trail.caller = request.state.caller
    try:
        yield
    except Exception as error:
        name = error.type.slug if isinstance(error, Problem) else type(error).__name__
        await trail.write_alone(await request.app.state.database.pool(), f"refused:{name}")
        raise
    await trail.write(session)


Given = Annotated[Tools, Depends(_tools)]
Subscriber = Annotated[Caller, requires("events:subscribe", personal=False)]
Recorded = Annotated[None, Depends(_recorded, scope="function")]
"""On a route that changes something; after the caller, who is named in the row."""
