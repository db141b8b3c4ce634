"""Migration environment of the coverage database."""

from alembic import context

from services.health.coverage.store.tables import metadata
from services.kit import migrations

# Rendered as SQL (`--sql`) there is no database, only its dialect.
migrations.run(metadata, url=context.config.attributes.get("url", "postgresql://"))
