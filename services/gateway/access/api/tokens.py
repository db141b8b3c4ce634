"""`POST /oauth2/token`."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

import orjson
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api.dependencies import Keys, Settings
from services.gateway.access.api.forms import MEDIA_TYPE, MalformedFormError, read_form
from services.gateway.access.contract import TOKEN_FORM, OAuthErrorBody, TokenBody
from services.gateway.access.domain.credentials import check_client_id
from services.gateway.access.domain.errors import MalformedClientIdError
from services.gateway.access.domain.records import Client, KeyUse
from services.gateway.access.operations.grant_token import (
    LIFETIME_S,
    TokenAnswer,
    TokenRequest,
    grant_token,
)
from services.gateway.access.store.clients import find_client
from services.kit import problems
from services.kit.clock import Now
from services.kit.database import ReadSession
from services.kit.logs import log
from services.kit.routes import Router
from services.kit.tokens import sign

LARGEST_HEADER = 2048
router = Router(tags=["access"])


@router.post(
    "/oauth2/token",
    operation_id="issue_token",
    summary="Get an access token",
    response_model=TokenBody,
    responses={
        400: {
            "model": OAuthErrorBody,
            "description": "Refused (RFC 6749 section 5.2); a problem where the request cannot be read at all",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
        401: {"model": OAuthErrorBody, "description": "Client authentication failed"},
    },
    openapi_extra={
        "security": [{"client_secret_basic": []}, {}],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": TOKEN_FORM}}},
    },
)
async def issue_token(request: Request, session: ReadSession, keys: Keys, settings: Settings, at: Now) -> Response:
    """Return a token of five minutes for a client that proves who it is.

    The grant is `client_credentials`; the secret comes as HTTP Basic or in the form, never both.
    """
    try:
        asked = TokenRequest(await read_form(request), request.headers.get("authorization"))
    except MalformedFormError:
        return _response(request, TokenAnswer.refusal("invalid_request"))
    key = await keys.current(KeyUse.ACCESS)

    def sign_for(client: Client, scope: str) -> str:
        claims = {
            "iss": settings.public_url,
            "aud": settings.audience,
            "sub": client.id,
            "client_id": client.id,
            "org": client.organisation,
            "scope": scope,
        }
        return sign(key, claims, issued_at=at, lifetime_s=LIFETIME_S)

    clients = await _named(session, asked, at)
    return _response(request, grant_token(asked, clients=clients, sign_for=sign_for))


async def _named(session: AsyncSession, asked: TokenRequest, at: datetime) -> Mapping[str, Client]:
    """Return the client that the request names, in the header or else in the form, if there is one."""
    name = asked.form.get("client_id", "") if asked.authorization is None else _basic_user(asked.authorization)
    try:
        client = await find_client(session, check_client_id(name), at=at)
    except MalformedClientIdError:
        client = None
    return {} if client is None else {client.id: client}


def _basic_user(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > LARGEST_HEADER:
        return ""
    try:
        return unquote(base64.b64decode(credentials).decode().partition(":")[0])
    except (binascii.Error, UnicodeError, ValueError):
        return ""


def _response(request: Request, answer: TokenAnswer) -> Response:
    headers = {"cache-control": "no-store", "pragma": "no-cache"}
    if answer.client_id is not None:
        log.info("token_issued", client_id=answer.client_id, request_id=request.state.request_id)
    else:
        log.info("token_refused", reason=answer.body["error"], request_id=request.state.request_id)
        if answer.body["error"] == "invalid_client":
            headers["www-authenticate"] = 'Basic realm="indimaj", charset="UTF-8"'
    return Response(orjson.dumps(answer.body), answer.status, headers, media_type="application/json")
