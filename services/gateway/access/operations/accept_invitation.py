"""Take an invitation up: the password is set, the link is worth nothing from then on."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.account_errors import InvitationInvalidError
from services.gateway.access.domain.accounts import Account, invitation_digest
from services.gateway.access.store import accounts, factors


async def accept_invitation(session: AsyncSession, token: str, hashed: str, *, at: datetime) -> Account:
    """Return the account whose password was set.

    Args:
        session: The transaction; the caller commits.
        token: Of the link.
        hashed: Hash of the password; see `hash_new_password`.
        at: The instant of the change.

    Raises:
        InvitationInvalidError: The link is used, replaced or too old; of two who use it at once, the second.
    """
    named = invitation_digest(token)
    account = await accounts.invited(session, named, at=at)
    if account is None or not await accounts.spend_invitation(session, named, at=at):
        raise InvitationInvalidError
    await factors.set_password(session, account.id, hashed, at=at)
    return account
