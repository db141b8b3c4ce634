"""Shared parts of OpenAPI documents: renaming where two services use one name for two things, and pruning."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
_PREFIX = "#/components/"


def references(node: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of every component that a part of a document refers to."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(_PREFIX):
                kind, _, name = value.removeprefix(_PREFIX).partition("/")
                yield kind, name
            elif key == "discriminator" and isinstance(value, Mapping):
                for target in value.get("mapping", {}).values():
                    yield from references({"$ref": target})
            else:
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def renamed(node: Any, names: Mapping[tuple[str, str], str]) -> Any:
    """Return a part of a document with references to renamed components rewritten."""
    if isinstance(node, Mapping):
        return {key: _target(value, names) if key == "$ref" else renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [renamed(item, names) for item in node]
    if isinstance(node, str) and node.startswith(_PREFIX):
        return _target(node, names)
    return node


def clashes(documents: Mapping[str, Document]) -> set[tuple[str, str]]:
    """Return the components that two documents define differently.

    One that refers to a clashing component clashes itself, if more than one document defines it: its text is the same
    and its meaning is not.
    """
    definitions: dict[tuple[str, str], list[Any]] = {}
    for document in documents.values():
        for kind, entries in document.get("components", {}).items():
            for name, definition in entries.items():
                definitions.setdefault((kind, name), []).append(definition)
    shared = {key: found for key, found in definitions.items() if len(found) > 1}
    clashing = {key for key, found in shared.items() if len({_canonical(one) for one in found}) > 1}
    while True:
        more = {
            key
            for key, found in shared.items()
            if key not in clashing and any(used in clashing for one in found for used in references(one))
        }
        if not more:
            return clashing
        clashing |= more


def reachable(paths: Any, components: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the components that the paths use, directly or through others."""
    kept: dict[str, dict[str, Any]] = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name not in kept.get(kind, {}) and name in components.get(kind, {}):
            definition = components[kind][name]
            kept.setdefault(kind, {})[name] = definition
            waiting.extend(references(definition))
    return {kind: dict(sorted(entries.items())) for kind, entries in sorted(kept.items())}


def _target(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    if not (isinstance(value, str) and value.startswith(_PREFIX)):
        return renamed(value, names)
    kind, _, name = value.removeprefix(_PREFIX).partition("/")
    return f"{_PREFIX}{kind}/{names.get((kind, name), name)}"


def _canonical(definition: Any) -> str:
    return json.dumps(definition, sort_keys=True)
