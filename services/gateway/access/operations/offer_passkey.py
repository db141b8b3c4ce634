"""Offer a browser to make a passkey for an account."""

from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import generate_registration_options, options_to_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.passkeys import RelyingParty
from services.gateway.access.domain.sessions import BrowserSession
from services.gateway.access.store import browser_sessions, factors


async def offer_passkey(
    session: AsyncSession, browser: BrowserSession, account: Account, *, party: RelyingParty
) -> str:
    """Return the options for `navigator.credentials.create` as JSON; the session remembers what is to be signed.

    The passkey is one that can be found without a username and that asks its holder for finger, face or PIN.

    Args:
        session: The transaction; the caller commits.
        browser: Who is asked.
        account: For whom.
        party: The site.
    """
    known = await factors.passkeys_of(session, account.id)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Indimaj",
        user_id=account.id.bytes,
        user_name=account.username,
        user_display_name=account.display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
    )
    await browser_sessions.change_session(session, browser.id, challenge=options.challenge)
    return options_to_json(options)
