"""Ask a browser to prove that it holds a passkey."""

from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import generate_authentication_options, options_to_json
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from services.gateway.access.domain.passkeys import RelyingParty
from services.gateway.access.domain.sessions import BrowserSession
from services.gateway.access.store import browser_sessions, factors


async def ask_for_passkey(session: AsyncSession, browser: BrowserSession, *, party: RelyingParty) -> str:
    """Return the options for `navigator.credentials.get` as JSON; the session remembers what is to be signed.

    Whose passkey it may be is left open while nobody knows who she is: the answer then says it.

    Args:
        session: The transaction; the caller commits.
        browser: Who is asked.
        party: The site.
    """
    known = [] if browser.account_id is None else await factors.passkeys_of(session, browser.account_id)
    options = generate_authentication_options(
        rp_id=party.id,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    await browser_sessions.change_session(session, browser.id, challenge=options.challenge)
    return options_to_json(options)
