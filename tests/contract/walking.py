"""Every operation of the merged document, with the ids that it takes: in the path, in the query, in the body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
_BY_NAME = re.compile(r"(^|_)id$")


@dataclass(frozen=True)
class Operation:
    """One operation as it is published.

    Attributes:
        path_ids: Names of the path's parameters.
        query_ids: Names of query parameters that are ids.
        body_ids: Names of the body's members that are ids.
        listed: Those of them that are lists of ids.
        queries: Names of all query parameters.
        has_body: Whether it takes JSON.
    """

    name: str
    method: str
    path: str
    path_ids: tuple[str, ...]
    query_ids: tuple[str, ...]
    body_ids: tuple[str, ...]
    queries: tuple[str, ...]
    has_body: bool
    scopes: tuple[str, ...]
    listed: frozenset[str] = frozenset()

    @property
    def slots(self) -> tuple[tuple[str, str], ...]:
        """Every place for an id, with the parameter's name."""
        places = {"path": self.path_ids, "query": self.query_ids, "body": self.body_ids}
        return tuple((place, name) for place, names in places.items() for name in names)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations of a document, by path and method."""
    for path, methods in sorted(document["paths"].items()):
        for method in METHODS:
            if method in methods:
                yield _operation(document, path, method, methods[method], methods.get("parameters", []))


def _operation(
    document: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any], common: list[Any]
) -> Operation:
    parameters = [_resolved(document, each) for each in [*common, *said.get("parameters", [])]]
    queries = [each for each in parameters if each["in"] == "query"]
    body = _body(document, said)
    scopes = [scope for one in said.get("security", []) for scope in one.get("oauth2", [])]
    return Operation(
        said["operationId"],
        method.upper(),
        path,
        tuple(re.findall(r"\{(\w+)\}", path)),
        tuple(each["name"] for each in queries if _is_id(document, each["name"], each["schema"])),
        tuple(name for name, schema in body.get("properties", {}).items() if _is_id(document, name, schema)),
        tuple(each["name"] for each in queries),
        "application/json" in said.get("requestBody", {}).get("content", {}),
        tuple(scopes),
        frozenset(name for name, schema in body.get("properties", {}).items() if _is_list(document, schema)),
    )


def _body(document: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    content = said.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((one["schema"] for one in content.values()), {})
    for one in (schema, *schema.get("anyOf", ())):
        found = _resolved(document, one)
        if "properties" in found:
            return found
    return {}


def _is_id(document: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> bool:
    shapes = [_resolved(document, one) for one in (schema, *schema.get("anyOf", ()))]
    items = [_resolved(document, one["items"]) for one in shapes if "items" in one]
    uuid = any(one.get("format") == "uuid" for one in [*shapes, *items])
    return uuid or _BY_NAME.search(name) is not None


def _is_list(document: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    return any("items" in _resolved(document, one) for one in (schema, *schema.get("anyOf", ())))


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema
