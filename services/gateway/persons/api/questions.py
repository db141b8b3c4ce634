"""Bodies of the questions that go on with facts: read strictly, passed on as bytes."""

from typing import Any
from uuid import UUID

from fastapi import Request

from services.kit import problems, strict_json
from services.kit.problems import FieldError, Problem
from services.kit.routes import LARGEST_BODY

_PASSED = ("accept-language", "idempotency-key")


async def read_question(request: Request) -> tuple[bytes, UUID | None]:
    """Return a JSON object as it was written, and the person it names.

    Raises:
        Problem: 413, 415, 400 or 422 for what is no such object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(problems.UNSUPPORTED_MEDIA)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Problem(problems.TOO_LARGE, headers={"connection": "close"})
        parts.append(part)
    body = b"".join(parts)
    try:
        question = strict_json.loads(body)
    except strict_json.MalformedJsonError as error:
        place = FieldError(error.pointer, error.code, "Send plain JSON in UTF-8")
        raise Problem(problems.BAD_REQUEST, [place]) from None
    if not isinstance(question, dict):
        raise Problem(problems.INVALID, [FieldError("", "object_type", "Send a JSON object")])
    if "facts" in question:
        raise Problem(problems.INVALID, [FieldError("/facts", "extra_forbidden", "Remove it: facts are not yours")])
    return body, _identifier(question.get("person_id"))


def passed_headers(request: Request) -> dict[str, str]:
    """Return the caller's headers that concern the service."""
    return {name: request.headers[name] for name in _PASSED if name in request.headers}


def _identifier(value: Any) -> UUID | None:
    """Return the person's id, or None for what the service will refuse in its own words."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
