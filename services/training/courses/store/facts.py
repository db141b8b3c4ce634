"""The registry's facts about persons, newest version only."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import BirthInterval
from services.kit.walls import open_to
from services.kit.withholding import NOTHING, Viewer, Withheld
from services.training.courses.domain.facts import PersonFacts
from services.training.courses.store.tables import person_facts

_PLAIN = tuple(field.name for field in fields(PersonFacts) if field.name != "birth")


async def find(session: AsyncSession, person_id: UUID, *, viewer: Viewer | None = None) -> PersonFacts | None:
    """Return what is known of a person, or None where nothing came yet, or she is withheld from who looks."""
    query = select(person_facts).where(
        person_facts.c.person_id == person_id, *open_to(viewer, person_facts.c.person_id, person_facts)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    plain = {name: getattr(row, name) for name in _PLAIN}
    return PersonFacts(birth=BirthInterval(row.birth_earliest, row.birth_latest), **plain)


async def save_newer(session: AsyncSession, facts: PersonFacts, *, withheld: Withheld = NOTHING) -> bool:
    """Store the facts unless the same or a newer version is there; say whether they were stored."""
    values: dict[str, Any] = {name: getattr(facts, name) for name in _PLAIN}
    values |= {"birth_earliest": facts.birth.earliest, "birth_latest": facts.birth.latest}
    values["withheld"] = withheld.to_json() or None
    statement = insert(person_facts).values(values)
    stored = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[person_facts.c.person_id],
            set_={name: statement.excluded[name] for name in values},
            where=person_facts.c.version < statement.excluded.version,
        ).returning(person_facts.c.person_id)
    )
    return stored.one_or_none() is not None
