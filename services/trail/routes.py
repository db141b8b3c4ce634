"""A store's own routes for its trail; the gateway asks them, and nobody else may."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import AwareDatetime

from services.kit import audit, problems
from services.kit.audit import Pseudonyms, Trail
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.pages import LARGEST_PAGE
from services.kit.problems import Problem
from services.kit.routes import Router, documented
from services.trail import reading
from services.trail.contract import AccessesBody, CheckpointsBody, ProofBody, RecordsBody
from services.trail.reading import Filters

LARGEST_PLACE = 2**62
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="The most items to return")]
After = Annotated[int, Query(ge=-1, le=LARGEST_PLACE, description="`seq` of the last row that is known already")]
Before = Annotated[int | None, Query(ge=0, le=LARGEST_PLACE, description="`size` of the last checkpoint known already")]
Word = Annotated[
    str | None, Query(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$", description="Exactly as in the rows")
]
Instant = Annotated[AwareDatetime | None, Query(description="RFC 3339")]
Outcome = Annotated[Literal["ok", "replayed", "refused"] | None, Query(description="How the access ended")]
Person = Annotated[UUID | None, Query(description="Whose data")]
Noting = Annotated[Trail, Depends(audit.trail)]
_INTERNAL = {"x-internal": True}

router = Router(tags=["audit"])


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are asked for, with the person's id."""

    filters: Filters
    person_id: UUID | None

    def known_as(self, pseudonyms: Pseudonyms) -> Filters:
        """Return the filters with the person's pseudonym in place of her id."""
        return self.filters if self.person_id is None else replace(self.filters, person=pseudonyms.of(self.person_id))


async def read_asked(
    *,
    action: Word = None,
    organisation: Word = None,
    client_id: Word = None,
    outcome: Outcome = None,
    since: Instant = None,
    until: Instant = None,
    person_id: Person = None,
) -> Asked:
    """Return which rows are asked for; a coroutine, because FastAPI sends plain functions to a thread."""
    return Asked(Filters(action, organisation, client_id, outcome, since, until), person_id)


def check_purpose(caller: Caller, *purposes: str) -> None:
    """Let a caller read the trail for what it is kept for alone.

    Raises:
        Problem: 403 for another purpose.
    """
    if caller.purpose not in purposes:
        raise Problem(problems.PURPOSE_NOT_AGREED)


@router.get("/v1/audit/records", operation_id="read_audit_records", openapi_extra=_INTERNAL)
async def read_records(
    *,
    caller: Annotated[Caller, requires("audit:read")],
    trail: Noting,
    session: ReadSession,
    asked: Annotated[Asked, Depends(read_asked)],
    after: After = -1,
    limit: Limit = 50,
) -> RecordsBody:
    """Return sealed rows of the trail in order."""
    check_purpose(caller, "AUDIT")
    if asked.person_id is not None:
        trail.about(asked.person_id)
    return await reading.records(session, asked.known_as(trail.pseudonyms), after=after, limit=limit)


@router.get(
    "/v1/audit/records/{record_id}/proof",
    operation_id="prove_audit_record",
    openapi_extra=_INTERNAL,
    responses=documented(problems.NOT_FOUND),
)
async def prove_record(
    record_id: Annotated[UUID, Path(description="Id of the row")],
    caller: Annotated[Caller, requires("audit:read")],
    session: ReadSession,
) -> ProofBody:
    """Return the proof that a row stands in the trail."""
    check_purpose(caller, "AUDIT")
    found = await reading.proof(session, record_id)
    if found is None:
        raise Problem(problems.NOT_FOUND)
    return found


@router.get("/v1/audit/checkpoints", operation_id="read_audit_checkpoints", openapi_extra=_INTERNAL)
async def read_checkpoints(
    caller: Annotated[Caller, requires("audit:read")], session: ReadSession, before: Before = None, limit: Limit = 50
) -> CheckpointsBody:
    """Return the signed checkpoints, the newest first."""
    check_purpose(caller, "AUDIT")
    return await reading.checkpoints(session, before=before, limit=limit)


@router.get("/v1/audit/accesses", operation_id="read_accesses", openapi_extra=_INTERNAL)
async def read_accesses(
    *,
    person_id: Annotated[UUID, Query(description="Whose data")],
    caller: Annotated[Caller, requires("audit:read")],
    trail: Noting,
    session: ReadSession,
    before_at: Annotated[AwareDatetime | None, Query(description="Instant of the last entry known already")] = None,
    before_id: Annotated[UUID | None, Query(description="Its id")] = None,
    limit: Limit = 50,
) -> AccessesBody:
    """Return who used a person's data, the newest first; nothing of her care."""
    check_purpose(caller, "AUDIT", "SUBJECT_REQUEST")
    trail.about(person_id)
    before: tuple[datetime, UUID] | None = None
    if before_at is not None and before_id is not None:
        before = (before_at, before_id)
    return await reading.accesses(session, trail.pseudonyms.of(person_id), before=before, limit=limit)
