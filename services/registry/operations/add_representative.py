"""Let somebody act for a person."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import OnBothSidesError
from services.registry.domain.representatives import Representative, appoint
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers, households, representatives


async def add_representative(session: AsyncSession, new: Representative, act: Act) -> Representative:
    """Store who acts for a person, and return it as stored. Whoever is protected from her is closed to it at once.

    Raises:
        PersonNotFoundError: One of them is nobody.
        RepresentativeUnclearError: It is not said who, or it is herself.
        RepresentativeTwiceError: The same acts for her on one of the days.
        TooManyRepresentativesError: There are too many on one of the days.
        OnBothSidesError: The caller's organisation protects somebody from that person.
    """
    protected = await barriers.protected_from(session, [new.person_id])
    own = act.source.organisation
    if new.organisation == own and any(own in teams for teams in protected.values()):
        raise OnBothSidesError
    named = {new.person_id, *([new.representative_id] if new.representative_id else ())}
    held = await households.hold(session, named, act.at)
    appoint(new, await representatives.listed(session, new.person_id))
    record = held.records[new.person_id]
    row_id = await representatives.add(session, new, at=held.at, source_record_id=record)
    act = replace(act, at=held.at)
    await refresh_sharing(session, new.person_id, act, source_record_id=record)
    unnamed = replace(act, source=replace(act.source, content={}))  # his counsel is no part of her record
    for person_id in sorted(protected.keys() - {new.person_id}):
        await refresh_sharing(session, person_id, unnamed)
    return replace(new, id=row_id)
