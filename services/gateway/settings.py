"""What the gateway is told by its environment (prefix `INDIMAJ_GATEWAY_`)."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr, field_validator
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
    security_contact: str = "mailto:security@indimaj.example"

    @field_validator("key_encryption_key")
    @classmethod
    def _whole_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) != _KEY_BYTES:
            raise ValueError("needs exactly 32 bytes in hexadecimal")
        return value

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
