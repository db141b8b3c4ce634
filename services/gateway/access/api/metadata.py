"""What clients and services discover: metadata and public keys."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.access.api.dependencies import EMBEDDED, Keys, Settings
from services.gateway.access.contract.oauth import JwksBody, OpenIdMetadata, ResourceMetadata, ServerMetadata
from services.gateway.access.domain.exchanges import AUTH_METHODS, GRANT_TYPES
from services.gateway.access.domain.grants import PROMPTS
from services.gateway.access.domain.records import KeyUse
from services.gateway.access.reference import catalogue
from services.gateway.settings import GatewaySettings
from services.kit import problems
from services.kit.problems import Problem
from services.kit.routes import Router
from services.kit.tokens import ALGORITHM

_CACHED = "public, max-age=300"
_FROM_OUTSIDE = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")
_ELSEWHERE: dict[int | str, dict[str, Any]] = {307: {"description": "Another issuer writes the tokens: look there"}}
router = Router(tags=["access"])


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="read_server_metadata",
    response_model=ServerMetadata,
    responses=_ELSEWHERE,
)
async def read_server_metadata(settings: Settings, response: Response) -> ServerMetadata | Response:
    """Return the authorization server's metadata (RFC 8414)."""
    response.headers["cache-control"] = _CACHED
    return _elsewhere(settings) or _server(settings)


@router.get(
    "/.well-known/openid-configuration",
    operation_id="read_openid_configuration",
    response_model=OpenIdMetadata,
    responses=_ELSEWHERE,
)
async def read_openid_configuration(settings: Settings, response: Response) -> OpenIdMetadata | Response:
    """Return the same where OpenID Connect clients look for it; no ID tokens are issued."""
    response.headers["cache-control"] = _CACHED
    return _elsewhere(settings) or OpenIdMetadata(
        **_server(settings).model_dump(),
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
    )


@router.get("/.well-known/oauth-protected-resource", operation_id="read_resource_metadata")
async def read_resource_metadata(settings: Settings, response: Response) -> ResourceMetadata:
    """Return who writes the tokens that this API takes (RFC 9728)."""
    response.headers["cache-control"] = _CACHED
    return ResourceMetadata(
        resource=settings.public_url,
        authorization_servers=[settings.oidc_issuer or settings.public_url],
        scopes_supported=_scopes(),
        bearer_methods_supported=["header"],
        dpop_signing_alg_values_supported=[ALGORITHM],
        resource_documentation=f"{settings.public_url}/docs",
    )


@router.get("/.well-known/jwks.json", operation_id="read_signing_keys", dependencies=[EMBEDDED])
async def read_signing_keys(keys: Keys, response: Response) -> JwksBody:
    """Return the public keys that access tokens are signed with (RFC 7517): to come, in use, and of before."""
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


def _elsewhere(settings: GatewaySettings) -> Response | None:
    """Send who looks for the authorization server to the one that is: another's, where one is configured."""
    if settings.oidc_issuer is None:
        return None
    return RedirectResponse(f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration", 307)


def _scopes() -> list[str]:
    return [scope.name for scope in catalogue.scopes() if scope.partner]


def _server(settings: GatewaySettings) -> ServerMetadata:
    base = settings.public_url
    proofs = [method for method in AUTH_METHODS if method != "none"]
    return ServerMetadata(
        issuer=base,
        authorization_endpoint=f"{base}/oauth2/authorize",
        token_endpoint=f"{base}/oauth2/token",
        jwks_uri=f"{base}/.well-known/jwks.json",
        scopes_supported=_scopes(),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=list(GRANT_TYPES),
        token_endpoint_auth_methods_supported=list(AUTH_METHODS),
        token_endpoint_auth_signing_alg_values_supported=[ALGORITHM],
        introspection_endpoint=f"{base}/oauth2/introspect",
        introspection_endpoint_auth_methods_supported=proofs,
        introspection_endpoint_auth_signing_alg_values_supported=[ALGORITHM],
        revocation_endpoint=f"{base}/oauth2/revoke",
        revocation_endpoint_auth_methods_supported=list(AUTH_METHODS),
        revocation_endpoint_auth_signing_alg_values_supported=[ALGORITHM],
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        dpop_signing_alg_values_supported=[ALGORITHM],
        prompt_values_supported=sorted(PROMPTS),
        ui_locales_supported=["fr", "ar", "en"],
        service_documentation=f"{base}/docs",
    )
