"""What the training service is told by its environment."""

from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class TrainingSettings(ServiceSettings):
    """Settings of the training service, `INDIMAJ_TRAINING_*`."""

    model_config = SettingsConfigDict(env_prefix="INDIMAJ_TRAINING_")
