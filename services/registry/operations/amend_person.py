"""Amend what is known of a person."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.change_requests import changes_of_known
from services.registry.domain.persons import Core, Person, amend, with_nationalities
from services.registry.operations.refuse_direct_change import refuse_direct_change
from services.registry.store import loading, persons


async def amend_person(
    session: AsyncSession,
    person_id: UUID,
    version: int,
    *,
    core: Core,
    nationalities: Sequence[str],
    unconfirmed: Collection[str] = (),
    confirm: bool = False,
    act: Act,
) -> Person:
    """Replace what is known of a person by a corrected whole; the version before stays readable.

    A correction that changes nothing makes no version.

    Args:
        session: The request's transaction.
        person_id: Whom.
        version: The version that the correction was made from.
        core: Names, birth and the rest, as they are now known.
        nationalities: Codes of those that she has today, as they are now known; those of other days stay.
        unconfirmed: New ones that are easily taken for another, and that nobody confirmed.
        confirm: Whether somebody confirms all of them.
        act: Who amends, when.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        ChangeRequestRequiredError: It takes a second person to change what is known of a sensitive field.
    """
    before = await loading.load_for_change(session, person_id)
    if before.version != version:
        raise VersionConflictError
    rows = with_nationalities(
        before.nationalities, nationalities, on=act.today, unconfirmed=unconfirmed, confirm=confirm
    )
    after = amend(before, at=act.at, core=core, nationalities=rows)
    if after.core == before.core and set(after.nationalities) == set(before.nationalities):
        return before
    changed = changes_of_known(before, after.core, after.nationalities)
    await refuse_direct_change(session, person_id, changed, act)
    await persons.save(session, before, record_of(after, act))
    return after
