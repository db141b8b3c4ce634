"""Take a second factor away from an account that keeps another."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.account_errors import LastFactorError
from services.gateway.access.store import factors


async def remove_factor(session: AsyncSession, account_id: UUID, *, passkey_id: UUID | None) -> None:
    """Delete a passkey, or the code generator where no passkey is named.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        passkey_id: Which passkey.

    Raises:
        LastFactorError: No second factor would be left; what was deleted is there again once this is raised on.
    """
    if passkey_id is None:
        await factors.remove_totp(session, account_id)
    else:
        await factors.remove_passkey(session, account_id, passkey_id)
    if not (await factors.factors_of(session, account_id)).second:
        raise LastFactorError
