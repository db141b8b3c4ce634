"""Accounts that are made at the machine: the demo's people, and the first administrator's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Invitation, IssuedAccount
from services.gateway.access.operations.invite_account import invite_account
from services.gateway.access.operations.seed_demo_accounts import seed_demo_accounts
from services.gateway.access.reference import catalogue
from services.gateway.access.store.hashing import Hashing
from services.gateway.access.store.sealing import Seal
from services.kit import clock
from services.stack.clients import in_transaction
from services.stack.secret_files import read_document, write_document


def ensure_demo_accounts(url: str, *, environment: str, file: Path, seal: Seal) -> dict[str, Any]:
    """Make the demo's people and add their credentials to the demo file; those whose credentials are known keep them.

    Args:
        url: The gateway's database, in which the demo's clients are.
        environment: Must be one for demonstrations.
        file: The demo file; `accounts: {name: {username, password, totp_secret, organisation}}` is added to it.
        seal: Wraps the secrets of code generators.

    Returns:
        What the file holds.

    Raises:
        services.gateway.access.domain.errors.DemoOutsideDemoError: The environment is for real data.
    """
    document = read_document(file)
    known: dict[str, Any] = document.get("accounts", {})
    names = [account.username for account in catalogue.demo_accounts()]
    lost = any(name not in known for name in names)
    hashing = Hashing()

    async def seed(session: AsyncSession) -> list[IssuedAccount]:
        return await seed_demo_accounts(
            session, environment=environment, seal=seal, hashing=hashing, at=clock.now(), renew=lost
        )

    try:
        issued = {account.username: account for account in in_transaction(url, seed)}
    finally:
        hashing.close()
    accounts = {name: _entry(issued[name]) if name in issued else known[name] for name in names}
    write_document(file, {**document, "accounts": accounts})
    return {**document, "accounts": accounts}


def create_first_account(
    url: str, username: str, *, organisation: str, display_name: str, scopes: Sequence[str], language: str
) -> Invitation:
    """Invite somebody by hand, as when there is nobody yet who could do so through the gateway.

    Args:
        url: The gateway's database.
        username: 3 to 64 lower-case letters, digits, `.`, `-`, `_`.
        organisation: Code of an organisation that is there.
        display_name: For people.
        scopes: What a token of hers may carry.
        language: `fr`, `ar` or `en`.
    """

    async def create(session: AsyncSession) -> Invitation:
        return await invite_account(
            session,
            organisation=organisation,
            username=username,
            display_name=display_name,
            scopes=scopes,
            language=language,
            at=clock.now(),
        )

    return in_transaction(url, create)


def _entry(account: IssuedAccount) -> dict[str, str]:
    return {
        "username": account.username,
        "password": account.password,
        "totp_secret": account.totp_secret,
        "organisation": account.organisation,
    }
