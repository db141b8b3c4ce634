"""What those who sign checkpoints are told by their environment."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SEED_BYTES = 32


class SealingSettings(BaseSettings):
    """Settings of the workers that seal; the services themselves are never told the key.

    Attributes:
        audit_key: 64 hexadecimal characters, an Ed25519 private key; the same for all stores. Kept outside the
            databases: whoever has both can rewrite the past, but for what was anchored outside.
        pause_s: Seconds between two looks for rows to seal.
    """

    model_config = SettingsConfigDict(
        env_prefix="INDIMAJ_AUDIT_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    audit_key: SecretStr = Field(validation_alias="INDIMAJ_AUDIT_KEY")
    pause_s: float = Field(default=2.0, ge=0.05, le=60)

    @field_validator("audit_key")
    @classmethod
    def _whole_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) != SEED_BYTES:
            raise ValueError("needs exactly 32 bytes in hexadecimal")
        return value

    @property
    def seed(self) -> bytes:
        """The key's 32 bytes."""
        return bytes.fromhex(self.audit_key.get_secret_value())
