"""What the gateway is told by its environment (prefix `INDIMAJ_GATEWAY_`)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings

_KEY_BYTES = 32


class GatewaySettings(ServiceSettings):
    """Settings of the gateway.

    Attributes:
        registry_url: Base URL of the registry, `http://host:port`; likewise for the other services.
        key_encryption_key: 64 hexadecimal characters that wrap the signing keys in the database; kept outside it.
        issuer: Public base URL, as partners write it; `iss` of their tokens. The gateway's own URL by default.
        audience: `aud` of partners' tokens.
        openapi_dir: Folder of the services' published documents; `docs/openapi` of the project by default.
        upstream: Which client speaks to the services: our own pool, or pyreqwest.
        upstream_concurrency: The most calls under way to one service (docs/resilience.md explains these eight).
        upstream_queue: The most calls that wait for one of those to end; beyond it callers are turned away with 503.
        upstream_queue_s: The longest that one waits, in seconds.
        breaker_minimum: Calls in half a minute below which the breaker concludes nothing.
        breaker_share: Share of failures among them at which it opens.
        breaker_open_s: How long a service is left in peace before it is tried again, in seconds.
        retry_share: Reads made again, as a share of the calls to a service.
        trusted_proxies: Networks, such as `10.0.0.0/8,192.0.2.7`, of the proxies whose X-Forwarded-For is believed;
            none by default, so that nobody chooses the address that limits count.
        oidc_issuer: Another issuer whose access tokens are taken in place of our own (also OIDC_ISSUER); the embedded
            server is then off (docs/tokens.md explains these eight).
        oidc_audience: `aud` of that issuer's tokens; `audience` where left out.
        oidc_client_claim: Which of its claims names the client; Keycloak's is `azp`.
        oidc_organisation_claim: Which names the organisation, to be held against the client's; none by default.
        oidc_scope_claim: Which holds the scopes, as a list or between spaces.
        oidc_purposes_claim: Which narrows the purposes; none by default.
        oidc_algorithms: Signatures taken of it, between commas: ES256, RS256, PS256.
        oidc_plain_jwt: Whether its tokens may be of type `JWT`, as Keycloak writes them, and not `at+jwt`.
        hedge_after_s: How late a read is when it is asked for once more; None (the default) never does.
        allow_local_webhooks: Whether events may be sent to this machine itself, over http: for trying things out in a
            demonstration or a test; in production it changes nothing.
        security_contact: Where to report a weakness; published in `/.well-known/security.txt`.
    """

    model_config = SettingsConfigDict(env_prefix="INDIMAJ_GATEWAY_")

    registry_url: str = "http://127.0.0.1:8001"
    health_url: str = "http://127.0.0.1:8002"
    training_url: str = "http://127.0.0.1:8003"
    key_encryption_key: SecretStr
    issuer: str | None = None
    audience: str = "indimaj-api"
    openapi_dir: Path | None = None
    upstream: Literal["pool", "reqwest"] = "pool"
    upstream_concurrency: int = Field(default=64, ge=1, le=1000)
    upstream_queue: int = Field(default=256, ge=0, le=10_000)
    upstream_queue_s: float = Field(default=1.0, ge=0, le=30)
    breaker_minimum: int = Field(default=10, ge=1)
    breaker_share: float = Field(default=0.5, gt=0, le=1)
    breaker_open_s: float = Field(default=5.0, gt=0, le=30)
    retry_share: float = Field(default=0.1, ge=0, le=1)
    trusted_proxies: str = ""
    oidc_issuer: str | None = Field(
        default=None, validation_alias=AliasChoices("INDIMAJ_GATEWAY_OIDC_ISSUER", "OIDC_ISSUER")
    )
    oidc_audience: str | None = None
    oidc_client_claim: str = "client_id"
    oidc_organisation_claim: str | None = None
    oidc_scope_claim: str = "scope"
    oidc_purposes_claim: str | None = None
    oidc_algorithms: str = "ES256,RS256,PS256"
    oidc_plain_jwt: bool = False
    hedge_after_s: float | None = Field(default=None, gt=0)
    allow_local_webhooks: bool = False
    security_contact: str = "mailto:security@indimaj.example"

    @field_validator("oidc_algorithms")
    @classmethod
    def _asymmetric(cls, value: str) -> str:
        if not value or not set(value.split(",")) <= {"ES256", "RS256", "PS256"}:
            raise ValueError("ES256, RS256 and PS256 alone are taken")
        return value

    @field_validator("key_encryption_key")
    @classmethod
    def _whole_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) != _KEY_BYTES:
            raise ValueError("needs exactly 32 bytes in hexadecimal")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in value.replace(",", " ").split():
            ip_network(part)
        return value

    @property
    def trusted_networks(self) -> Sequence[IPv4Network | IPv6Network]:
        """The networks of trusted proxies."""
        return [ip_network(part) for part in self.trusted_proxies.replace(",", " ").split()]

    @property
    def public_url(self) -> str:
        """The base URL that partners use, without a slash at its end."""
        return (self.issuer or self.gateway_url).rstrip("/")

    @property
    def documents(self) -> Path:
        """The folder of the published documents.

        Raises:
            FileNotFoundError: Neither the setting nor the project's own folder exists.
        """
        folder = self.openapi_dir or Path(__file__).resolve().parents[2] / "docs" / "openapi"
        if not folder.is_dir():
            raise FileNotFoundError("the published OpenAPI documents: set INDIMAJ_GATEWAY_OPENAPI_DIR")
        return folder
