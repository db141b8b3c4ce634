"""Found, read, split and dissolve households."""

from typing import Annotated

from fastapi import Response

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.periods import Period
from services.kit.routes import Router, documented
from services.registry.api import living
from services.registry.api.dependencies import KnownAt, Lists, Trail, Writing
from services.registry.api.household_problems import (
    BARRIER_STANDS,
    BARRIER_TO_NOBODY,
    DISSOLVED,
    FULL,
    HAS_HEAD,
    NOBODY_STAYS,
    NOT_A_MEMBER,
    ON_BOTH_SIDES,
    TOO_MANY_BARRIERS,
)
from services.registry.api.intake import Reader
from services.registry.api.living import HouseholdId, household_document, member_document, shown
from services.registry.api.problems import PERIOD_OVERLAP
from services.registry.api.words import refuse_errors
from services.registry.contract.households import Dissolution, HouseholdRecord, NewHousehold, NewSplit, SplitBody
from services.registry.domain.households import Member
from services.registry.operations import create_household as creation
from services.registry.operations import dissolve_household as dissolution
from services.registry.operations import split_household as parting
from services.registry.store import barriers, households

router = Router(tags=["households"])
_HOUSEHOLD = {"x-field": "household"}
_SPLIT = {
    "x-field": "household",
    "x-sharing": {
        "kept": ["leaving", "protected", "head", "on", "reason", "members", "former_household_id"],
        "named": {"protected_from": "barriers"},
    },
}
"""Where they go is the field `address`, from whom they are protected the field `barriers`."""


@router.post(
    "/v1/households",
    operation_id="create_household",
    status_code=201,
    response_model=HouseholdRecord,
    openapi_extra=_HOUSEHOLD,
    responses=documented(HAS_HEAD, PERIOD_OVERLAP, BARRIER_STANDS, problems.NOT_FOUND),
)
async def create_household(
    *,
    body: NewHousehold,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Found a household with its first members. Whoever lives with a protected person is protected as she is."""
    reader = Reader(lists, writing.today)
    members = [
        Member(
            one.person_id,
            one.role,
            living.read_days(reader.found, f"/members/{place}", one.valid_from or writing.today, one.valid_to),
        )
        for place, one in enumerate(body.members)
    ]
    refuse_errors(reader.found)
    ids = [member.person_id for member in members]
    trail.about(*ids)
    await living.require_all(session, ids, caller)
    act = await writing.by(caller)
    household_id = await creation.create_household(session, members, act, moving=body.moving)
    household = await households.load(session, household_id)
    location = f"/v1/households/{household_id}"
    return shown(household_document(household), version=household.version, status=201, location=location)


@router.get(
    "/v1/households/{household_id}",
    operation_id="read_household",
    response_model=HouseholdRecord,
    openapi_extra=_HOUSEHOLD,
)
async def read_household(
    *,
    household_id: HouseholdId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
    known_at: KnownAt = None,
) -> Response:
    """Return a household; its members have a list of their own. One with nobody who may be known of is 404."""
    household, open_ = await living.require_household(session, household_id, caller, today, known_at)
    trail.about(*open_)
    return shown(household_document(household), version=household.version)


@router.post(
    "/v1/households/{household_id}/dissolution",
    operation_id="dissolve_household",
    response_model=HouseholdRecord,
    openapi_extra=_HOUSEHOLD,
    responses=documented(DISSOLVED),
)
async def dissolve_household(
    *,
    household_id: HouseholdId,
    body: Dissolution,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Dissolve a household: everybody's belonging to it ends with its last day."""
    _, open_ = await living.require_household(session, household_id, caller, writing.today)
    trail.about(*open_)
    act = await writing.by(caller)
    await dissolution.dissolve_household(session, household_id, body.on, body.reason, act)
    household = await households.load(session, household_id)
    return shown(household_document(household), version=household.version)


@router.post(
    "/v1/households/{household_id}/split",
    operation_id="split_household",
    status_code=201,
    response_model=SplitBody,
    openapi_extra=_SPLIT,
    responses=documented(
        BARRIER_TO_NOBODY,
        DISSOLVED,
        FULL,
        NOBODY_STAYS,
        NOT_A_MEMBER,
        ON_BOTH_SIDES,
        PERIOD_OVERLAP,
        TOO_MANY_BARRIERS,
    ),
)
async def split_household(
    *,
    household_id: HouseholdId,
    body: NewSplit,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Let members leave together and found their own household, in one call.

    With `protected`, barriers stand at once between each of them and the head they leave, and whoever is named in
    `protected_from`: whoever calls on behalf of these, or represents them, is answered as if those who left were not
    there, in every service. Nothing of those who stay moves: no record, no version, no change in the feed.
    """
    leaving = list(dict.fromkeys(body.leaving))
    trail.about(*leaving)  # those who stay must not learn of it by their own access log
    await living.require_household(session, household_id, caller, writing.today)
    await living.require_all(session, {*leaving, *body.protected_from, *([body.head] if body.head else [])}, caller)
    reader = Reader(lists, writing.today)
    on = body.on or writing.today
    if on > writing.today:
        reader.found.refuse("/on", "date-in-future")
    address = reader.address(body.address, "/address", Period(on, None)) if body.address else None
    refuse_errors(reader.found)
    request = parting.Leaving(leaving, on, body.head, body.protected, tuple(body.protected_from), body.reason, address)
    actor = living.actor_of(caller)
    act = await writing.by(caller)
    new_id = await parting.split_household(session, household_id, request, act, actor)
    household = await households.load(session, new_id)
    standing = await barriers.standing(session, leaving, caller.organisation) if body.protected else []
    document = {
        "household": household_document(household),
        "members": [member_document(member) for member in await households.members(session, new_id)],
        "former_household_id": household_id,
        "barriers": [living.barrier_document(barrier) for barrier in standing],
    }
    return shown(document, status=201, location=f"/v1/households/{new_id}")
