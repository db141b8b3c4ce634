"""Migrations of the gateway's store: one history for all its areas and the kit's tables."""

from alembic import context

from services.background import changes, jobs
from services.gateway.access.store.tables import accounts, agreements, clients, grants
from services.gateway.events.store import tables as events
from services.gateway.forwarding.store import tables as forwarding
from services.kit import audit, idempotency, migrations
from services.kit.database import new_metadata
from services.trail import tables as sealed

_MODULES = (accounts, agreements, grants)  # their tables stand in the metadata of `clients`
kit = new_metadata()
sealed.declare(kit, audit.table(kit))
changes.cursor_table(kit)
idempotency.table(kit)
jobs.table(kit)

migrations.run([clients.metadata, events.metadata, forwarding.metadata, kit], url=context.config.attributes["url"])
