"""What the endpoints for tokens have in common: a strict form, limits before any proof, answers in OAuth's words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from fastapi import Request, Response

from services.gateway.access.api.forms import MalformedFormError, read_form
from services.gateway.access.domain.errors import ClientRefusedError
from services.gateway.access.domain.exchanges import TokenAnswer, TokenRequest, offered
from services.gateway.ports import TokenLimits
from services.kit.logs import log

_HEADERS = {"cache-control": "no-store", "pragma": "no-cache"}


async def read_exchange(request: Request, limits: TokenLimits, at: datetime) -> TokenRequest | Response:
    """Return what was asked, or the refusal: of what is no form, and of one call too many.

    The call is counted before any secret is looked at, under the client that it names, whoever sent it.
    """
    authorization = request.headers.getlist("authorization")
    try:
        asked = TokenRequest(
            await read_form(request),
            authorization[0] if authorization else None,
            tuple(request.headers.getlist("dpop")),
        )
    except MalformedFormError:
        return refusal(request, "invalid_request")
    try:
        name = offered(asked)[1]
    except ClientRefusedError:
        name = None
    refused = await limits.refusal(request, name, at)
    if refused is not None:
        log.info("token_limited", request_id=request.state.request_id)
        return refused
    return asked


def refusal(request: Request, error: str) -> Response:
    """Answer in the words of RFC 6749 section 5.2."""
    answer = TokenAnswer.refusal(error)
    log.info("token_refused", reason=answer.body["error"], request_id=request.state.request_id)
    challenge = {"www-authenticate": 'Basic realm="indimaj", charset="UTF-8"'} if error == "invalid_client" else {}
    return told(answer.body, answer.status, challenge)


def told(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that nobody keeps."""
    return Response(orjson.dumps(body), status, {**_HEADERS, **(headers or {})}, media_type="application/json")
