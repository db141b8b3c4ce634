"""Migration environment of the registry's database."""

from alembic import context

from services.kit import migrations
from services.registry.store.tables import (
    change_requests,
    columns,
    documents,
    erasure,
    households,
    imports,
    papers,
    reference,
    register,
    regularisation,
    rights,
)

# Importing them declares them all; rendered as SQL (`--sql`) there is no database, only its dialect.
DECLARED = (
    change_requests, documents, erasure, households, imports, papers, reference, register, regularisation, rights,
)  # fmt: skip
migrations.run(columns.metadata, url=context.config.attributes.get("url", "postgresql://"))
