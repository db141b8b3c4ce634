"""Say whom an invitation is for."""

from datetime import datetime

from services.gateway.access.domain.account_errors import InvitationInvalidError
from services.gateway.access.domain.accounts import Account, invitation_digest
from services.gateway.access.store import accounts
from services.kit.database import Database


async def open_invitation(token: str, *, database: Database, at: datetime) -> Account:
    """Return the account, which does not use the invitation up.

    Args:
        token: Of the link.
        database: The store; no connection is held afterwards, while a password is hashed.
        at: The instant of the request.

    Raises:
        InvitationInvalidError: The link is unknown, used, replaced or too old.
    """
    async with database.sessions.begin() as session:
        account = await accounts.invited(session, invitation_digest(token), at=at)
    if account is None:
        raise InvitationInvalidError
    return account
