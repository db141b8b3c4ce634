"""Settings: read from the environment by name, strict about keys, silent about secrets."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings

KEY = "ab" * 32
SECRETS = {
    "INDIMAJ_NOTES_DATABASE_URL": "postgresql://notes_app:canary-1@db:5432/notes",
    "INDIMAJ_NOTES_OWNER_DATABASE_URL": "postgresql://notes_owner:canary-2@db:5432/notes",
    "INDIMAJ_NOTES_CLIENT_SECRET": "canary-3",
    "INDIMAJ_IDENTIFIER_HASH_KEY": KEY,
    "INDIMAJ_PSEUDONYM_KEY": "cd" * 32,
}


class NotesSettings(ServiceSettings):
    """Settings of a service of notes."""

    model_config = SettingsConfigDict(env_prefix="INDIMAJ_NOTES_")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def test_a_service_reads_its_own_variables_and_the_shared_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {
        "INDIMAJ_ENVIRONMENT": "demo",
        "INDIMAJ_GATEWAY_URL": "http://gateway:8000",
        "INDIMAJ_LOG_LEVEL": "DEBUG",
        "INDIMAJ_DRAIN_SECONDS": "2.5",
        "INDIMAJ_NOTES_DATABASE_POOL_SIZE": "7",
        "INDIMAJ_NOTES_CLIENT_ID": "notes-worker",
    }
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    settings = NotesSettings()
    assert settings.environment == "demo"
    assert settings.gateway_url == "http://gateway:8000"
    assert settings.log_level == "DEBUG"
    assert settings.drain_seconds == 2.5
    assert settings.database_pool_size == 7
    assert settings.client_id == "notes-worker"
    assert settings.database_url.get_secret_value() == SECRETS["INDIMAJ_NOTES_DATABASE_URL"]
    assert settings.client_secret
    assert settings.client_secret.get_secret_value() == "canary-3"


def test_who_says_nothing_is_in_production() -> None:
    assert NotesSettings().environment == "production"


@pytest.mark.parametrize(
    "missing", ["INDIMAJ_NOTES_DATABASE_URL", "INDIMAJ_IDENTIFIER_HASH_KEY", "INDIMAJ_PSEUDONYM_KEY"]
)
def test_a_service_does_not_start_without_its_database_and_its_keys(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ValidationError):
        NotesSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INDIMAJ_IDENTIFIER_HASH_KEY", "canary" * 11),
        ("INDIMAJ_IDENTIFIER_HASH_KEY", "ab" * 31),
        ("INDIMAJ_PSEUDONYM_KEY", ""),
        ("INDIMAJ_ENVIRONMENT", "canary"),
        ("INDIMAJ_DRAIN_SECONDS", "-1"),
        ("INDIMAJ_NOTES_DATABASE_POOL_SIZE", "1"),
        ("INDIMAJ_NOTES_DATABASE_POOL_SIZE", "101"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        NotesSettings()
    assert "canary" not in str(refusal.value)
    assert "canary" not in repr(refusal.value)


def test_secrets_are_in_no_text_of_the_settings() -> None:
    settings = NotesSettings()
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "canary" not in text
        assert KEY not in text
