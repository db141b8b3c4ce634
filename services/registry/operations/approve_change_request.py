"""Approve a change that somebody else has asked for, and apply it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.change_requests import (
    ChangeConflictError,
    ChangeRequest,
    ChangeRequestState,
    check_open,
    check_second_person,
)
from services.registry.domain.corrections import part_of, refuse_of_permit
from services.registry.domain.holding import refuse_held
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Nationality, Person, amend
from services.registry.domain.rights import Actor
from services.registry.store import change_requests, identifiers, persons


async def approve_change_request(  # the request, what it makes of her, and who approves
    session: AsyncSession,
    person: Person,
    request: ChangeRequest,
    *,
    current: Mapping[str, Any],
    core: Core,
    nationalities: Sequence[Nationality],
    added: Sequence[Identifier],
    by: Actor,
    act: Act,
    reason: str | None = None,
) -> ChangeRequest:
    """Return the request as approved; the person has her next version, in the same transaction.

    Args:
        session: The request's transaction.
        person: As she is known, her row held.
        request: Its row held.
        current: What her fields say now.
        core: What the request makes of her.
        nationalities: The same.
        added: Identifiers that it adds.
        by: Who approves.
        act: When.
        reason: What the approver has to say.

    Raises:
        ChangeRequestClosedError: It is decided, withdrawn or expired.
        SecondPersonRequiredError: The approver is, or may be, the one who proposed.
        ChangeConflictError: A field has changed since.
        PaperNotFoundError: An identifier that it takes back is not hers.
        IdentifierOfPermitError: One that it takes back is the number of one of her titles.
        IdentifierInUseError: A number that it adds is somebody's.
        IdentifierAmbiguousError: A number that it adds may be somebody's: an issuer is not known.
    """
    check_open(request, act.at)
    check_second_person(request, by)
    conflicts = request.conflicts(current)
    if conflicts:
        raise ChangeConflictError(conflicts)
    gone = [part_of(person.identifiers, part_id) for part_id in request.retracts]
    held = await identifiers.held(session, added)
    for one in gone:
        refuse_of_permit(one, person.permits)
    for one in added:
        refuse_held(one, [holder for holder in held if holder.row_id not in {old.id for old in gone}], "/identifiers")
    kept = tuple(one for one in person.identifiers if one not in gone)
    after = amend(person, at=act.at, core=core, nationalities=tuple(nationalities), identifiers=(*kept, *added))
    source = replace(act.source, content={"change_request_id": str(request.id), **request.patch})
    await persons.save(session, person, record_of(after, replace(act, source=source)))
    return await change_requests.decide(
        session,
        request.id,
        ChangeRequestState.APPROVED,
        by=by,
        at=act.at,
        reason=reason,
        applied_version=after.version,
    )
