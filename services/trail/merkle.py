"""Merkle trees over leaves that are only ever added: roots, proofs, and the few hashes needed to go on.

Source: RFC 6962 section 2.1; the checks of proofs follow RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

TILE_LEVELS = 8
"""Every eighth level of nodes is kept: any hash of the tree is then found from at most 256 others."""

EMPTY_ROOT = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Node:
    """The hash over `2 ** level` leaves, the first of which is number `index * 2 ** level`."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree as its right edge alone: the roots of its perfect subtrees. Adding a leaf costs two hashes on average.

    Args:
        size: Leaves so far.
        edge: The roots of the perfect subtrees of that size, as `edge_of` names them, the largest first.

    Raises:
        ValueError: The edge is not one of a tree of this size.
    """

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        if len(edge) != size.bit_count():
            raise ValueError("the edge does not fit the size")
        self.size = size
        self._edge = list(edge)

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf's hash; return the nodes now complete whose level is kept, the lowest first."""
        made = []
        level, index, top = 0, self.size, leaf
        while index & 1:
            top = node_hash(self._edge.pop(), top)
            level, index = level + 1, index >> 1
            if level % TILE_LEVELS == 0:
                made.append(Node(level, index, top))
        self._edge.append(top)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Return the hash over all leaves."""
        if not self._edge:
            return EMPTY_ROOT
        top = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            top = node_hash(left, top)
        return top

    def copy(self) -> "Tree":
        """Return a tree that goes on by itself."""
        return Tree(self.size, self._edge)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over hashes of leaves, or over those of equally large perfect subtrees."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def perfect_parts(first: int, last: int) -> list[tuple[int, int]]:
    """Return the perfect subtrees over leaves `first` to `last - 1`, from the left, each as (level, index).

    The whole tree's edge is `perfect_parts(0, size)`.
    """
    parts = []
    while first < last:
        level = (last - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        parts.append((level, first >> level))
        first += 1 << level
    return parts


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the subtrees whose hashes prove that a leaf is in a tree, the nearest first, each as (first, last + 1).

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    ranges = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            ranges.append((middle, last))
            last = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return the subtrees whose hashes prove that a tree of `old` leaves is the beginning of one of `new`.

    Raises:
        ValueError: `old` is not between 1 and `new`.
    """
    if not 0 < old <= new:
        raise ValueError("the older tree has at least one leaf, and no more than the newer one")
    ranges = []
    first, last = 0, new
    while old < last:
        middle = first + _split(last - first)
        if old <= middle:
            ranges.append((middle, last))
            last = middle
        else:
            ranges.append((first, middle))
            first = middle
    if first:  # otherwise it is the older tree itself, whose root the verifier has
        ranges.append((first, last))
    return ranges[::-1]


def proves_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether a path proves that a leaf is number `index` in the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    place, end, top = index, size - 1, leaf
    for sibling in path:
        if end == 0:
            return False
        if place & 1 or place == end:
            top = node_hash(sibling, top)
            while not place & 1 and place:
                place, end = place >> 1, end >> 1
        else:
            top = node_hash(top, sibling)
        place, end = place >> 1, end >> 1
    return end == 0 and top == root


def proves_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether a path proves that the tree with the old root is the beginning of the one with the new root."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        return False
    place, end = old - 1, new - 1
    while place & 1:
        place, end = place >> 1, end >> 1
    old_top = new_top = hashes[0]
    for sibling in hashes[1:]:
        if end == 0:
            return False
        if place & 1 or place == end:
            old_top, new_top = node_hash(sibling, old_top), node_hash(sibling, new_top)
            while not place & 1 and place:
                place, end = place >> 1, end >> 1
        else:
            new_top = node_hash(new_top, sibling)
        place, end = place >> 1, end >> 1
    return end == 0 and old_top == old_root and new_top == new_root


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
