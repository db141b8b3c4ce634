"""Make the demo's people, ready to sign in, in environments that are for it."""

import base64
import secrets
from datetime import datetime

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Account, IssuedAccount
from services.gateway.access.domain.errors import DemoOutsideDemoError
from services.gateway.access.operations.accept_invitation import accept_invitation
from services.gateway.access.operations.hash_new_password import hash_new_password
from services.gateway.access.operations.invite_account import invite_account
from services.gateway.access.operations.offer_totp import offer_totp
from services.gateway.access.operations.use_totp import use_totp
from services.gateway.access.reference import catalogue
from services.gateway.access.store import accounts, factors
from services.gateway.access.store.hashing import Hashing
from services.gateway.access.store.sealing import Seal

_PASSWORD_BYTES = 15


async def seed_demo_accounts(
    session: AsyncSession, *, environment: str, seal: Seal, hashing: Hashing, at: datetime, renew: bool = False
) -> list[IssuedAccount]:
    """Return the demo accounts that were made, or given new credentials, now; running it again changes nothing.

    Args:
        session: The transaction; the caller commits.
        environment: Must be `demo` or `test`.
        seal: Wraps the secrets of code generators.
        hashing: Hashes passwords.
        at: The instant of the change.
        renew: Give new credentials to accounts that are there already, as when the file of credentials was lost.

    Raises:
        DemoOutsideDemoError: The environment is for real data.
    """
    if environment not in {"demo", "test"}:
        raise DemoOutsideDemoError
    issued = []
    for demo in catalogue.demo_accounts():
        password = _password()
        account = await accounts.find_by_username(session, demo.username)
        if account is None:
            invitation = await invite_account(
                session,
                organisation=demo.organisation,
                username=demo.username,
                display_name=demo.display_name,
                scopes=demo.scopes,
                language=demo.language,
                at=at,
            )
            hashed = await hash_new_password(password, account=invitation.account, hashing=hashing)
            account = await accept_invitation(session, invitation.token, hashed, at=at)
        elif renew:
            hashed = await hash_new_password(password, account=account, hashing=hashing)
            await factors.forget_factors(session, account.id)
            await factors.set_password(session, account.id, hashed, at=at)
        else:
            continue
        secret = await _with_generator(session, account, seal, at)
        issued.append(IssuedAccount(demo.username, password, secret, demo.organisation))
    return issued


async def _with_generator(session: AsyncSession, account: Account, seal: Seal, at: datetime) -> str:
    """Enrol a code generator as its owner would, with the code of this half minute."""
    secret, _ = await offer_totp(session, account, seal=seal)
    await use_totp(session, account.id, pyotp.TOTP(secret).at(at), seal=seal, at=at, enrolling=True)
    return secret


def _password() -> str:
    """Return 120 random bits in letters that can be typed."""
    letters = base64.b32encode(secrets.token_bytes(_PASSWORD_BYTES)).decode("ascii").lower()
    return "-".join(letters[start : start + 6] for start in range(0, len(letters), 6))
