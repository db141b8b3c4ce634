"""A second implementation of RFC 6962 section 2.1, by its recursive definitions, sharing nothing with ours."""

import hashlib
from typing import Any


def mth(entries: list[bytes]) -> bytes:
    """MTH(D[n]) over the entries themselves."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(bytes([0]) + entries[0]).digest()
    k = cut(len(entries))
    return hashlib.sha256(bytes([1]) + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(entries) == 1:
        return []
    k = cut(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return subproof(m, entries, whole=True)


def subproof(m: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b)."""
    n = len(entries)
    if m == n:
        return [] if whole else [mth(entries)]
    k = cut(n)
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def cut(n: int) -> int:
    """The largest power of two smaller than n, counted up."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def leaf_of(record: dict[str, Any]) -> str:
    """Return the leaf of a published record, its JSON written by hand: what a partner's own program would do."""
    members = ",".join(f"{written(name)}:{written(record[name])}" for name in sorted(record))
    return hashlib.sha256(b"\x00{" + members.encode("utf-8") + b"}").hexdigest()


def written(value: Any) -> str:
    """Return a value as RFC 8785 writes it."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(written(one) for one in value) + "]"
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
    text = ""
    for sign in value:
        code = ord(sign)
        text += short.get(code) or (f"\\u{code:04x}" if code < 32 else sign)
    return f'"{text}"'
