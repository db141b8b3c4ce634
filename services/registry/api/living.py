"""What the routes of households and links share: which household is open, to whom, and how each is shown."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.callers import Caller
from services.kit.etags import etag
from services.kit.periods import Period
from services.registry.domain.barriers import Barrier
from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.findings import Findings
from services.registry.domain.households import Household, HouseholdNotFoundError, Member, present
from services.registry.domain.papers import read_period
from services.registry.domain.rights import Actor
from services.registry.store import households
from services.registry.store.walls import Sight

HouseholdId = Annotated[UUID, Path(description="Id of the household")]


def sight_of(caller: Caller) -> Sight:
    """Return whose persons a caller sees."""
    return Sight(caller.viewer, caller.rows_of("persons"))


def actor_of(caller: Caller) -> Actor:
    """Return who acts."""
    return Actor(caller.subject, caller.client_id, caller.organisation)


async def require_all(session: AsyncSession, person_ids: Collection[UUID], caller: Caller) -> None:
    """See that every person named in a body may be known of.

    Raises:
        PersonNotFoundError: One of them may not, or is nobody.
    """
    if set(person_ids) - await households.visible(session, person_ids, sight_of(caller)):
        raise PersonNotFoundError


async def require_household(
    session: AsyncSession, household_id: UUID, caller: Caller, today: date, known_at: datetime | None = None
) -> tuple[Household, frozenset[UUID]]:
    """Return a household that may be known of, and those of its members who may.

    It is closed as a whole where nobody in it may be known of, and where somebody lives there who is protected from
    the caller's side: who else lives with her would show where she is.

    Raises:
        HouseholdNotFoundError: There is none, or it is closed.
    """
    household = await households.load(session, household_id, known_at)
    members = await households.members(session, household_id)
    who = {member.person_id for member in present(members, today) or members}
    open_ = await households.visible(session, {member.person_id for member in members}, sight_of(caller))
    if not who & open_ or await households.barred(session, household_id, caller.viewer, today):
        raise HouseholdNotFoundError
    return household, open_


def household_document(household: Household) -> dict[str, Any]:
    """Return a household as it is shown."""
    return {
        "id": household.id,
        "version": household.version,
        "created_at": household.created_at,
        "dissolved_on": household.dissolved_on,
        "dissolution": household.dissolution,
    }


def member_document(member: Member) -> dict[str, Any]:
    """Return a membership as it is shown."""
    return {"person_id": str(member.person_id), "role": member.role, **shown_days(member.valid)}


def barrier_document(barrier: Barrier) -> dict[str, Any]:
    """Return a barrier as its team is shown it."""
    proposal = barrier.proposal
    return {
        "id": barrier.id,
        "person_id": barrier.protected_id,
        "protected_from": barrier.from_id,
        "since": barrier.since,
        "placed_by": barrier.placed_by,
        "reason": barrier.reason,
        "lift": proposal
        and {"reason": proposal.reason, "proposed_by": proposal.by.subject, "proposed_at": proposal.at},
        "lifted_at": barrier.lifted_at,
        "lifted_by": barrier.lifted_by,
    }


def shown_days(valid: Period) -> dict[str, Any]:
    """Return a valid period as it is shown."""
    return {"valid_from": valid.start, "valid_to": valid.end}


def read_days(found: Findings, at: str, first: date | None, last: date | None) -> Period:
    """Return the days that a body names; `found` receives an error where the last lies before the first."""
    return read_period(found, f"{at}/valid_to", first, last) or Period()


def shown(
    document: Mapping[str, Any], *, version: int | None = None, status: int = 200, location: str = ""
) -> Response:
    """Return a document, with its entity tag where it has one."""
    headers = {"cache-control": "no-store"}
    if version is not None:
        headers["etag"] = etag(version)
    if location:
        headers["location"] = location
    return Response(orjson.dumps(document, default=str), status, headers, media_type="application/json")


def listed(documents: Iterable[Mapping[str, Any]], *, version: int | None = None) -> Response:
    """Return a list that is whole."""
    return shown({"items": list(documents), "next": None}, version=version)
