"""Take a recovery code in place of a second factor."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import plain_recovery_code, stored_recovery_code
from services.gateway.access.store import factors


async def use_recovery_code(session: AsyncSession, account_id: UUID, typed: str, *, at: datetime) -> bool:
    """Say whether it is one of the account's codes and was unused; from now on it is used.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        typed: As typed, in any case, with or without hyphens.
        at: The instant of the attempt.
    """
    code = plain_recovery_code(typed)
    return code is not None and await factors.use_code(session, account_id, stored_recovery_code(code), at=at)
