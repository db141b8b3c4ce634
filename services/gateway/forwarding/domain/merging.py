"""One OpenAPI 3.1 document for partners, out of the services' published ones and the gateway's own."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.gateway.forwarding.domain.components import Document, clashes, reachable, renamed
from services.gateway.forwarding.domain.errors import UnpublishableDocumentError
from services.gateway.forwarding.domain.operations import LOCAL, METHODS, SCHEME

COMPOSED = "x-composed-from"
"""On an operation of the gateway: the internal operation of a service (`{service, path}`) whose texts and shapes it
publishes, without the member that the gateway adds."""

ADDED_BY_GATEWAY = "facts"
_TOKEN_URL = "/oauth2/token"  # noqa: S105  # an address
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_EVERYWHERE = {
    "400": "`malformed-path`, `malformed-header`",
    "414": "`address-too-long`",
    "429": "`too-many-requests`",
    "431": "`headers-too-large`",
    "502": "`service-misbehaved`",
    "503": "`service-unavailable`",
    "504": "`service-timeout`",
}
_GUARDED = {"401": "`unauthenticated`", "403": "`insufficient-scope`, `purpose-not-agreed`, `agreement-expired`"}
_LIMITED = "429"
_HEADERS = {
    "RateLimit-Policy": {
        "description": "What counts the call: `q` units in `w` seconds (draft-ietf-httpapi-ratelimit-headers-10)",
        "schema": {"type": "string", "examples": ['"read";q=12000;w=60']},
    },
    "RateLimit": {
        "description": "Where they stand: `r` units left, whole again in `t` seconds",
        "schema": {"type": "string", "examples": ['"read";r=1990;t=1']},
    },
    "Retry-After": {
        "description": "Seconds after which the same call can pass",
        "schema": {"type": "integer", "minimum": 1},
    },
}
"""On every answer that a limit counts; the last one on refusals alone."""

_WITH_BODY = {"408": "`body-too-slow`", "413": "`body-too-large`"}


def merge(
    own: Document,
    services: Mapping[str, Document],
    *,
    server: str,
    scopes: Mapping[str, str],
    purposes: Iterable[str],
) -> dict[str, Any]:
    """Return the merged document.

    Args:
        own: The gateway's.
        services: The services' by name, in the order they are to appear.
        server: Public base URL.
        scopes: Every scope and what it allows.
        purposes: Every purpose there is.

    Raises:
        UnpublishableDocumentError: Two documents publish one path and method, or one operationId.
    """
    documents = {LOCAL: own, **services}
    clashing = clashes(documents)
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    internal: dict[tuple[str, str, str], dict[str, Any]] = {}
    for service, document in documents.items():
        names = {key: f"{service.capitalize()}{key[1]}" for key in clashing} if service != LOCAL else {}
        for kind, entries in document.get("components", {}).items():
            for name, definition in entries.items():
                components.setdefault(kind, {})[names.get((kind, name), name)] = renamed(definition, names)
        for path, item in document.get("paths", {}).items():
            for method in METHODS & item.keys():
                entry = renamed(item[method], names)
                if entry.get("x-internal"):
                    internal[service, path, method] = entry
                    continue
                if method in paths.setdefault(path, {}):
                    raise UnpublishableDocumentError(f"{method} {path} is published twice")
                paths[path][method] = entry
    components.setdefault("headers", {}).update(_HEADERS)
    _compose(paths, internal, components)
    _unique(paths)
    for item in paths.values():
        for method, entry in item.items():
            _dress(entry, method, sorted(purposes))
    merged = reachable(paths, components)
    merged["securitySchemes"] = _security(scopes)
    return {
        "openapi": "3.1.0",
        "info": dict(own["info"]),
        "servers": [{"url": server}],
        "paths": {path: dict(sorted(item.items())) for path, item in sorted(paths.items()) if item},
        "components": merged,
        "x-problems": catalogue(documents.values()),
    }


def catalogue(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Return every problem type that the documents publish, each once."""
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        for kind in document.get("x-problems", ()):
            found.setdefault(kind["slug"], kind)
    return [found[slug] for slug in sorted(found)]


def _compose(
    paths: Mapping[str, Mapping[str, Any]],
    internal: Mapping[tuple[str, str, str], dict[str, Any]],
    components: dict[str, dict[str, Any]],
) -> None:
    """Publish the compositions in the words of the services that they end in."""
    for item in paths.values():
        for method, entry in item.items():
            source = entry.pop(COMPOSED, None)
            behind = internal.get((source["service"], source["path"], method)) if source else None
            if behind is not None:
                for part in ("summary", "description"):
                    if part in behind:
                        entry[part] = behind[part]
                entry["responses"] = {**entry.get("responses", {}), **behind.get("responses", {})}
                if "requestBody" in behind:
                    entry["requestBody"] = _without_addition(behind["requestBody"], components)


def _without_addition(body: Mapping[str, Any], components: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a request body without what the gateway adds; its schema is published under a name of its own."""
    content = {}
    for media_type, part in body["content"].items():
        schema = part["schema"]
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        definition = components.get("schemas", {}).get(name, schema)
        public = {
            **definition,
            "properties": {key: value for key, value in definition["properties"].items() if key != ADDED_BY_GATEWAY},
            "required": [key for key in definition.get("required", ()) if key != ADDED_BY_GATEWAY],
        }
        if name:
            components["schemas"][f"{name}Public"] = public
            public = {"$ref": f"#/components/schemas/{name}Public"}
        content[media_type] = {**part, "schema": public}
    return {**body, "content": content}


def _unique(paths: Mapping[str, Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for item in paths.values():
        for entry in item.values():
            if entry.get("operationId") in seen:
                raise UnpublishableDocumentError(f"operationId {entry['operationId']} is published twice")
            seen.add(entry.get("operationId"))


def _dress(entry: dict[str, Any], method: str, purposes: list[str]) -> None:
    """Add what the door itself asks for and answers."""
    parameters = list(entry.get("parameters", ()))
    named = {(parameter.get("in"), str(parameter.get("name", "")).lower()) for parameter in parameters}
    if entry.get("x-personal-data") and ("header", "purpose") not in named:
        parameters.append(
            {
                "name": "Purpose",
                "in": "header",
                "required": True,
                "description": "Why personal data are asked for; must be in your agreement",
                "schema": {"type": "string", "enum": purposes},
            }
        )
    served = entry.get("x-personal-data") or entry.get("x-acting-for")
    if served and ("header", "acting-for") not in named:
        parameters.append(
            {
                "name": "Acting-For",
                "in": "header",
                "required": False,
                "description": (
                    "Id of the person on whose behalf a program calls: it then sees her and those whom she may ask"
                    " about, nobody else. Required of clients that serve persons"
                ),
                "schema": {"type": "string", "format": "uuid"},
            }
        )
    if method == "post" and _guarded(entry) and ("header", "idempotency-key") not in named:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes sending again safe: the first answer is given again",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    if parameters:
        entry["parameters"] = parameters
    extra = {
        **_EVERYWHERE,
        **(_GUARDED if _guarded(entry) else {}),
        **(_WITH_BODY if "requestBody" in entry else {}),
    }
    responses = dict(entry.get("responses", {}))
    for status, description in extra.items():
        responses.setdefault(status, {"description": description, "content": _PROBLEM})
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    responses[_LIMITED] = {**responses[_LIMITED], "headers": told}
    entry["responses"] = dict(sorted(responses.items()))


def _guarded(entry: Mapping[str, Any]) -> bool:
    """Say whether an operation wants an access token."""
    return any(SCHEME in requirement for requirement in entry.get("security", ()))


def _security(scopes: Mapping[str, str]) -> dict[str, Any]:
    return {
        SCHEME: {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": _TOKEN_URL, "scopes": dict(scopes)},
                "authorizationCode": {
                    "authorizationUrl": "/oauth2/authorize",
                    "tokenUrl": _TOKEN_URL,
                    "refreshUrl": _TOKEN_URL,
                    "scopes": dict(scopes),
                },
            },
        },
        "client_secret_basic": {"type": "http", "scheme": "basic"},
    }
