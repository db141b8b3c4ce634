"""Tell again what may be shared of a person, and what she is to others."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.persons import Person, amend
from services.registry.store import exports, loading, persons
from services.registry.store.withheld import withheld_of


async def refresh_sharing(
    session: AsyncSession, person_id: UUID, act: Act, *, source_record_id: UUID | None = None, **changes: Any
) -> Person:
    """Store the next version of a person, whose facts carry what is withheld of her and her links as they now are.

    Whoever changes a barrier, a representative, an opposition or a link calls it, after that is written, for each
    person whose own facts it changes; nobody else's version moves. Files exported for who may no longer see her end.

    Args:
        session: The request's transaction.
        person_id: Whose facts.
        act: What changes them.
        source_record_id: Id of the record that rows beside her already name.
        **changes: Further fields of `Person` that the same act replaces.

    Raises:
        PersonNotFoundError: There is no such person.
    """
    before = await loading.load_for_change(session, person_id)
    withheld = (await withheld_of(session, [person_id], act.today))[person_id]
    after = replace(amend(before, at=act.at, **changes), withheld=withheld)
    await persons.save(session, before, record_of(after, act), source_record_id=source_record_id)
    if withheld:
        await exports.close_files(session, person_id, withheld.to_json(), act.at)
    return after
