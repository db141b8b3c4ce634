"""The examination by itself: whatever is done to a trail in memory is found, and a whole one is left in peace."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.trail.checkpoints import Signer, Verifier
from services.trail.leaves import Row, leaf
from services.trail.merkle import Tree
from services.trail.verification import MOST_BATCH, MOST_SUSPECTS, Examination, Finding, Leaf, Mark

SIGNER, OTHER = Signer("training", b"\x44" * 32), Signer("training", b"\x55" * 32)
VERIFIER = Verifier(SIGNER.verifier_key)
AT = datetime(2026, 11, 23, 18, tzinfo=UTC)


@dataclass
class Kept:
    """A trail in memory."""

    leaves: list[Leaf] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)

    def seal(self, count: int, signer: Signer = SIGNER) -> None:
        """Add a batch."""
        for _ in range(count):
            seq = self.tree.size
            row = Row(UUID(int=seq + 1), AT + timedelta(seconds=seq), f"a{seq}", "ok", "s", "c", "o", None, (), "r")
            self.leaves.append(Leaf(seq, row.id, leaf(row, seq), row, order=seq // 3))
            for node in self.tree.append(self.leaves[-1].hash):
                self.nodes[node.level, node.index] = node.hash
        root = self.tree.root()
        self.marks.append(Mark(self.tree.size, root, signer.sign(self.tree.size, root, at=AT)))

    def change(self, seq: int, **changes: object) -> None:
        """Replace a leaf's members."""
        self.leaves[seq] = replace(self.leaves[seq], **changes)  # type: ignore[arg-type]  # its members, by name

    def change_row(self, seq: int, **changes: object) -> None:
        """Replace what a row says."""
        row = self.leaves[seq].row
        assert row is not None
        self.change(seq, row=replace(row, **changes))  # type: ignore[arg-type]  # its members, by name

    def findings(self, *verifiers: Verifier) -> list[Finding]:
        """Examine it."""
        done: list[int] = []
        examination = Examination("training", verifiers or (VERIFIER,), self.nodes)
        found = list(examination.findings(self.leaves, self.marks, done.append))
        assert done[-1] == (self.leaves[-1].seq + 1 if self.leaves else 0)
        return found

    def found(self) -> list[tuple[str, int | None]]:
        """Return kind and place of what is wrong."""
        return [(one.damage.value, one.seq) for one in self.findings()]


def kept(*batches: int) -> Kept:
    trail = Kept()
    for count in batches:
        trail.seal(count)
    return trail


batches = st.lists(st.integers(1, 40), min_size=1, max_size=6)


@settings(deadline=None)
@given(batches)
def test_a_whole_trail_is_left_in_peace(counts: list[int]) -> None:
    assert kept(*counts).found() == []


@settings(deadline=None)
@given(batches, st.data())
def test_a_changed_row_or_leaf_or_a_lost_one_is_named_at_its_place(counts: list[int], data: st.DataObject) -> None:
    trail = kept(*counts)
    seq = data.draw(st.integers(0, sum(counts) - 1))
    way = data.draw(st.sampled_from(["row", "leaf", "lost row", "lost leaf"]))
    if way == "row":
        trail.change_row(seq, subject="another")
    elif way == "leaf":
        trail.change(seq, hash=bytes(32))
    elif way == "lost row":
        trail.change(seq, row=None)
    else:
        del trail.leaves[seq]
    kind = "changed" if way in {"row", "leaf"} else "dropped" if seq < sum(counts) - 1 or way == "lost row" else ""
    if not trail.leaves:
        assert [one.damage.value for one in trail.findings()] == ["truncated"]
    else:
        assert trail.found()[0] == (kind or "truncated", seq)


@settings(deadline=None)
@given(batches, st.data())
def test_a_row_changed_with_its_leaf_is_named_by_the_batch_it_is_in(counts: list[int], data: st.DataObject) -> None:
    trail = kept(*counts)
    seq = data.draw(st.integers(0, sum(counts) - 1))
    trail.change_row(seq, subject="another")
    changed = trail.leaves[seq].row
    assert changed is not None
    trail.change(seq, hash=leaf(changed, seq))
    begins = max(size for size in (0, *(mark.size for mark in trail.marks)) if size <= seq)
    assert trail.found() == [("changed", begins)]


@settings(deadline=None)
@given(batches.filter(lambda counts: sum(counts) > 1), st.data())
def test_two_that_changed_places_are_both_named(counts: list[int], data: st.DataObject) -> None:
    trail = kept(*counts)
    places = st.integers(0, sum(counts) - 1)
    one, two = sorted(data.draw(st.lists(places, min_size=2, max_size=2, unique=True)))
    here, there = trail.leaves[one], trail.leaves[two]
    way = data.draw(st.sampled_from(["leaves", "hashes", "rows"]))
    if way == "leaves":
        trail.leaves[one], trail.leaves[two] = replace(there, seq=one), replace(here, seq=two)
    elif way == "hashes":
        trail.change(one, hash=there.hash)
        trail.change(two, hash=here.hash)
    else:
        assert here.row is not None
        assert there.row is not None
        trail.change(one, row=replace(there.row, id=here.row.id))
        trail.change(two, row=replace(here.row, id=there.row.id))
    assert trail.found() == [("reordered", one), ("reordered", two)]


def test_exchanged_leaves_do_not_hide_a_third() -> None:
    trail = kept(10)
    trail.leaves[2], trail.leaves[5] = replace(trail.leaves[5], seq=2), replace(trail.leaves[2], seq=5)
    trail.change_row(1, subject="another")
    hidden = trail.leaves[1].row
    assert hidden is not None
    trail.change(1, hash=leaf(hidden, 1))
    assert sorted(trail.found()) == [("changed", 0), ("reordered", 2), ("reordered", 5)]


def test_a_row_that_is_gone_does_not_hide_another_order() -> None:
    trail = kept(12)
    trail.change(11, row=None)
    here, there = trail.leaves[2], trail.leaves[7]
    assert here.row is not None
    assert there.row is not None
    trail.leaves[2] = replace(there, seq=2, hash=leaf(there.row, 2))
    trail.leaves[7] = replace(here, seq=7, hash=leaf(here.row, 7))
    assert trail.found() == [("dropped", 11), ("reordered", 2)]


def test_many_changed_rows_are_all_named_though_not_all_compared() -> None:
    trail = kept(MOST_SUSPECTS + 30)
    for seq in range(MOST_SUSPECTS + 30):
        trail.change_row(seq, subject="another")
    assert sorted(trail.found()) == [("changed", seq) for seq in range(MOST_SUSPECTS + 30)]


def test_a_batch_too_long_to_keep_is_named_from_its_beginning() -> None:
    trail = kept(5, MOST_BATCH + 5)
    trail.change_row(MOST_BATCH, subject="another")
    changed = trail.leaves[MOST_BATCH].row
    assert changed is not None
    trail.change(MOST_BATCH, hash=leaf(changed, MOST_BATCH))
    assert trail.found()[-1] == ("changed", 5)


def test_a_checkpoint_of_a_gap_is_not_held_against_what_is_left() -> None:
    trail = kept(5, 5, 5)
    del trail.leaves[3:7]
    assert trail.found() == [("dropped", 3)]
    whole = kept(5, 5, 5)
    whole.marks[1] = replace(whole.marks[1], size=11)
    assert whole.found() == [("forged checkpoint", 5)]


def test_forged_checkpoints_behind_the_end_are_told_from_a_cut_off_tail() -> None:
    trail = kept(5)
    root = bytes(32)
    trail.marks.append(Mark(9, root, OTHER.sign(9, root, at=AT)))
    assert trail.found() == [("forged checkpoint", 5)]
    trail.marks.append(Mark(12, root, SIGNER.sign(12, root, at=AT)))
    assert trail.found() == [("forged checkpoint", 5), ("truncated", 5)]


def test_a_key_that_was_renewed_is_trusted_beside_the_old_one() -> None:
    trail = kept(5)
    trail.seal(5, OTHER)
    assert trail.findings(VERIFIER, Verifier(OTHER.verifier_key)) == []
    assert trail.found() == [("forged checkpoint", 5)]


def test_an_anchor_is_held_against_a_whole_trail_alone() -> None:
    """Where the trail itself shows damage before the anchor, that is what is named."""
    trail = kept(5, 5)
    anchor = VERIFIER.open(trail.marks[-1].note)

    def found() -> list[str]:
        examination = Examination("training", [VERIFIER], trail.nodes, [anchor])
        return [one.damage.value for one in examination.findings(trail.leaves, trail.marks, lambda _: None)]

    assert found() == []
    del trail.leaves[3]
    assert found() == ["dropped"]


def test_an_empty_trail_is_whole() -> None:
    assert Kept().found() == []
