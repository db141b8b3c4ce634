"""Hashes of a stored tree: read from its leaves and kept nodes, at most 256 for any one."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.trail.merkle import TILE_LEVELS, Tree, perfect_parts, root_of

Read = Callable[[int, int, int], Awaitable[Sequence[bytes]]]
"""Give the hashes of a level, the number of the first and how many."""

_LEAVES = text("SELECT hash FROM audit_leaf WHERE seq >= :first AND seq < :last ORDER BY seq")
_NODES = text("SELECT hash FROM audit_node WHERE level = :level AND index >= :first AND index < :last ORDER BY index")


class HashesMissingError(RuntimeError):
    """The stored tree has a hole."""


def reader(session: AsyncSession) -> Read:
    """Return what reads a store's leaves and nodes."""

    async def read(level: int, first: int, count: int) -> Sequence[bytes]:
        span = {"first": first, "last": first + count}
        rows = await (session.execute(_NODES, {"level": level, **span}) if level else session.execute(_LEAVES, span))
        found = [bytes(row.hash) for row in rows]
        if len(found) != count:
            raise HashesMissingError
        return found

    return read


async def tree_of(read: Read, size: int) -> Tree:
    """Return the tree of the first `size` leaves, ready to go on.

    Raises:
        HashesMissingError: A leaf or a kept node is not there.
    """
    return Tree(size, [await _perfect(read, level, index) for level, index in perfect_parts(0, size)])


async def hash_of(read: Read, first: int, last: int) -> bytes:
    """Return the hash of the subtree over leaves `first` to `last - 1`.

    Raises:
        HashesMissingError: A leaf or a kept node is not there.
    """
    parts = [await _perfect(read, level, index) for level, index in perfect_parts(first, last)]
    return Tree((1 << len(parts)) - 1, parts).root()  # the parts are a right edge, whatever their sizes


async def _perfect(read: Read, level: int, index: int) -> bytes:
    above = level % TILE_LEVELS
    return root_of(await read(level - above, index << above, 1 << above))
