"""`POST /oauth2/introspect` and `POST /oauth2/revoke`."""

from fastapi import Request, Response

from services.gateway.access.api.dependencies import EMBEDDED, Forget, Settings, Verifier
from services.gateway.access.api.exchanges import read_exchange, refusal, told
from services.gateway.access.api.forms import MEDIA_TYPE
from services.gateway.access.api.tokens import REFUSALS
from services.gateway.access.contract.oauth import QUESTION_FORM, IntrospectionBody
from services.gateway.access.domain.errors import ClientRefusedError
from services.gateway.access.operations.authenticate_client import authenticate_client
from services.gateway.access.operations.introspect_token import introspect_token as introspect
from services.gateway.access.operations.revoke_token import revoke_token as revoke
from services.gateway.ports import TokenLimited
from services.kit.clock import Now
from services.kit.database import WriteSession
from services.kit.logs import log
from services.kit.routes import Router

router = Router(tags=["access"], dependencies=[EMBEDDED])
_FORM = {
    "security": [{"client_secret_basic": []}, {}],
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": QUESTION_FORM}}},
}


@router.post(
    "/oauth2/introspect",
    operation_id="introspect_token",
    summary="Ask whether a token is good",
    response_model=IntrospectionBody,
    response_model_exclude_unset=True,
    responses=REFUSALS,
    openapi_extra=_FORM,
)
async def introspect_token(
    request: Request, *, limits: TokenLimited, session: WriteSession, settings: Settings, verifier: Verifier, at: Now
) -> Response:
    """Say what a token is worth now (RFC 7662), to a client of the organisation that it was issued to.

    Of a token that is unknown, over, revoked or another organisation's it says the same: `{"active": false}`.
    """
    asked = await read_exchange(request, limits, at)
    if isinstance(asked, Response):
        return asked
    try:
        client = await authenticate_client(session, asked, issuer=settings.public_url, at=at)
    except ClientRefusedError as refused:
        return refusal(request, refused.error)
    if not asked.form.get("token"):
        return refusal(request, "invalid_request")
    return told(await introspect(session, asked.form["token"], client=client, verifier=verifier, at=at))


@router.post(
    "/oauth2/revoke",
    operation_id="revoke_token",
    summary="Put a token out of force",
    response_class=Response,
    responses={**REFUSALS, 200: {"description": "It is out of force, or was never in force", "content": {}}},
    openapi_extra=_FORM,
)
async def revoke_token(
    request: Request,
    *,
    limits: TokenLimited,
    session: WriteSession,
    settings: Settings,
    verifier: Verifier,
    forget: Forget,
    at: Now,
) -> Response:
    """End an access token, or everything that came of one sign-in where a refresh token is given (RFC 7009).

    It takes effect at once in the process that answers, within a minute everywhere. The answer is 200 for any token.
    """
    asked = await read_exchange(request, limits, at)
    if isinstance(asked, Response):
        return asked
    try:
        client = await authenticate_client(session, asked, issuer=settings.public_url, at=at, public=True)
    except ClientRefusedError as refused:
        return refusal(request, refused.error)
    if not asked.form.get("token"):
        return refusal(request, "invalid_request")
    if await revoke(session, asked.form["token"], client=client, verifier=verifier, at=at):
        log.info("token_revoked", client_id=client.id, request_id=request.state.request_id)
        forget(session)
    return Response(status_code=200, headers={"cache-control": "no-store"})
