"""Bring a store's database to the newest revision, by Alembic and as the store's owner role."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

STORES = ("registry", "coverage", "training", "gateway")
"""The stores of this version, in the order they are created and migrated."""

CONFIGURATION_FILE = Path(__file__).parents[1] / "alembic.ini"
_SERVICES = {"coverage": "health"}


class NoDatabaseUrlError(RuntimeError):
    """The owner role's URL of a store is not in the environment."""


def service_of(store: str) -> str:
    """Return the name of the service a store belongs to."""
    return _SERVICES.get(store, store)


def owner_url(store: str) -> str:
    """Return the owner role's database URL from the environment.

    Raises:
        NoDatabaseUrlError: It is not there.
    """
    variable = f"INDIMAJ_{service_of(store).upper()}_OWNER_DATABASE_URL"
    url = os.environ.get(variable)
    if not url:
        raise NoDatabaseUrlError(f"set {variable} to postgresql://{store}_owner:...@host:5432/{store}")
    return url


def configuration(store: str, url: str) -> Config:
    """Return Alembic's configuration for one store.

    Args:
        store: A section of `services/alembic.ini`.
        url: `postgresql://` URL for the owner role; it travels in memory only.
    """
    config = Config(CONFIGURATION_FILE, ini_section=store)
    config.attributes["url"] = url
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(store: str, url: str, *, revision: str = "head") -> str:
    """Apply the store's migrations up to a revision and return it; there is nothing to do when it is there already.

    Args:
        store: A section of `services/alembic.ini`.
        url: `postgresql://` URL for the owner role.
        revision: A revision of the store, `head` by default.
    """
    config = configuration(store, url)
    command.upgrade(config, revision)
    return heads(store)[0] if revision == "head" else revision


def heads(store: str) -> list[str]:
    """Return the newest revisions of a store's history: one, unless somebody branched it."""
    return list(ScriptDirectory.from_config(configuration(store, "")).get_heads())
