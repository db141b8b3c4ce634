"""Put a question to a service together with the registry's facts about the person."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.persons.domain.splicing import with_facts
from services.gateway.ports import Reply, Services
from services.kit.callers import Caller

FACTS_DEADLINE_S = 2.0
_FACTS = frozenset({"facts:read"})
_OK, _UNKNOWN = 200, 404


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a service.

    Attributes:
        target: Path of the operation.
        body: A well-formed JSON object, as the caller wrote it.
        person_id: Whom it is about; None where the body names nobody, which the service then says itself.
        headers: Those of the caller that concern the service.
    """

    service: str
    target: str
    body: bytes
    person_id: UUID | None
    headers: Mapping[str, str]


async def ask_with_facts(services: Services, question: Question, *, caller: Caller, request_id: str) -> Reply:
    """Return the service's answer.

    The facts are read for this question alone, under a right that partners do not have; where the registry does not
    answer they are null, and the service decides on what the change feed has told it. The body that the service
    sees changes with the facts, so the caller's own is named by its hash: an idempotency key means *her* body.

    Raises:
        PersonUnknownError: The registry knows nobody under this id.
        ConnectionError: The service is out of reach.
    """
    facts = b"null"
    if question.person_id is not None:
        facts = await _facts(services, question.person_id, caller, request_id)
    headers = dict(question.headers)
    if "idempotency-key" in headers:
        headers["idempotency-fingerprint"] = hashlib.sha256(question.body).hexdigest()
    return await services.ask(
        question.service,
        "POST",
        question.target,
        caller=caller,
        scopes=caller.scopes,
        request_id=request_id,
        headers={**headers, "content-type": "application/json"},
        body=with_facts(question.body, facts),
    )


async def _facts(services: Services, person_id: UUID, caller: Caller, request_id: str) -> bytes:
    try:
        reply = await services.ask(
            "registry",
            "GET",
            f"/v1/persons/{person_id}/facts",
            caller=caller,
            scopes=_FACTS,
            request_id=request_id,
            deadline_s=FACTS_DEADLINE_S,
        )
    except ConnectionError:
        return b"null"
    if reply.status == _UNKNOWN:
        raise PersonUnknownError("/person_id")
    return reply.body if reply.status == _OK else b"null"
