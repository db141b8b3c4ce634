"""Rows, checkpoints and proofs of a store's trail: the service whose store it is answers, byte for byte."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.gateway.audit.domain.stores import SERVICES, TrailStore
from services.gateway.audit.store.own import OwnTrail
from services.gateway.ports import Services, Spoken, answer_of
from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.problems import Problem
from services.kit.routes import Router, documented
from services.trail.contract import CheckpointsBody, ProofBody, RecordsBody
from services.trail.routes import After, Asked, Before, Limit, Noting, check_purpose, read_asked

router = Router(tags=["audit"])
Which = Annotated[TrailStore, Query(description="Whose trail")]
Auditor = Annotated[Caller, requires("audit:read", personal=False)]
_GUARDED = documented(problems.PURPOSE_REQUIRED, problems.PURPOSE_UNKNOWN, problems.PURPOSE_NOT_AGREED)
_PERSONAL: dict[str, Any] = {"x-personal-data": True}
"""The store that is read writes the audit row; the gate asks for the purpose."""


class Reader:
    """One request to read a store's trail."""

    def __init__(self, request: Request, row: Noting, services: Spoken) -> None:
        self._request, self._row, self._services = request, row, services

    async def of_service(self, store: TrailStore, caller: Caller, path: str) -> Response:
        """Return the answer of the service that keeps the store."""
        query = [(name, value) for name, value in self._request.query_params.multi_items() if name != "store"]
        language = self._request.headers.get("accept-language")
        services: Services = self._services
        reply = await services.ask(
            SERVICES[store],
            "GET",
            f"{path}?{urlencode(query)}" if query else path,
            caller=caller,
            scopes=frozenset({"audit:read"}),
            request_id=self._request.state.request_id,
            headers={"accept-language": language} if language else None,
        )
        return answer_of(reply)

    async def own(self, caller: Caller) -> OwnTrail:
        """Return the gateway's own trail for a caller who reads it for an audit.

        Raises:
            Problem: 403 for another purpose; the attempt leaves its row.
        """
        self._row.caller = caller
        database = self._request.app.state.database
        try:
            check_purpose(caller, "AUDIT")
        except Problem as problem:
            await self._row.write_alone(await database.pool(), f"refused:{problem.type.slug}")
            raise
        return OwnTrail(database, self._row)


async def read_reader(request: Request, row: Noting, services: Spoken) -> Reader:
    """Return the request's reader."""
    return Reader(request, row, services)


Reading = Annotated[Reader, Depends(read_reader)]


@router.get(
    "/v1/audit/records",
    operation_id="read_audit_records",
    summary="Read a sealed audit trail",
    response_model=RecordsBody,
    responses=_GUARDED,
    openapi_extra=_PERSONAL,
)
async def read_records(
    *,
    caller: Auditor,
    reader: Reading,
    row: Noting,
    store: Which,
    asked: Annotated[Asked, Depends(read_asked)],
    after: After = -1,
    limit: Limit = 50,
) -> RecordsBody | Response:
    """Return sealed rows of one store in order; a row's leaf can be computed from it, and held against a checkpoint.

    Purpose `AUDIT`. Reading the trail leaves a row in it too.
    """
    if store in SERVICES:
        return await reader.of_service(store, caller, "/v1/audit/records")
    own = await reader.own(caller)
    if asked.person_id is not None:
        row.about(asked.person_id)
    return await own.records(asked.known_as(row.pseudonyms), after=after, limit=limit)


@router.get(
    "/v1/audit/records/{record_id}/proof",
    operation_id="prove_audit_record",
    summary="Prove that a row is in the trail",
    response_model=ProofBody,
    responses={**_GUARDED, **documented(problems.NOT_FOUND)},
    openapi_extra=_PERSONAL,
)
async def prove_record(record_id: UUID, caller: Auditor, reader: Reading, store: Which) -> ProofBody | Response:
    """Return a row with the hashes that lead from its leaf to the newest signed root (RFC 6962). Purpose `AUDIT`."""
    if store in SERVICES:
        return await reader.of_service(store, caller, f"/v1/audit/records/{record_id}/proof")
    found = await (await reader.own(caller)).proof(record_id)
    if found is None:
        raise Problem(problems.NOT_FOUND)
    return found


@router.get(
    "/v1/audit/checkpoints",
    operation_id="read_audit_checkpoints",
    summary="Read the signed checkpoints of a trail",
    response_model=CheckpointsBody,
    responses=_GUARDED,
    openapi_extra=_PERSONAL,
)
async def read_checkpoints(
    *, caller: Auditor, reader: Reading, store: Which, before: Before = None, limit: Limit = 50
) -> CheckpointsBody | Response:
    """Return the signed checkpoints, the newest first, with the key that checks them. Purpose `AUDIT`.

    Whoever keeps one outside can later show that nothing before it was rewritten: `audit verify --anchor`.
    """
    if store in SERVICES:
        return await reader.of_service(store, caller, "/v1/audit/checkpoints")
    return await (await reader.own(caller)).checkpoints(before=before, limit=limit)
