"""Change what an account may do."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.account_errors import AccountUnknownError
from services.gateway.access.domain.accounts import Account, check_scopes
from services.gateway.access.reference import catalogue
from services.gateway.access.store import accounts, browser_sessions, grants
from services.kit.etags import VersionConflictError


async def change_account(
    session: AsyncSession,
    account_id: UUID,
    *,
    version: int,
    active: bool,
    scopes: Iterable[str],
    language: str,
    display_name: str,
    at: datetime,
) -> Account:
    """Return the changed account; one that is stopped has no session and no refresh token from then on.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        version: The version that the change was made on.
        active: Whether she may sign in.
        scopes: The most that a token of hers may carry; tokens issued before live on for their five minutes.
        language: `fr`, `ar` or `en`.
        display_name: For people.
        at: The instant of the change.

    Raises:
        AccountUnknownError: There is no such account.
        AccountScopeError: A scope that no partner may have.
        services.kit.etags.VersionConflictError: It was changed meanwhile.
    """
    partner_scopes = frozenset(scope.name for scope in catalogue.scopes() if scope.partner)
    values = {
        "active": active,
        "scopes": sorted(check_scopes(scopes, partner_scopes=partner_scopes)),
        "language": language,
        "display_name": display_name,
    }
    changed = await accounts.change_account(session, account_id, version=version, values=values, at=at)
    account = await accounts.find_account(session, account_id)
    if account is None:
        raise AccountUnknownError
    if not changed:
        raise VersionConflictError
    if not active:
        await browser_sessions.end_sessions(session, account_id)
        await grants.revoke_families_of(session, at=at, account_id=account_id)
    return account
