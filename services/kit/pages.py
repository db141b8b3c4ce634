"""Bounded lists: keyset cursors that are opaque, signed and bound to the question they continue."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Depends, Query, Request, Response

from services.kit import problems
from services.kit.problems import FieldError, Problem

LARGEST_PAGE = 200
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class PageParams:
    """What the caller asks for.

    Attributes:
        limit: The most items, 1 to 200.
        after: The sort key of the last item of the page before; empty on the first page.
    """

    limit: int
    after: Sequence[Any]


def page_params(request: Request, limit: int, cursor: str | None) -> PageParams:
    """Read `limit` and `cursor`.

    Raises:
        Problem: 422 for a cursor that is not ours, or that belongs to another question.
    """
    if cursor is None:
        return PageParams(limit, ())
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        after = orjson.loads(payload)
    except ValueError:
        raise _foreign() from None
    if not hmac.compare_digest(signature, _sign(request, payload)) or not isinstance(after, list):
        raise _foreign()
    return PageParams(limit, tuple(after))


async def read_page_params(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="The most items to return")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before")] = None,
) -> PageParams:
    """Read `limit` and `cursor`; a coroutine, because FastAPI sends plain functions to a thread."""
    return page_params(request, limit, cursor)


Page = Annotated[PageParams, Depends(read_page_params)]


def next_cursor(request: Request, response: Response, after: Sequence[Any] | None) -> str | None:
    """Return the cursor of the next page, and name it in the `Link` header.

    Args:
        request: The request answered; the cursor is bound to its path and filters.
        response: Receives `Link: <...>; rel="next"`.
        after: Sort key of the last item given (JSON-able), or None when the list has ended.
    """
    if after is None:
        return None
    payload = orjson.dumps(list(after), default=str)
    cursor = base64.urlsafe_b64encode(_sign(request, payload) + payload).rstrip(b"=").decode()
    query = request.url.include_query_params(cursor=cursor).query
    response.headers["link"] = f'<{quote(request.url.path)}?{query}>; rel="next"'
    return cursor


def _sign(request: Request, payload: bytes) -> bytes:
    filters = sorted(item for item in request.query_params.multi_items() if item[0] not in {"cursor", "limit"})
    question = orjson.dumps([request.url.path, filters, request.state.caller.client_id])
    key: bytes = request.app.state.cursor_key
    return hmac.new(key, question + b"\0" + payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _foreign() -> Problem:
    error = FieldError("?cursor", "cursor_foreign", "Send `next` of the page before, with the same filters, or none")
    return Problem(problems.INVALID, [error])
