"""What the routes of access are given."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor
from services.gateway.access.store.keyring import Keyring
from services.gateway.settings import GatewaySettings
from services.kit import problems
from services.kit.audit import Trail
from services.kit.database import WriteSession
from services.kit.problems import Problem
from services.kit.tokens import TokenVerifier


async def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


async def _embedded(settings: Annotated[GatewaySettings, Depends(_settings)]) -> None:
    """Answer 404 where another issuer writes the tokens: this server is then not there."""
    if settings.oidc_issuer is not None:
        raise Problem(problems.NOT_FOUND)


async def _verifier(request: Request) -> TokenVerifier:
    verifier: TokenVerifier = request.app.state.access_verifier
    return verifier


async def _forget(request: Request) -> Callable[[AsyncSession], None]:
    """Let a route forget, once its transaction is stored, what this process remembers of tokens."""

    def forget(session: AsyncSession) -> None:
        event.listen(session.sync_session, "after_commit", lambda _: request.app.state.passports.forget(), once=True)

    return forget


async def _recorded(request: Request, session: WriteSession) -> AsyncIterator[Actor]:
    """Write the audit row of a change of rights in the change's transaction; of a refused one, in one of its own.

    What this process remembers of bearers is forgotten as soon as the change is stored: it acts at once here, and in
    other processes within the minute that they remember things for.
    """
    state = request.state
    trail: Trail = state.trail
    trail.caller = state.caller
    event.listen(session.sync_session, "after_commit", lambda _: request.app.state.passports.forget(), once=True)
    try:
        yield Actor(state.caller.subject, state.caller.client_id, state.request_id)
    except Exception as error:
        name = error.type.slug if isinstance(error, Problem) else type(error).__name__
        await trail.write_alone(await request.app.state.database.pool(), f"refused:{name}")
        raise
    await trail.write(session)


Keys = Annotated[Keyring, Depends(_keyring)]
Settings = Annotated[GatewaySettings, Depends(_settings)]
Verifier = Annotated[TokenVerifier, Depends(_verifier)]
Forget = Annotated[Callable[[AsyncSession], None], Depends(_forget)]

EMBEDDED = Depends(_embedded)
"""Of every route that is the OAuth server's own: `Router(dependencies=[EMBEDDED])`."""

Recorded = Annotated[Actor, Depends(_recorded, scope="function")]
"""Who changes rights; a route that takes it leaves an audit row. It comes after the caller in a route's parameters."""
