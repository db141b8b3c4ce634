"""Small published documents, shaped like the services' own."""

from pathlib import Path
from typing import Any

import orjson

PROBLEM = {"type": "object", "properties": {"type": {"type": "string"}, "code": {"type": "string"}}}


def operation(name: str, *scopes: str, **more: Any) -> dict[str, Any]:
    """Return an operation that asks for scopes; `personal`, `internal`, `streaming` as keywords, the rest as is."""
    flags = {"personal": "x-personal-data", "internal": "x-internal", "streaming": "x-streaming-body"}
    extra = {flags.get(key, key): value for key, value in more.items()}
    return {
        "operationId": name,
        "security": [{"oauth2": list(scopes)}],
        "responses": {"200": {"description": "OK"}},
        **extra,
    }


def document(paths: dict[str, Any], schemas: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "A service", "version": "1.0.0"},
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM, **(schemas or {})}},
        "x-problems": [],
        **more,
    }


def registry() -> dict[str, Any]:
    """Return a registry of a few routes."""
    wait = {"name": "wait", "in": "query", "schema": {"type": "integer", "maximum": 25}}
    return document(
        {
            "/v1/persons": {"post": operation("register_person", "persons:write", personal=True)},
            "/v1/persons/search": {"post": operation("search_persons", "persons:search", personal=True)},
            "/v1/persons/{person_id}": {
                "get": operation("read_person", "persons:read", personal=True),
                "patch": operation("amend_person", "persons:write", personal=True),
            },
            "/v1/persons/{person_id}/facts": {"get": operation("read_facts", "facts:read", internal=True)},
            "/v1/imports": {"post": operation("import_persons", "imports:write", personal=True, streaming=True)},
            "/v1/changes": {"get": operation("follow_changes", "changes:read", parameters=[wait])},
            "/v1/reference/regions": {"get": operation("list_regions")},
            "/v1/open": {"get": {"operationId": "read_open", "security": [], "responses": {}}},
            "/v1/jobs/{job_id}": {"get": operation("read_job", internal=True)},
        }
    )


def health() -> dict[str, Any]:
    """Return a health service of a few routes."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}}, "required": True}
    question = {
        "type": "object",
        "required": ["person_id", "facts"],
        "properties": {"person_id": {"type": "string"}, "facts": {"type": ["object", "null"]}},
    }
    return document(
        {
            "/v1/coverage/determinations": {
                "post": operation(
                    "determine_coverage_with_facts",
                    "coverage:decide",
                    internal=True,
                    requestBody=body,
                    summary="Determine",
                ),
                "get": operation("list_determinations", "coverage:read", personal=True),
            },
            "/v1/coverage/summary": {"get": operation("read_coverage_summary", "coverage:read", internal=True)},
        },
        {"Question": question},
    )


def training() -> dict[str, Any]:
    """Return a training service of a few routes."""
    return document(
        {
            "/v1/sessions": {"get": operation("list_sessions", "courses:read")},
            "/v1/sessions/{session_id}/applications": {
                "post": operation("apply_with_facts", "enrolments:write", internal=True),
                "get": operation("list_applications", "enrolments:read", personal=True),
            },
        }
    )


def write(folder: Path, **documents: Any) -> Path:
    """Write the documents into a folder; `registry`, `health` and `training` may be replaced."""
    folder.mkdir(exist_ok=True)
    for name, made in {"registry": registry(), "health": health(), "training": training(), **documents}.items():
        (folder / f"{name}.json").write_bytes(orjson.dumps(made))
    return folder
