"""Give an account new recovery codes; the old ones are worth nothing from then on."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import new_recovery_codes, stored_recovery_code
from services.gateway.access.store import factors


async def renew_recovery_codes(session: AsyncSession, account_id: UUID) -> list[str]:
    """Return ten codes, which are shown this once; only their digests are stored.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
    """
    codes = new_recovery_codes()
    await factors.replace_codes(session, account_id, [stored_recovery_code(code) for code in codes])
    return codes
