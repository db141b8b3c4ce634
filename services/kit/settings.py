"""What a process is told by its environment; the only place that reads it."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings every service has.

    A service subclasses it with its own `env_prefix`, such as `INDIMAJ_HEALTH_`. Values that are the same for all
    may be given once as `INDIMAJ_<NAME>`.

    Attributes:
        environment: `demo` and `test` allow seeded credentials; `production` refuses them.
        gateway_url: Base URL of the gateway as this process reaches it.
        identifier_hash_key: 64 hexadecimal characters; the same in registry and health.
        pseudonym_key: 64 hexadecimal characters; the audit trail's key for person references.
        token_url: Where a worker gets its tokens: the gateway's, or that of the issuer that the gateway trusts.
    """

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    environment: Literal["demo", "test", "production"] = Field(
        default="production", validation_alias="INDIMAJ_ENVIRONMENT"
    )
    database_url: SecretStr
    owner_database_url: SecretStr | None = None
    database_pool_size: int = Field(default=12, ge=2, le=100)
    gateway_url: str = Field(default="http://127.0.0.1:8000", validation_alias="INDIMAJ_GATEWAY_URL")
    identifier_hash_key: SecretStr = Field(validation_alias="INDIMAJ_IDENTIFIER_HASH_KEY")
    pseudonym_key: SecretStr = Field(validation_alias="INDIMAJ_PSEUDONYM_KEY")
    log_level: str = Field(default="INFO", validation_alias="INDIMAJ_LOG_LEVEL")
    drain_seconds: float = Field(default=0.3, ge=0, le=60, validation_alias="INDIMAJ_DRAIN_SECONDS")
    client_id: str | None = None
    client_secret: SecretStr | None = None
    token_url: str = Field(default="/oauth2/token", validation_alias="INDIMAJ_TOKEN_URL")

    @field_validator("identifier_hash_key", "pseudonym_key")
    @classmethod
    def _hexadecimal(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) < 32:  # noqa: PLR2004  # bytes of an HMAC-SHA256 key
            raise ValueError("needs at least 32 bytes in hexadecimal")
        return value
