"""Trees and proofs, held against the RFC's own vectors and against another implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.trail.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    perfect_parts,
    proves_consistency,
    proves_inclusion,
    root_of,
)
from tests.trail import oracle

# The entries and roots of Certificate Transparency's own test data (certificate-transparency, merkle_tree_test.cc).
ENTRIES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def subtree(first: int, last: int, leaves: list[bytes]) -> bytes:
    return root_of(leaves[first:last])


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    return [subtree(*span, leaves) for span in inclusion_ranges(index, len(leaves))]


def consistency(old: int, leaves: list[bytes]) -> list[bytes]:
    return [subtree(*span, leaves) for span in consistency_ranges(old, len(leaves))]


def test_the_roots_are_those_of_certificate_transparency() -> None:
    assert [root_of(LEAVES[: size + 1]).hex() for size in range(8)] == ROOTS
    assert root_of([]) == EMPTY_ROOT == oracle.mth([])


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_proofs_of_inclusion_are_those_of_certificate_transparency(index: int, size: int, path: list[str]) -> None:
    assert [one.hex() for one in inclusion(index, LEAVES[:size])] == path
    hashes = [bytes.fromhex(one) for one in path]
    assert proves_inclusion(LEAVES[index], index, size, hashes, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_the_proofs_of_consistency_are_those_of_certificate_transparency(old: int, new: int, path: list[str]) -> None:
    assert [one.hex() for one in consistency(old, LEAVES[:new])] == path
    roots = (bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))
    assert proves_consistency(old, new, [bytes.fromhex(one) for one in path], *roots)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_roots_and_proofs_are_those_of_the_other_implementation(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    size = len(entries)
    root = oracle.mth(entries)
    assert root_of(leaves) == root
    index = data.draw(st.integers(0, size - 1))
    path = inclusion(index, leaves)
    assert path == oracle.path(index, entries)
    assert proves_inclusion(leaves[index], index, size, path, root)
    old = data.draw(st.integers(1, size))
    between = consistency(old, leaves)
    assert between == oracle.proof(old, entries)
    assert proves_consistency(old, size, between, oracle.mth(entries[:old]), root)


@settings(deadline=None)
@given(st.integers(1, 60), st.data())
def test_a_bent_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    entries = [bytes([number]) for number in range(size)]
    leaves, root = [leaf_hash(entry) for entry in entries], oracle.mth(entries)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path, between = inclusion(index, leaves), consistency(old, leaves)
    old_root = oracle.mth(entries[:old])
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index)) if size > 1 else 1
    assert not proves_inclusion(leaves[index], other, size, path, root)
    assert not proves_inclusion(leaf_hash(b"other"), index, size, path, root)
    assert not proves_inclusion(leaves[index], index, size, [*path, root], root)
    assert not proves_consistency(old, size, [*between, root], old_root, root)
    assert not proves_consistency(old, size, between, old_root, leaf_hash(b"other"))
    assert not proves_consistency(old, size, between, leaf_hash(b"other"), root)
    for proof in filter(None, (path, between)):
        bent = list(proof)
        place = data.draw(st.integers(0, len(bent) - 1))
        bent[place] = leaf_hash(bent[place])
        if proof is path:
            assert not proves_inclusion(leaves[index], index, size, bent, root)
            assert not proves_inclusion(leaves[index], index, size, bent[:-1], root)
        else:
            assert not proves_consistency(old, size, bent, old_root, root)
            assert not proves_consistency(old, size, between[:-1], old_root, root)


def test_a_proof_needs_a_place_in_the_tree() -> None:
    assert not proves_inclusion(LEAVES[0], 1, 1, [], LEAVES[0])
    assert not proves_consistency(0, 1, [], EMPTY_ROOT, LEAVES[0])
    assert not proves_consistency(2, 1, [], EMPTY_ROOT, LEAVES[0])
    assert not proves_consistency(3, 5, [], LEAVES[0], LEAVES[1])
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_ranges(1, 1)
    for old in (0, 2):
        with pytest.raises(ValueError, match="at least one leaf"):
            consistency_ranges(old, 1)


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(0, 600))
def test_a_tree_goes_on_from_its_edge_as_if_it_had_never_stopped(size: int, more: int) -> None:
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(size + more)]
    edge = [root_of(leaves[index << level : (index + 1) << level]) for level, index in perfect_parts(0, size)]
    tree, whole = Tree(size, edge), Tree()
    for leaf in leaves[size:]:
        tree.append(leaf)
    kept = [node for leaf in leaves for node in whole.append(leaf)]
    assert tree.root() == whole.root() == root_of(leaves)
    assert tree.size == whole.size == len(leaves)
    assert all(root_of(leaves[node.index << node.level : (node.index + 1) << node.level]) == node.hash for node in kept)
    assert [(node.level, node.index) for node in kept] == [(8, index) for index in range((size + more) // 256)]


def test_an_edge_that_does_not_fit_is_no_tree() -> None:
    with pytest.raises(ValueError, match="edge"):
        Tree(3, [LEAVES[0]])
