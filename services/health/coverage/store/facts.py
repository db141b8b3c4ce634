"""The registry's facts about persons, newest version only, and the keyed hashes by which a desk finds them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.facts import Facts
from services.health.coverage.store.tables import person_facts, person_identifier
from services.kit.walls import open_to
from services.kit.withholding import Viewer, Withheld


async def find(session: AsyncSession, person_id: UUID, *, viewer: Viewer | None = None) -> Facts | None:
    """Return what is known of a person, or None where nothing came yet, or she is withheld from who looks."""
    found: Facts | None = await session.scalar(
        select(person_facts.c.facts).where(
            person_facts.c.person_id == person_id, *open_to(viewer, person_facts.c.person_id, person_facts)
        )
    )
    return found


async def save_newer(session: AsyncSession, facts: Facts, *, withheld: Withheld, at: datetime) -> bool:
    """Store the facts and their hashes unless the same or a newer version is there; say whether they were stored."""
    statement = insert(person_facts).values(
        person_id=facts.person_id,
        version=facts.version,
        facts=facts,
        received_at=at,
        withheld=withheld.to_json() or None,
    )
    given = statement.excluded
    stored = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[person_facts.c.person_id],
            set_={name: given[name] for name in ("version", "facts", "received_at", "withheld")},
            where=person_facts.c.version < given.version,
        ).returning(person_facts.c.person_id)
    )
    if stored.one_or_none() is None:
        return False
    await session.execute(delete(person_identifier).where(person_identifier.c.person_id == facts.person_id))
    hashes = {(identifier.system, identifier.hash) for identifier in facts.identifiers}
    if hashes:
        rows = [{"system": system, "hash": value, "person_id": facts.person_id} for system, value in sorted(hashes)]
        await session.execute(insert(person_identifier).values(rows))
    return True
