"""Find what has been kept for too long, and propose to erase it."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.background.holdings import RetentionRule
from services.kit.callers import Caller
from services.registry.domain.erasures import NothingDueError, RetentionProposal, cut_off
from services.registry.store import retention


async def propose_retention(
    session: AsyncSession, rule: RetentionRule | None, *, caller: Caller, today: date, at: datetime
) -> RetentionProposal:
    """Return the proposal, with how many are due; nothing is erased before somebody else confirms it.

    Args:
        session: The request's transaction.
        rule: How long the class is kept; None where no rule is in force.
        caller: Who proposes; where her agreements open her own rows alone, those are looked through.
        today: Civil date.
        at: When.

    Raises:
        NothingDueError: Nobody is due.
    """
    if rule is None:
        raise NothingDueError
    before, rows_of = cut_off(today, rule.months), caller.rows_of("persons")
    counted = await retention.count(session, before=before, rows_of=rows_of)
    if not counted[0]:
        raise NothingDueError
    return await retention.add(
        session,
        data_class=rule.code,
        months=rule.months,
        before=before,
        counted=counted,
        rows_of=rows_of,
        organisation=caller.organisation,
        by=caller.subject,
        at=at,
    )
