"""Make the secret of a code generator for an account."""

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Account
from services.gateway.access.store import factors
from services.gateway.access.store.sealing import Seal

ISSUER = "Indimaj"


async def offer_totp(session: AsyncSession, account: Account, *, seal: Seal) -> tuple[str, str]:
    """Return the secret in Base32 and its `otpauth` address.

    One that was offered and never tried stays the same, so that a page loaded twice shows one secret. The generator in
    use works on until the new one was tried.

    Args:
        session: The transaction; the caller commits.
        account: Whose.
        seal: Wraps the secret.
    """
    place = f"account_totp|{account.id}".encode()
    held = await factors.totp_of(session, account.id)
    if held is not None and held.offered is not None:
        secret = seal.unwrap_at(place, held.offered).decode("ascii")
    else:
        secret = pyotp.random_base32()
        await factors.offer_totp(session, account.id, seal.wrap_at(place, secret.encode("ascii")))
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)
