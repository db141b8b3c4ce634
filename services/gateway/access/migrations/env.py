"""Migrations of the gateway's store."""

from alembic import context

from services.gateway.access.store.tables import metadata
from services.kit import migrations

migrations.run(metadata, url=context.config.attributes["url"])
