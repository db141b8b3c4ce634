"""What the health service is told by its environment (prefix `INDIMAJ_HEALTH_`)."""

from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class HealthSettings(ServiceSettings):
    """Settings of the health service; nothing beyond what every service has."""

    model_config = SettingsConfigDict(env_prefix="INDIMAJ_HEALTH_")
