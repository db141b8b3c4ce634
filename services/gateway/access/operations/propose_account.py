"""Put what an account is to have before a second person."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.approvals import Actor, Approval, Kind, Proposal
from services.gateway.access.operations.propose_change import propose_change
from services.gateway.access.store import accounts


async def propose_account(
    session: AsyncSession,
    account: Account,
    *,
    scopes: Iterable[str],
    by: Actor,
    at: datetime,
    active: bool | None = None,
    language: str | None = None,
    display_name: str | None = None,
) -> Approval:
    """Store the proposal; the account stays as it is until it is approved.

    Args:
        session: The transaction; the caller commits.
        account: As it is.
        scopes: What it is to carry, all of it.
        by: Who proposes.
        at: The instant of the proposal.
        active: Whether she may sign in then; as now where left out.
        language: As now where left out.
        display_name: As now where left out.

    Raises:
        AlreadyProposedError: Something is proposed for it already.
    """
    organisation = await accounts.organisation_of(session, account.organisation)
    payload = {
        "username": account.username,
        "version": account.version,
        "scopes": sorted(scopes),
        "active": account.enabled if active is None else active,
        "language": language or account.language,
        "display_name": display_name or account.display_name,
    }
    proposal = Proposal(Kind.ACCOUNT, str(account.id), None if organisation is None else organisation[0], payload)
    return await propose_change(session, proposal, by=by, at=at)
