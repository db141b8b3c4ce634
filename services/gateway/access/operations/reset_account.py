"""Let somebody begin anew who has lost her password or her second factor."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.account_errors import AccountUnknownError
from services.gateway.access.domain.accounts import INVITED_FOR, Invitation, held_back, invitation_digest
from services.gateway.access.store import accounts, browser_sessions, factors, grants

_TOKEN_BYTES = 32


async def reset_account(session: AsyncSession, account_id: UUID, *, at: datetime) -> Invitation:
    """Return a new invitation; what she signed in with, her sessions and what clients held in her name are gone.

    So are scopes that take two persons: whoever resets an account holds its link, and could become that second person.
    The caller proposes them anew.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        at: The instant of the change.

    Raises:
        AccountUnknownError: There is no such account.
    """
    before = await accounts.find_account(session, account_id)
    if before is None:
        raise AccountUnknownError
    kept = sorted(before.scopes - held_back(before.scopes))
    await accounts.change_account(session, account_id, version=None, values={"scopes": kept}, at=at)
    account = await accounts.find_account(session, account_id)
    if account is None:
        raise AccountUnknownError
    await factors.forget_factors(session, account_id)
    await browser_sessions.end_sessions(session, account_id)
    await grants.revoke_families_of(session, at=at, account_id=account_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await accounts.replace_invitation(session, account_id, invitation_digest(token), at=at, expires_at=at + INVITED_FOR)
    return Invitation(account, token, at + INVITED_FOR)
