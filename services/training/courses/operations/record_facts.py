"""Record what the registry says of a person."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import NOTHING, Withheld
from services.training.courses.domain.facts import PersonFacts
from services.training.courses.store import facts as stored_facts


async def record_facts(session: AsyncSession, facts: PersonFacts, withheld: Withheld = NOTHING) -> PersonFacts:
    """Keep the newest facts of a person and return them; both roads, by value and by feed, end here.

    Idempotent: an older version, or the same again, changes nothing and the newer one is returned.
    """
    if await stored_facts.save_newer(session, facts, withheld=withheld):
        return facts
    return await stored_facts.find(session, facts.person_id) or facts
