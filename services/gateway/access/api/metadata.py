"""What clients and services discover: metadata and public keys."""

from fastapi import Request, Response

from services.gateway.access.api.dependencies import Keys, Settings
from services.gateway.access.contract import JwksBody, OpenIdMetadata, ServerMetadata
from services.gateway.access.domain.records import KeyUse
from services.gateway.access.operations.grant_token import AUTH_METHODS, GRANT_TYPES
from services.gateway.access.reference import catalogue
from services.gateway.settings import GatewaySettings
from services.kit import problems
from services.kit.problems import Problem
from services.kit.routes import Router

_CACHED = "public, max-age=300"
_FROM_OUTSIDE = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")
router = Router(tags=["access"])


@router.get("/.well-known/oauth-authorization-server", operation_id="read_server_metadata")
async def read_server_metadata(settings: Settings, response: Response) -> ServerMetadata:
    """Return the authorization server's metadata (RFC 8414)."""
    response.headers["cache-control"] = _CACHED
    return _server(settings)


@router.get("/.well-known/openid-configuration", operation_id="read_openid_configuration")
async def read_openid_configuration(settings: Settings, response: Response) -> OpenIdMetadata:
    """Return the same where OpenID Connect clients look for it."""
    response.headers["cache-control"] = _CACHED
    return OpenIdMetadata(
        **_server(settings).model_dump(),
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256"],
    )


@router.get("/.well-known/jwks.json", operation_id="read_signing_keys")
async def read_signing_keys(keys: Keys, response: Response) -> JwksBody:
    """Return the public keys that access tokens are signed with (RFC 7517)."""
    response.headers["cache-control"] = _CACHED
    return JwksBody(keys=list((await keys.published(KeyUse.ACCESS))["keys"]))


@router.get("/internal/jwks.json", include_in_schema=False)
async def read_internal_keys(keys: Keys, request: Request) -> JwksBody:
    """Return the public keys of the tokens that the gateway writes for its services.

    For the services alone. The keys are no secret; still, what came through a proxy is told that nothing is here.
    """
    if any(name in request.headers for name in _FROM_OUTSIDE):
        raise Problem(problems.NOT_FOUND)
    return JwksBody(keys=list((await keys.published(KeyUse.INTERNAL))["keys"]))


def _server(settings: GatewaySettings) -> ServerMetadata:
    base = settings.public_url
    return ServerMetadata(
        issuer=base,
        token_endpoint=f"{base}/oauth2/token",
        jwks_uri=f"{base}/.well-known/jwks.json",
        scopes_supported=[scope.name for scope in catalogue.scopes() if scope.partner],
        response_types_supported=[],
        grant_types_supported=list(GRANT_TYPES),
        token_endpoint_auth_methods_supported=list(AUTH_METHODS),
        service_documentation=f"{base}/docs",
    )
