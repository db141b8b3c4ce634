"""Take the answer of a passkey: possession and the person's own check in one, so it stands for both factors."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import verify_authentication_response
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException

from services.gateway.access.domain.account_errors import PasskeyRefusedError
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.passkeys import LARGEST_ANSWER, RelyingParty
from services.gateway.access.domain.sessions import BrowserSession
from services.gateway.access.store import accounts, browser_sessions, factors


async def use_passkey(
    session: AsyncSession, browser: BrowserSession, answer: str, *, party: RelyingParty, at: datetime
) -> Account:
    """Return whose passkey it is.

    Args:
        session: The transaction; the caller commits.
        browser: Who was asked; its challenge is used up, whatever the answer is.
        answer: What `navigator.credentials.get` returned, as JSON.
        party: The site.
        at: The instant of the attempt.

    Raises:
        PasskeyRefusedError: Nothing was asked, or the answer does not fit; says no more on purpose.
    """
    challenge = await browser_sessions.take_challenge(session, browser.id)
    if challenge is None or len(answer) > LARGEST_ANSWER:
        raise PasskeyRefusedError
    try:
        credential = parse_authentication_credential_json(answer)
        passkey = await factors.find_passkey(session, credential.raw_id)
        if passkey is None:
            raise PasskeyRefusedError
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise PasskeyRefusedError from None
    account = await accounts.find_account(session, passkey.account_id)
    handle = credential.response.user_handle
    foreign = browser.account_id is not None and browser.account_id != passkey.account_id
    if account is None or not account.active or foreign or (handle and UUID(bytes=handle) != account.id):
        raise PasskeyRefusedError
    await factors.touch_passkey(session, passkey.id, sign_count=verified.new_sign_count, at=at)
    return account
