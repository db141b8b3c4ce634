"""A store's trail in a test: rows written, sealed, damaged by somebody who may do everything, and examined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from rich.console import Console

from services.kit.database import Database
from services.stack import auditing
from services.stack.stores import Store
from services.trail.checkpoints import Signer, Verifier
from services.trail.sealing import Sealed, Sealer

SEED, OTHER_SEED = b"\x44" * 32, b"\x55" * 32
STORE = "training"
SIGNER = Signer(STORE, SEED)
INSERT = (
    "INSERT INTO audit_record (action, outcome, subject, client_id, organisation, purpose, persons, request_id)"
    " SELECT 'read_person', 'ok', 's', 'client', 'ministry', 'REGISTRATION', ARRAY[md5(n::text)], 'r-' || n"
    " FROM generate_series(%(first)s::int, %(last)s::int) AS n"
)


@dataclass
class Drill:
    """One store and its sealer."""

    store: Store
    database: Database
    written: int = 0

    def write(self, count: int) -> None:
        """Write rows as the application does, a transaction for all."""
        with psycopg.connect(self.store.url) as connection:
            connection.execute(INSERT.encode(), {"first": self.written, "last": self.written + count - 1})
        self.written += count

    async def seal(self, signer: Signer = SIGNER, *, batch: int = 4_000) -> Sealed:
        """Seal a batch."""
        return await Sealer(self.database, signer, batch=batch).step()

    async def fill(self, *counts: int) -> None:
        """Write and seal batches of these sizes."""
        for count in counts:
            self.write(count)
            assert (await self.seal()).count == count

    def damage(self, *statements: str, values: Sequence[Any] = ()) -> None:
        """Do something as the superuser, with the triggers off."""
        with psycopg.connect(self.store.admin_url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode(), values or None)

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the superuser sees."""
        with psycopg.connect(self.store.admin_url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def record_at(self, seq: int) -> Any:
        """Return the id of the record at a place."""
        return self.read(f"SELECT record_id FROM audit_leaf WHERE seq = {seq}")[0][0]

    def note(self) -> str:
        """Return the newest checkpoint."""
        return auditing.newest_note(STORE, self.store.owner_url)

    def report(
        self, *anchors: str, keys: Sequence[str] = (SIGNER.verifier_key,), tolerance: timedelta = timedelta(hours=1)
    ) -> auditing.Report:
        """Examine the trail as its owner."""
        with psycopg.connect(self.store.owner_url, row_factory=namedtuple_row) as connection:
            return auditing.examine(
                STORE,
                connection,
                [Verifier(key) for key in keys],
                anchors,
                tolerance=tolerance,
                console=Console(file=io.StringIO()),
            )

    def found(self, *anchors: str, **options: Any) -> list[tuple[str, int | None]]:
        """Return what is wrong: kind and place, in order."""
        return [(one.damage.value, one.seq) for one in self.report(*anchors, **options).findings]
