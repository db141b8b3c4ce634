"""Verify what is known of a person."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.contributions import NOTHING, values_of
from services.registry.domain.errors import NothingKnownError
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def verify_person(
    session: AsyncSession, person_id: UUID, version: int, fields: Sequence[str], act: Act
) -> Person:
    """Note that values were held against their source and found right; return the person. No value changes.

    Args:
        session: The request's transaction.
        person_id: Whom.
        version: The version whose values were verified.
        fields: Which fields.
        act: Who notes it; its provenance says who verified, when and against what.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version: other values may stand there.
        NothingKnownError: Nothing is known of one of the fields.
    """
    before = await loading.load_for_change(session, person_id)
    if before.version != version:
        raise VersionConflictError
    values = values_of(before.core, before.nationalities)
    for place, name in enumerate(fields):
        if values[name] == NOTHING.get(name):
            raise NothingKnownError(f"/fields/{place}")
    after = amend(before, at=act.at)
    await persons.save(session, before, record_of(after, replace(act, verifies=tuple(dict.fromkeys(fields)))))
    return after
