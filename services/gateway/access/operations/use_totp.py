"""Take a code of a code generator."""

import hmac
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store import factors
from services.gateway.access.store.sealing import Seal

_STEP_S = 30
_DRIFT = (0, -1, 1)
"""Steps beside the present one that pass: clocks of phones are half a minute off at most. Source: RFC 6238 5.2."""


async def use_totp(
    session: AsyncSession, account_id: UUID, code: str, *, seal: Seal, at: datetime, enrolling: bool = False
) -> bool:
    """Say whether the code is right and its time step unused.

    Args:
        session: The transaction; the caller commits.
        account_id: Whose.
        code: As typed.
        seal: Unwraps the secret.
        at: The instant of the attempt.
        enrolling: The code is of the generator that was offered, and puts it in use.
    """
    held = await factors.totp_of(session, account_id)
    sealed = None if held is None else held.offered if enrolling else held.sealed
    if sealed is None:
        return False
    typed = "".join(char for char in code if not char.isspace())
    generator = pyotp.TOTP(seal.unwrap_at(f"account_totp|{account_id}".encode(), sealed).decode("ascii"))
    now = int(at.timestamp()) // _STEP_S
    for step in (now + drift for drift in _DRIFT):
        if hmac.compare_digest(generator.generate_otp(step).encode(), typed.encode()):
            if enrolling:
                return await factors.confirm_totp(session, account_id, step, at=at)
            return await factors.use_step(session, account_id, step)
    return False
