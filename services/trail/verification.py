"""Say what was done to a trail: its leaves held against its rows, its roots against what was signed.

Reads everything once, in order, and keeps little: the tree's edge and the rows since the last signed root.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from services.trail.checkpoints import Checkpoint, NoteRefusedError, Verifier
from services.trail.leaves import Row, leaf
from services.trail.merkle import Node, Tree

MOST_SUSPECTS = 200
"""Damaged rows that are compared with one another, to tell rows that changed places from rows that were changed."""

MOST_BATCH = 10_000
"""Rows kept since the last signed root, to say where a root is missed; the sealer seals fewer at once."""

EACH = 1_000
_MISFIT = "the row does not give its leaf"


class Damage(StrEnum):
    """What happened to a row or a checkpoint."""

    CHANGED = "changed"
    DROPPED = "dropped"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORGED = "forged checkpoint"
    FORKED = "forked"
    UNSEALED = "unsealed too long"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        seq: The first place concerned; None where it has none.
        record_id: The row concerned, where one can be named.
        detail: What was seen, for a person; never what a row says.
    """

    store: str
    damage: Damage
    seq: int | None
    record_id: UUID | None
    detail: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A stored leaf, and the row that it points to.

    Attributes:
        row: None where the row is gone.
        order: Transaction number of the row, by which, then by id, rows of a batch are sealed.
    """

    seq: int
    record_id: UUID
    hash: bytes
    row: Row | None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A stored checkpoint.

    Attributes:
        size: As its column says; likewise root.
    """

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A leaf that its row does not give."""

    leaf: Leaf
    row: Row


@dataclass(frozen=True, slots=True)
class _Disagreement:
    """Leaves that do not give a signed root, and the tree before them."""

    signed: Checkpoint
    base: Tree
    batch: Sequence[Leaf]


class Examination:
    """One pass over one store's trail.

    Args:
        store: Its name.
        verifiers: The keys that are trusted for it.
        nodes: The kept nodes by (level, index).
        anchors: Earlier checkpoints that were kept outside, already checked for their signatures.
    """

    def __init__(
        self,
        store: str,
        verifiers: Sequence[Verifier],
        nodes: Mapping[tuple[int, int], bytes],
        anchors: Iterable[Checkpoint] = (),
    ) -> None:
        self._store, self._verifiers, self._nodes = store, verifiers, nodes
        self._anchors = sorted(anchors, key=lambda one: one.size)
        self._tree, self._base = Tree(), Tree()
        self._batch: list[Leaf] = []
        self._suspects: list[_Suspect] = []
        self._disagreement: _Disagreement | None = None
        self._whole, self._forged, self._nodes_fit = True, False, True
        self._agreed = self._covered = self._anchored = 0

    def findings(
        self, leaves: Iterable[Leaf], marks: Iterable[Mark], progress: Callable[[int], None]
    ) -> Iterator[Finding]:
        """Yield what is wrong.

        Args:
            leaves: In the order of `seq`.
            marks: In the order of `size`.
            progress: Told how many leaves are done, now and then.
        """
        waiting, anchors = iter(marks), iter(self._anchors)
        mark, anchor = next(waiting, None), next(anchors, None)
        for one in leaves:
            yield from self._take(one)
            if self._tree.size % EACH == 0:
                progress(self._tree.size)
            while mark is not None and mark.size <= self._tree.size:
                yield from self._hold(mark)
                mark = next(waiting, None)
            while anchor is not None and anchor.size <= self._tree.size:
                yield from self._hold_anchor(anchor)
                anchor = next(anchors, None)
        progress(self._tree.size)
        yield from self._judged()
        yield from self._end([] if mark is None else [mark, *waiting], anchor)

    def _take(self, one: Leaf) -> Iterator[Finding]:
        expected = self._tree.size
        if one.seq != expected:
            yield self._found(Damage.DROPPED, expected, f"the leaves {expected} to {one.seq - 1} are gone")
            self._whole = False
            self._tree = Tree(one.seq, [b""] * one.seq.bit_count())
        if one.row is None:
            yield self._found(Damage.DROPPED, one.seq, "the row of this leaf is gone", one.record_id)
        elif leaf(one.row, one.seq) != one.hash:
            if len(self._suspects) < MOST_SUSPECTS:
                self._suspects.append(_Suspect(one, one.row))
            else:
                yield self._found(Damage.CHANGED, one.seq, _MISFIT, one.record_id)
        if self._whole and len(self._batch) < MOST_BATCH:
            self._batch.append(one)
        for node in self._tree.append(one.hash):
            yield from self._check_node(node)

    def _check_node(self, node: Node) -> Iterator[Finding]:
        if self._whole and self._nodes_fit and self._nodes.get((node.level, node.index)) != node.hash:
            self._nodes_fit = False
            first = node.index << node.level
            detail = f"the kept hash over the leaves {first} to {first + (1 << node.level) - 1} is not theirs"
            yield self._found(Damage.CHANGED, first, detail)

    def _hold(self, mark: Mark) -> Iterator[Finding]:
        """Hold the tree against a stored checkpoint of its size."""
        signed = self._opened(mark)
        if signed is None:
            yield from self._refuse(mark)
            return
        self._covered = mark.size
        if not self._whole or mark.size != self._tree.size:
            return
        if self._tree.root() == signed.root:
            self._agreed, self._base, self._batch = mark.size, self._tree.copy(), []
        else:
            self._whole = False
            self._disagreement = _Disagreement(signed, self._base, self._batch)

    def _refuse(self, mark: Mark) -> Iterator[Finding]:
        if not self._forged:
            detail = f"the checkpoint of size {mark.size} is not what a known key has signed"
            yield self._found(Damage.FORGED, self._covered, detail)
        self._forged = True

    def _opened(self, mark: Mark) -> Checkpoint | None:
        for verifier in self._verifiers:
            try:
                signed = verifier.open(mark.note)
            except NoteRefusedError:
                continue
            return signed if (signed.size, signed.root) == (mark.size, mark.root) else None
        return None

    def _hold_anchor(self, anchor: Checkpoint) -> Iterator[Finding]:
        if not self._whole or anchor.size != self._tree.size:
            return
        if self._tree.root() == anchor.root:
            self._anchored = anchor.size
        else:
            detail = f"another history than the one anchored at size {anchor.size}"
            yield self._found(Damage.FORKED, self._anchored, detail)

    def _judged(self) -> Iterator[Finding]:
        """Yield the rows that do not give their leaves, and where a signed root is missed, as near as can be told."""
        partners: dict[int, Leaf] = {}
        for suspect in self._suspects:
            one = suspect.leaf
            others = (two for two in self._suspects if two is not suspect)
            other = next((two.leaf for two in others if _exchanged(suspect, two)), None)
            if other is None:
                yield self._found(Damage.CHANGED, one.seq, _MISFIT, one.record_id)
            else:
                partners[one.seq] = other
                detail = f"it changed places with number {other.seq}"
                yield self._found(Damage.REORDERED, one.seq, detail, one.record_id)
        if self._disagreement is not None:
            yield from self._explained(self._disagreement, partners)

    def _explained(self, wrong: _Disagreement, partners: Mapping[int, Leaf]) -> Iterator[Finding]:
        back = [partners.get(one.seq, one).hash for one in wrong.batch]
        if _root(wrong.base, back) == wrong.signed.root:
            return  # the leaves that changed places, found already, are all that is wrong
        if _root_of_rows(wrong.base, wrong.batch) == wrong.signed.root:
            return  # leaves were changed, rows were not: each was found already, as its row does not give it
        ordered = sorted(wrong.batch, key=lambda one: (one.order, one.record_id))
        if _root_of_rows(wrong.base, ordered) == wrong.signed.root:
            here = next(one for one, two in zip(wrong.batch, ordered, strict=True) if one is not two)
            detail = "the rows from here on stand in another order than was sealed"
            yield self._found(Damage.REORDERED, here.seq, detail, here.record_id)
            return
        detail = f"the leaves {self._agreed} to {wrong.signed.size - 1} do not give the root that was signed for them"
        yield self._found(Damage.CHANGED, self._agreed, detail)

    def _end(self, beyond: Sequence[Mark], anchor: Checkpoint | None) -> Iterator[Finding]:
        size = self._tree.size
        kept = max(((index + 1) << level for level, index in self._nodes), default=0)
        signed = [mark.size for mark in beyond if self._opened(mark) is not None]
        if len(signed) < len(beyond):
            yield from self._refuse(next(mark for mark in beyond if mark.size not in signed))
        if signed:
            detail = f"the trail ends here; there is a checkpoint for {signed[0]} rows"
            yield self._found(Damage.TRUNCATED, size, detail)
        elif kept > size:
            yield self._found(Damage.TRUNCATED, size, f"the trail ends here; there are kept hashes of {kept} rows")
        elif self._covered < size and not self._forged:
            detail = f"the checkpoints end here; there are leaves up to {size - 1}"
            yield self._found(Damage.TRUNCATED, self._covered, detail)
        if anchor is not None:
            yield self._found(Damage.TRUNCATED, size, f"the trail ends here; {anchor.size} rows were anchored")

    def _found(self, damage: Damage, seq: int, detail: str, record_id: UUID | None = None) -> Finding:
        return Finding(self._store, damage, seq, record_id, detail)


def _root(base: Tree, hashes: Iterable[bytes]) -> bytes:
    tree = base.copy()
    for one in hashes:
        tree.append(one)
    return tree.root()


def _root_of_rows(base: Tree, batch: Iterable[Leaf]) -> bytes:
    """Return the root that rows give in an order; of a row that is gone its leaf stands in."""
    numbered = enumerate(batch, start=base.size)
    return _root(base, (one.hash if one.row is None else leaf(one.row, seq) for seq, one in numbered))


def _exchanged(one: _Suspect, two: _Suspect) -> bool:
    """Say whether a leaf, or what a row says, stands where another should."""
    return one.leaf.hash in {
        leaf(one.row, two.leaf.seq),  # the leaf was moved with its row
        leaf(two.row, two.leaf.seq),  # hashes alone were exchanged
        leaf(replace(two.row, id=one.row.id), one.leaf.seq),  # what the rows say was exchanged
    }
