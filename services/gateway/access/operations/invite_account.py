"""Make an account and an invitation for whom it is for."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.account_errors import AccountUnknownError, UsernameTakenError
from services.gateway.access.domain.accounts import (
    INVITED_FOR,
    Invitation,
    check_scopes,
    check_username,
    invitation_digest,
)
from services.gateway.access.reference import catalogue
from services.gateway.access.store import accounts

TOKEN_BYTES = 32


async def invite_account(
    session: AsyncSession,
    *,
    organisation: str,
    username: str,
    display_name: str,
    scopes: Iterable[str],
    language: str,
    at: datetime,
) -> Invitation:
    """Return the new account with the token of an invitation, which is good for 72 hours and not stored.

    Args:
        session: The transaction; the caller commits.
        organisation: Code of an organisation that is there.
        username: 3 to 64 lower-case letters, digits, `.`, `-`, `_`; unique among all.
        display_name: For people.
        scopes: The most that a token of hers may carry.
        language: `fr`, `ar` or `en`.
        at: The instant of the change.

    Raises:
        MalformedUsernameError: The name may not name an account.
        UsernameTakenError: The name is in use.
        AccountScopeError: A scope that no partner may have.
        AccountUnknownError: There is no such organisation.
    """
    partner_scopes = frozenset(scope.name for scope in catalogue.scopes() if scope.partner)
    bounded = check_scopes(scopes, partner_scopes=partner_scopes)
    known = await accounts.organisation_of(session, organisation)
    if known is None:
        raise AccountUnknownError
    account_id = await accounts.add_account(
        session,
        organisation_id=known[0],
        username=check_username(username),
        display_name=display_name,
        language=language,
        scopes=bounded,
        at=at,
    )
    account = None if account_id is None else await accounts.find_account(session, account_id)
    if account is None:
        raise UsernameTakenError
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await accounts.replace_invitation(session, account.id, invitation_digest(token), at=at, expires_at=at + INVITED_FOR)
    return Invitation(account, token, at + INVITED_FOR)
