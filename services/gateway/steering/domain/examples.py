"""Examples made from a JSON schema, to begin with when an operation is tried out."""

from collections.abc import Mapping
from typing import Any

_DEEPEST = 6
_OFFERED = 2
"""Where nothing is required of an object, so many members that have examples are enough to begin with."""

_BY_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:00:00Z",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "email": "name@example.org",
    "uri": "https://example.org/",
}
Schema = Mapping[str, Any]


def example(schema: Schema, schemas: Mapping[str, Schema], depth: int = 0) -> Any:
    """Return a value of a schema: what it names as an example, or else the least that fits.

    Args:
        schema: Of an OpenAPI 3.1 document.
        schemas: The document's named schemas.
        depth: How deep the value stands; a schema that contains itself ends somewhere.
    """
    schema = resolved(schema, schemas)
    given = _given(schema)
    if given is not None:
        return given
    kind = schema.get("type")
    if kind == "object" and depth < _DEEPEST:
        return {name: example(part, schemas, depth + 1) for name, part in _members(schema, schemas).items()}
    if kind == "array":
        wanted = schema.get("minItems", 0) and "items" in schema and depth < _DEEPEST
        return [example(schema["items"], schemas, depth + 1)] if wanted else []
    if kind == "string":
        return _BY_FORMAT.get(schema.get("format", ""), "")
    if kind in {"integer", "number"}:
        return int(schema.get("minimum", 0))
    return {"boolean": False, "object": {}}.get(str(kind))


def resolved(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """Follow references, and take the first alternative that is not null; what is said beside them wins."""
    for _ in range(_DEEPEST):
        if "$ref" in schema:
            found = schemas.get(str(schema["$ref"]).rpartition("/")[2], {})
        elif alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            found = next((each for each in alternatives if each.get("type") != "null"), {})
        else:
            return schema
        beside = {name: value for name, value in schema.items() if name not in {"$ref", "anyOf", "oneOf", "allOf"}}
        schema = {**found, **beside}
    return schema


def _given(schema: Schema) -> Any:
    for many in ("examples", "enum"):
        if schema.get(many):
            return schema[many][0]
    for one in ("example", "const", "default"):
        if schema.get(one) is not None:
            return schema[one]
    return None


def _members(schema: Schema, schemas: Mapping[str, Schema]) -> Mapping[str, Schema]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = [name for name in properties if name in schema.get("required", ())]
    offered = [name for name, part in properties.items() if resolved(part, schemas).get("examples")]
    return {name: properties[name] for name in required or offered[:_OFFERED]}
