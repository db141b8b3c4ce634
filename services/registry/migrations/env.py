"""Migration environment of the registry's database."""

from alembic import context

from services.kit import migrations
from services.registry.store import reference_tables

# Rendered as SQL (`--sql`) there is no database, only its dialect.
migrations.run(reference_tables.region.metadata, url=context.config.attributes.get("url", "postgresql://"))
