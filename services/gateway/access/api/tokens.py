"""`POST /oauth2/token`."""

from typing import Any

from fastapi import Request, Response

from services.gateway.access.api.dependencies import EMBEDDED, Keys, Settings
from services.gateway.access.api.exchanges import read_exchange, refusal, told
from services.gateway.access.api.forms import MEDIA_TYPE
from services.gateway.access.contract.oauth import TOKEN_FORM, OAuthErrorBody, TokenBody
from services.gateway.access.domain.grants import AccessGrant
from services.gateway.access.domain.records import KeyUse
from services.gateway.access.operations.grant_token import grant_token
from services.gateway.access.operations.write_access_token import write_access_token
from services.gateway.ports import TokenLimited
from services.kit import problems
from services.kit.clock import Now
from services.kit.database import WriteSession
from services.kit.logs import log
from services.kit.routes import Router

router = Router(tags=["access"], dependencies=[EMBEDDED])
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {
        "model": OAuthErrorBody,
        "description": "Refused (RFC 6749 section 5.2); a problem where the request cannot be read at all",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
    401: {"model": OAuthErrorBody, "description": "Client authentication failed"},
    429: {"model": OAuthErrorBody, "description": "Too many; wait as many seconds as `Retry-After` says"},
}


@router.post(
    "/oauth2/token",
    operation_id="issue_token",
    summary="Get an access token",
    response_model=TokenBody,
    responses=REFUSALS,
    openapi_extra={
        "security": [{"client_secret_basic": []}, {}],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": TOKEN_FORM}}},
    },
)
async def issue_token(
    request: Request, *, limits: TokenLimited, session: WriteSession, keys: Keys, settings: Settings, at: Now
) -> Response:
    """Return a token of five minutes for a client that proves who it is.

    Grants: `client_credentials`, `authorization_code` (with PKCE) and `refresh_token` (each is good once: its answer
    holds the next). A client proves itself by its secret as HTTP Basic or in the form, or by a signed assertion, never
    by two of them; a public one by PKCE alone. With a `DPoP` header the tokens are bound to the key that signs it.
    """
    asked = await read_exchange(request, limits, at)
    if isinstance(asked, Response):
        return asked
    key = await keys.current(KeyUse.ACCESS)

    def sign(grant: AccessGrant) -> str:
        return write_access_token(grant, issuer=settings.public_url, audience=settings.audience, key=key, at=at)

    answer = await grant_token(
        session,
        asked,
        issuer=settings.public_url,
        endpoint=f"{settings.public_url}/oauth2/token",
        sign=sign,
        at=at,
    )
    if answer.client_id is None:
        return refusal(request, answer.body["error"])
    log.info("token_issued", client_id=answer.client_id, request_id=request.state.request_id)
    return told(answer.body)
