"""Correct an identifier of a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import corrected, part_of, refuse_of_permit, replaced
from services.registry.domain.holding import refuse_held
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Person, amend
from services.registry.operations.refuse_direct_change import refuse_direct_change
from services.registry.store import identifiers, loading, persons


async def correct_identifier(  # whose, which, what it becomes
    session: AsyncSession, person_id: UUID, part_id: UUID, identifier: Identifier, act: Act, *, version: int
) -> tuple[Person, Identifier]:
    """Correct an identifier; return the person and the identifier as stored. What was known stays readable.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id that the identifier keeps through corrections.
        identifier: What it becomes.
        act: Who corrects, when.
        version: The person's version that the correction was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        PaperNotFoundError: She has no such identifier.
        IdentifierOfPermitError: It is the number of one of her titles.
        IdentifierInUseError: Somebody has that number.
        IdentifierAmbiguousError: It may be the one that somebody has: an issuer is not known.
        ChangeRequestRequiredError: It takes a second person to change it: see `refuse_direct_change`.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.identifiers, part_id)
    if before.version != version:
        raise VersionConflictError
    refuse_of_permit(old, before.permits)
    new = corrected(old, identifier)
    if new is old:
        return before, old
    await refuse_direct_change(session, person_id, {"identifiers"}, act)
    refuse_held(new, await identifiers.held(session, [new]), "/value", besides=old.id)
    after = amend(before, at=act.at, identifiers=replaced(before.identifiers, old, new))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.identifiers, part_id)
