"""Who belongs to a household."""

from typing import Annotated

from fastapi import Response

from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import IfMatch
from services.kit.problems import UNSUPPORTED_MEDIA
from services.kit.routes import Router, documented
from services.registry.api import living
from services.registry.api.correcting import merged
from services.registry.api.dependencies import AsOf, KnownAt, PersonId, Trail, Writing
from services.registry.api.household_problems import BARRIER_STANDS, DISSOLVED, FULL, HAS_HEAD
from services.registry.api.living import HouseholdId, listed, member_document, shown
from services.registry.api.problems import PERIOD_OVERLAP
from services.registry.api.words import refuse_errors
from services.registry.contract.households import (
    JoiningMember,
    MemberBody,
    MemberList,
    MemberPatch,
    MembershipEnd,
    NewMember,
)
from services.registry.domain.findings import Findings
from services.registry.domain.households import Member, MemberNotFoundError, latest
from services.registry.operations import add_household_member as joining
from services.registry.operations import amend_household_member as amending
from services.registry.operations import end_household_membership as ending
from services.registry.store import households

router = Router(tags=["households"])
_MEMBERS = {"x-field": "household"}
_PATH = "/v1/households/{household_id}/members"


@router.get(_PATH, operation_id="list_household_members", response_model=MemberList, openapi_extra=_MEMBERS)
async def list_household_members(
    *,
    household_id: HouseholdId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Return who belongs to a household, and belonged to it: with `as_of` on a day, with `known_at` as it was known."""
    _, open_ = await living.require_household(session, household_id, caller, today, known_at)
    members = await households.members(session, household_id, as_of=as_of, known_at=known_at)
    visible = [member for member in members if member.person_id in open_]
    trail.about(*{member.person_id for member in visible})
    return listed(map(member_document, visible))


@router.post(
    _PATH,
    operation_id="add_household_member",
    status_code=201,
    response_model=MemberBody,
    openapi_extra=_MEMBERS,
    responses=documented(BARRIER_STANDS, DISSOLVED, FULL, HAS_HEAD, PERIOD_OVERLAP),
)
async def add_household_member(
    *,
    household_id: HouseholdId,
    body: JoiningMember,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Add a person to a household. Whoever lives with a protected person is protected as she is."""
    found = Findings()
    valid = living.read_days(found, "", body.valid_from or writing.today, body.valid_to)
    refuse_errors(found)
    trail.about(body.person_id)
    await living.require_household(session, household_id, caller, writing.today)
    await living.require_all(session, [body.person_id], caller)
    new = Member(body.person_id, body.role, valid)
    act = await writing.by(caller)
    version = await joining.add_household_member(session, household_id, new, act, moving=body.moving)
    location = f"/v1/households/{household_id}/members"
    return shown(member_document(new), version=version, status=201, location=location)


@router.patch(
    f"{_PATH}/{{person_id}}",
    operation_id="amend_household_member",
    response_model=MemberBody,
    openapi_extra=_MEMBERS,
    responses=documented(BARRIER_STANDS, DISSOLVED, FULL, HAS_HEAD, PERIOD_OVERLAP, UNSUPPORTED_MEDIA),
)
async def amend_household_member(
    *,
    household_id: HouseholdId,
    person_id: PersonId,
    body: MemberPatch,
    caller: Annotated[Caller, requires("persons:write")],
    version: IfMatch,
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Correct as whom, or on which days, somebody belongs to a household; `If-Match` names the household's ETag."""
    trail.about(person_id)
    await _require_member(session, household_id, person_id, caller, writing)
    before = latest(await households.members(session, household_id), person_id)
    whole = merged(NewMember, member_document(before), body)
    found = Findings()
    valid = living.read_days(found, "", whole.valid_from, whole.valid_to)
    refuse_errors(found)
    act = await writing.by(caller)
    raised = await amending.amend_household_member(
        session, household_id, person_id, version, role=whole.role, valid=valid, act=act
    )
    return shown(member_document(Member(person_id, whole.role, valid)), version=raised)


@router.post(
    f"{_PATH}/{{person_id}}/end",
    operation_id="end_household_membership",
    response_model=MemberList,
    openapi_extra=_MEMBERS,
)
async def end_household_membership(
    *,
    household_id: HouseholdId,
    person_id: PersonId,
    body: MembershipEnd,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Store somebody's last day in a household, and return her memberships; one that had not begun is taken back."""
    trail.about(person_id)
    await _require_member(session, household_id, person_id, caller, writing)
    act = await writing.by(caller)
    version = await ending.end_household_membership(session, household_id, person_id, body.on, act)
    rest = [one for one in await households.members(session, household_id) if one.person_id == person_id]
    return listed(map(member_document, rest), version=version)


async def _require_member(
    session: WriteSession, household_id: HouseholdId, person_id: PersonId, caller: Caller, writing: Writing
) -> None:
    """See that a household and one of its members may be known of."""
    _, open_ = await living.require_household(session, household_id, caller, writing.today)
    if person_id not in open_:
        raise MemberNotFoundError
