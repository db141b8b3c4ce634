"""Amend what is known of a person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.persons import Core, Person, amend, with_nationalities
from services.registry.store import loading, persons


async def amend_person(
    session: AsyncSession, person_id: UUID, version: int, *, core: Core, nationalities: Sequence[str], act: Act
) -> Person:
    """Replace what is known of a person by a corrected whole; the version before stays readable.

    A correction that changes nothing makes no version.

    Args:
        session: The request's transaction.
        person_id: Whom.
        version: The version that the correction was made from.
        core: Names, birth and the rest, as they are now known.
        nationalities: Codes, as they are now known.
        act: Who amends, when.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
    """
    before = await loading.load_for_change(session, person_id)
    if before.version != version:
        raise VersionConflictError
    rows = with_nationalities(before.nationalities, nationalities)
    if core == before.core and rows == before.nationalities:
        return before
    after = amend(before, at=act.at, core=core, nationalities=rows)
    await persons.save(session, before, record_of(after, act))
    return after
