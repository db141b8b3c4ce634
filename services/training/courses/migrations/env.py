"""Migration environment of the training database."""

from alembic import context

from services.kit import migrations
from services.training.courses.store.tables import metadata

# Rendered as SQL (`--sql`) there is no database, only its dialect.
migrations.run(metadata, url=context.config.attributes.get("url", "postgresql://"))
