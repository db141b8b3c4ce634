"""The sealer: gives new rows their places, leaves and a signed checkpoint, a batch in a transaction.

Rows are sealed only once every transaction that began before theirs has ended: what commits late is never skipped.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, LargeBinary, Row, Uuid, bindparam, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import clock
from services.kit.database import Database
from services.kit.logs import log
from services.trail import leaves
from services.trail.checkpoints import Signer
from services.trail.hashes import HashesMissingError, reader, tree_of
from services.trail.merkle import Node, Tree

BATCH = 4_000
LONGEST_PAUSE_S = 30.0
_LOCK = 4_607_183  # any number of our own, another one than that of migrations
_EVER = 2**64 - 1
_TAKEN = text("SELECT pg_try_advisory_xact_lock(:lock)")
_PATIENCE = text("SELECT set_config('statement_timeout', '60s', true)")  # a sweep looks at every row
_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_LAST = text("SELECT size, root, sealed_below::text AS below FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
_MOST_LEAVES = text("SELECT coalesce(max(seq) + 1, 0) FROM audit_leaf")
_UNSEALED = text(
    "SELECT *, xid::text AS number FROM audit_unsealed(CAST(CAST(:since AS text) AS xid8),"
    " CAST(CAST(:below AS text) AS xid8), CAST(:most AS integer))"
)
_APPEND = text(
    "SELECT audit_append(CAST(:first AS bigint), :ids, :hashes, :levels, :indexes, :node_hashes, :root,"
    " CAST(:note AS text), CAST(:key AS text), CAST(CAST(:below AS text) AS xid8), CAST(:at AS timestamptz))"
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("hashes", type_=ARRAY(LargeBinary)),
    bindparam("levels", type_=ARRAY(Integer)),
    bindparam("indexes", type_=ARRAY(BigInteger)),
    bindparam("node_hashes", type_=ARRAY(LargeBinary)),
    bindparam("root", type_=LargeBinary),
)


class TrailDamagedError(RuntimeError):
    """The stored leaves do not give the last signed root: nothing is sealed on top of them."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one pass did.

    Attributes:
        count: Rows sealed.
        size: Rows sealed in all.
        lag_s: Age of the oldest row of the batch; 0 where there was none.
    """

    count: int
    size: int
    lag_s: float


class Sealer:
    """Seals the rows of one store; of several, in however many processes, one at a time does it.

    Args:
        database: The store, as its application role.
        signer: Signs its checkpoints.
        now: The clock.
        pause_s: Seconds between two looks when there was nothing more to seal.
        batch: The most rows at once.
    """

    def __init__(
        self,
        database: Database,
        signer: Signer,
        *,
        now: Callable[[], datetime] = clock.now,
        pause_s: float = 2.0,
        batch: int = BATCH,
    ) -> None:
        self._database, self._signer, self._now = database, signer, now
        self._pause_s, self._batch = pause_s, batch

    async def run(self, stopping: asyncio.Event) -> None:
        """Seal until told to stop; wait longer after each failure in a row."""
        store = self._signer.origin
        pause = self._pause_s
        while not stopping.is_set():
            try:
                sealed = await self.step()
            except (TrailDamagedError, HashesMissingError):
                log.error("audit_trail_damaged", store=store, reason="run `audit verify`; nothing more is sealed")
                pause = LONGEST_PAUSE_S
            except (OSError, SQLAlchemyError) as error:
                log.warning("sealing_interrupted", store=store, error=type(error).__name__)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            else:
                if sealed.count:
                    lag_ms = round(sealed.lag_s * 1000)
                    log.info("audit_sealed", store=store, count=sealed.count, total=sealed.size, duration_ms=lag_ms)
                pause = 0.0 if sealed.count >= self._batch else self._pause_s
            await _waited(stopping, pause)
            pause = max(pause, self._pause_s)

    async def step(self) -> Sealed:
        """Seal a batch, if there is anything to seal and nobody else is just doing it.

        Raises:
            TrailDamagedError: The stored tree is not the one last signed.
            HashesMissingError: The stored tree has a hole.
        """
        async with self._database.sessions.begin() as session:
            if not await session.scalar(_TAKEN, {"lock": _LOCK}):
                return Sealed(0, 0, 0.0)
            await session.execute(_PATIENCE)
            horizon = int(str(await session.scalar(_HORIZON)))
            last = (await session.execute(_LAST)).one_or_none()
            size, since = (0, 0) if last is None else (last.size, int(last.below))
            # Numbers ahead of the present ones are of another server's life: the store was restored from a dump.
            restored = since > horizon
            window = (0, _EVER) if restored else (since, horizon)
            rows = await self._unsealed(session, *window)
            if not rows:
                return Sealed(0, size, 0.0)
            tree = await _last_signed(session, size, None if last is None else bytes(last.root))
            whole = len(rows) < self._batch
            # a sweep that is not done with goes on as one
            done_below = horizon if whole else _EVER if restored else int(rows[-1].number)
            await self._append(session, tree, rows, done_below)
        return Sealed(len(rows), tree.size, (self._now() - min(row.at for row in rows)).total_seconds())

    async def _unsealed(self, session: AsyncSession, since: int, below: int) -> Sequence[Row[Any]]:
        window = {"since": str(since), "below": str(below), "most": self._batch}
        return (await session.execute(_UNSEALED, window)).all()

    async def _append(self, session: AsyncSession, tree: Tree, rows: Sequence[Row[Any]], done_below: int) -> None:
        first = tree.size
        hashes, nodes = grown(tree, rows)
        at = self._now()
        values: Mapping[str, Any] = {
            "first": first,
            "ids": [row.id for row in rows],
            "hashes": hashes,
            "levels": [node.level for node in nodes],
            "indexes": [node.index for node in nodes],
            "node_hashes": [node.hash for node in nodes],
            "root": tree.root(),
            "note": self._signer.sign(tree.size, tree.root(), at=at),
            "key": self._signer.verifier_key,
            "below": str(done_below),
            "at": at,
        }
        await session.execute(_APPEND, values)


def grown(tree: Tree, rows: Sequence[Any]) -> tuple[list[bytes], list[Node]]:
    """Add rows to a tree; return their leaves and the nodes to keep."""
    hashes, nodes = [], []
    for row in rows:
        hashes.append(leaves.leaf(leaves.row_of(row), tree.size))
        nodes += tree.append(hashes[-1])
    return hashes, nodes


async def _last_signed(session: AsyncSession, size: int, root: bytes | None) -> Tree:
    tree = await tree_of(reader(session), size)
    if await session.scalar(_MOST_LEAVES) != size or (root is not None and tree.root() != root):
        raise TrailDamagedError
    return tree


async def _waited(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
