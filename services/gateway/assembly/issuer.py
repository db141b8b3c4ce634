"""Whose access tokens are taken: our own, or those of one outside issuer."""

from services.gateway.access.clients.issuer import OutsideIssuer
from services.gateway.access.domain.claims import ClaimNames
from services.gateway.access.domain.records import KeyUse
from services.gateway.access.store.keyring import Keyring, KeySourceOf
from services.gateway.settings import GatewaySettings
from services.kit import http
from services.kit.tokens import TOKEN_TYPE, FetchedKeys, TokenVerifier

KEPT_S = 600.0
STALE_S = 86_400.0
"""An issuer that does not answer stops us after a day, not before."""


def issuer_of(settings: GatewaySettings, keyring: Keyring) -> tuple[TokenVerifier, ClaimNames]:
    """Return who verifies access tokens, and which claims hold what.

    Raises:
        IssuerRefusedError: The configured issuer's documents would not come by https.
    """
    if settings.oidc_issuer is None:
        source = KeySourceOf(keyring, KeyUse.ACCESS)
        return TokenVerifier(source, issuer=settings.public_url, audience=settings.audience), ClaimNames()
    outside = OutsideIssuer(settings.oidc_issuer, fetch=http.fetch_json, loopback=settings.environment != "production")
    names = ClaimNames(
        own=False,
        client=settings.oidc_client_claim,
        organisation=settings.oidc_organisation_claim,
        scope=settings.oidc_scope_claim,
        purposes=settings.oidc_purposes_claim,
    )
    verifier = TokenVerifier(
        FetchedKeys(outside.keys, kept_s=KEPT_S, stale_s=STALE_S),
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience or settings.audience,
        algorithms=settings.oidc_algorithms.split(","),
        types=[TOKEN_TYPE, f"application/{TOKEN_TYPE}", *(["JWT"] if settings.oidc_plain_jwt else [])],
        required=("sub", names.client),
        shared=True,
    )
    return verifier, names
