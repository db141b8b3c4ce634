"""Take back what an account has let a client do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store import browser_sessions, grants


async def withdraw_consent(session: AsyncSession, account_id: UUID, client_id: str, *, at: datetime) -> bool:
    """Say whether there was a consent; every token that the client holds for the account ends with it.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        client_id: For whom.
        at: The instant of the change.
    """
    gone = await browser_sessions.drop_consent(session, account_id, client_id)
    for family_id in await browser_sessions.families_under_consent(session, account_id, client_id):
        await grants.revoke_family(session, family_id, at=at)
    return gone
