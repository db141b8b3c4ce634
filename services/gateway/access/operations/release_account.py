"""Let an account have what was proposed for it: the effect of a second person's approval."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval
from services.gateway.access.domain.errors import ProposalStaleError
from services.gateway.access.store import accounts


async def release_account(session: AsyncSession, approval: Approval, by: Actor, at: datetime) -> None:
    """Change the account of an approved proposal as was proposed.

    Args:
        session: The transaction; the caller commits.
        approval: Its payload holds the version that it was made on, and the columns that change.
        by: Who approves; the approval itself keeps her name.
        at: The instant of the decision.

    Raises:
        ProposalStaleError: The account was changed since: what was approved is not what would be.
    """
    del by
    payload = approval.proposal.payload
    values = {name: payload[name] for name in ("active", "scopes", "language", "display_name")}
    version = int(payload["version"])
    if not await accounts.change_account(
        session, UUID(approval.proposal.target), version=version, values=values, at=at
    ):
        raise ProposalStaleError
