"""Settings of the registry."""

from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class RegistrySettings(ServiceSettings):
    """The registry's settings: `INDIMAJ_REGISTRY_DATABASE_URL` and what all services share."""

    model_config = SettingsConfigDict(
        env_prefix="INDIMAJ_REGISTRY_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )
