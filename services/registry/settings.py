"""Settings of the registry."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings

_KEY_BYTES = 32


class RegistrySettings(ServiceSettings):
    """The registry's settings: `INDIMAJ_REGISTRY_DATABASE_URL` and what all services share.

    Attributes:
        blobs_url: Where uploads and the ledger of erasures lie, apart from the database: a folder, or
            `s3://bucket/prefix` with the usual AWS_* variables beside it.
        blob_key: 64 hexadecimal characters; uploads are sealed with it, and their links signed.
        document_bytes: The longest upload.
        scanner: `host:port` of a ClamAV daemon that every upload is shown to; none is asked without it.
    """

    model_config = SettingsConfigDict(
        env_prefix="INDIMAJ_REGISTRY_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    blobs_url: str = ".local/blobs"
    blob_key: SecretStr
    document_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=200 * 1024 * 1024)
    scanner: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._\[\]:-]+:[0-9]{1,5}$")

    @field_validator("scanner", mode="before")
    @classmethod
    def _none_when_empty(cls, value: object) -> object:
        return value or None

    @field_validator("blob_key")
    @classmethod
    def _whole_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) != _KEY_BYTES:
            raise ValueError("needs 32 bytes in hexadecimal")
        return value
