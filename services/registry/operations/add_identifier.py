"""Add an identifier to a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.holding import refuse_held
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Person, amend
from services.registry.store import identifiers, loading, persons


async def add_identifier(
    session: AsyncSession, person_id: UUID, identifier: Identifier, act: Act
) -> tuple[Person, Identifier]:
    """Add an identifier; return the person and the identifier as stored.

    Raises:
        PersonNotFoundError: There is no such person.
        IdentifierInUseError: Somebody has it, perhaps she herself.
        IdentifierAmbiguousError: It may be the one that somebody has: an issuer is not known.
    """
    before = await loading.load_for_change(session, person_id)
    refuse_held(identifier, await identifiers.held(session, [identifier]), "/value")
    after = amend(before, at=act.at, identifiers=(*before.identifiers, identifier))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.identifiers}
    return stored, next(row for row in stored.identifiers if row.id not in known)
