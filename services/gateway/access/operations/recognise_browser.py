"""Say who a browser is that shows a session's cookie."""

import re
from dataclasses import replace
from datetime import datetime

from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.credentials import digest
from services.gateway.access.domain.sessions import TOUCHED_EVERY, BrowserSession, in_force
from services.gateway.access.store import accounts, browser_sessions
from services.kit.database import Database

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


async def recognise_browser(
    token: str, *, database: Database, at: datetime, language: str | None = None
) -> tuple[BrowserSession, Account | None] | None:
    """Return the session and whose it is, or None where it has ended, was never, or its account was stopped.

    It runs in a transaction of its own that is over at once: no connection is held while a password is hashed.

    Args:
        token: The cookie's value.
        database: The store.
        at: The instant of the request; it is noted twice a minute at most.
        language: Chosen with this request, if any was.
    """
    if not _TOKEN.fullmatch(token):
        return None
    async with database.sessions.begin() as session:
        found = await browser_sessions.find_session(session, digest(token))
        if found is None:
            return None
        account = None if found.account_id is None else await accounts.find_account(session, found.account_id)
        if not in_force(found, at=at) or (account is not None and not account.active):
            await browser_sessions.end_session(session, found.id)
            return None
        chosen = language or found.language
        if at - found.seen_at > TOUCHED_EVERY or chosen != found.language:
            await browser_sessions.change_session(session, found.id, seen_at=at, language=chosen)
        return replace(found, language=chosen), account
