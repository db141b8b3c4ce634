"""Give a browser a session, or a new one in place of the one it has."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.credentials import digest
from services.gateway.access.domain.sessions import LONGEST, BrowserSession, Stage
from services.gateway.access.store import browser_sessions

_TOKEN_BYTES = 32


async def begin_session(
    session: AsyncSession,
    *,
    replacing: BrowserSession | None,
    stage: Stage,
    account_id: UUID | None,
    address: str,
    agent: str,
    language: str | None,
    at: datetime,
) -> tuple[str, BrowserSession]:
    """Return the cookie's value and the session.

    With each step of signing in the cookie changes: one that was planted beforehand is worth nothing (session
    fixation, CWE-384), and the stage before ends.

    Args:
        session: The transaction; the caller commits.
        replacing: The session that the browser showed.
        stage: How far she has come.
        account_id: Whose it is, unless anonymous.
        address: Where the request came from.
        agent: What the browser calls itself.
        language: Chosen on a page, if any was.
        at: The instant of the request.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    if replacing is not None:
        await browser_sessions.end_session(session, replacing.id)
    begun = await browser_sessions.add_session(
        session,
        digest(token),
        stage=stage,
        account_id=account_id,
        language=language,
        address=address,
        agent=agent,
        at=at,
        ends_at=at + LONGEST,
        authenticated_at=at if stage is Stage.SIGNED_IN else None,
    )
    return token, begun
