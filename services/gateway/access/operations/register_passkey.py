"""Keep a passkey that a browser has made."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import verify_registration_response
from webauthn.helpers.exceptions import WebAuthnException

from services.gateway.access.domain.account_errors import PasskeyRefusedError
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.passkeys import LARGEST_ANSWER, MOST, RelyingParty
from services.gateway.access.domain.sessions import BrowserSession
from services.gateway.access.store import browser_sessions, factors


async def register_passkey(
    session: AsyncSession,
    browser: BrowserSession,
    account: Account,
    answer: str,
    *,
    name: str,
    party: RelyingParty,
    at: datetime,
) -> None:
    """Store the passkey.

    Args:
        session: The transaction; the caller commits.
        browser: Who was asked; its challenge is used up, whatever the answer is.
        account: For whom.
        answer: What `navigator.credentials.create` returned, as JSON.
        name: For her own list.
        party: The site.
        at: The instant of the change.

    Raises:
        PasskeyRefusedError: Nothing was asked, the answer does not fit, or the account has ten already.
    """
    challenge = await browser_sessions.take_challenge(session, browser.id)
    if challenge is None or len(answer) > LARGEST_ANSWER or len(await factors.passkeys_of(session, account.id)) >= MOST:
        raise PasskeyRefusedError
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise PasskeyRefusedError from None
    kept = await factors.add_passkey(
        session,
        account.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        at=at,
    )
    if not kept:
        raise PasskeyRefusedError
