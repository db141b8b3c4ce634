"""Record what the registry says of a person."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.facts import Facts
from services.health.coverage.store import facts as stored_facts
from services.kit.withholding import NOTHING, Withheld


async def record_facts(session: AsyncSession, facts: Facts, *, at: datetime, withheld: Withheld = NOTHING) -> bool:
    """Keep the newest facts of a person; both roads, by value and by feed, end here.

    Idempotent: an older version, or the same again, changes nothing.

    Args:
        session: The transaction.
        facts: One version of the registry's facts.
        at: Instant of receipt.
        withheld: From whom she is kept, at that version.

    Returns:
        Whether these facts are now the newest. Issue 5 queues the reassessments they call for from here.
    """
    return await stored_facts.save_newer(session, facts, withheld=withheld, at=at)
