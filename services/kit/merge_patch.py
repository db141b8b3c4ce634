"""JSON Merge Patch (RFC 7396)."""

from typing import Any


def apply(document: Any, patch: Any) -> Any:
    """Return the document with the patch laid over it; `null` removes a member.

    Example:
        >>> apply({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": 3}})
        {'b': {'c': 2, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = apply(merged.get(name), value)
    return merged
