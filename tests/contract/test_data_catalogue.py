"""Does the data catalogue name what the services publish, and nothing else?"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from services.gateway.access.reference import catalogue
from services.kit.sharing import ENVELOPE

DOCUMENTS = {
    name: json.loads((Path(__file__).parents[2] / "docs" / "openapi" / f"{name}.json").read_text("utf-8"))
    for name in ("registry", "health", "training")
}
SHAPED = ("persons", "coverage", "enrolments")
"""The resources whose representations are published; the others have no fields to agree on yet."""


def operations() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield the personal operations with their resource and document."""
    for document in DOCUMENTS.values():
        for item in document["paths"].values():
            for entry in item.values():
                scopes = [scope for requirement in entry.get("security", ()) for scope in requirement["oauth2"]]
                if entry.get("x-personal-data") and scopes:
                    yield scopes[0].partition(":")[0], entry, document


def members(entry: Mapping[str, Any], document: Mapping[str, Any]) -> set[str]:
    """Return the fields that the members of an operation's answer stand for."""
    sharing = entry.get("x-sharing", {})
    if sharing.get("whole") or entry.get("x-field"):
        return set()
    kept = ENVELOPE | set(sharing.get("kept", ())) | {sharing.get("entries")}
    records = {"items", *sharing.get("records", ())}
    named = sharing.get("named", {})

    def of(schema: Mapping[str, Any]) -> Iterator[str]:
        for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
            yield from of(inner)
        if "$ref" in schema:
            yield from of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for name, inner in schema.get("properties", {}).items():
            if name in records:
                yield from of(inner)
            elif name not in kept:
                yield named.get(name, name)

    found: set[str] = set()
    for status, answer in entry["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if status.startswith("2"):
            found.update(of(schema))
    return found


@pytest.mark.parametrize("resource", SHAPED)
def test_every_member_of_a_representation_is_a_field_that_can_be_agreed(resource: str) -> None:
    known = catalogue.resources()[resource].fields.keys()
    for name, entry, document in operations():
        if name == resource:
            assert members(entry, document) <= known, entry["operationId"]


@pytest.mark.parametrize("resource", SHAPED)
def test_every_field_that_can_be_agreed_is_a_member_of_some_representation(resource: str) -> None:
    published: set[str] = set()
    for name, entry, document in operations():
        if name == resource:
            published |= members(entry, document) | {entry.get("x-field", "")}
            published |= set(entry.get("x-sharing", {}).get("named", {}).values())
    assert catalogue.resources()[resource].fields.keys() <= published


def test_every_route_about_one_field_names_one_of_the_catalogue() -> None:
    for resource, entry, _ in operations():
        if "x-field" in entry:
            assert entry["x-field"] in catalogue.resources()[resource].fields, entry["operationId"]


def test_every_resource_of_a_personal_route_is_personal_in_the_catalogue() -> None:
    for resource, entry, _ in operations():
        assert catalogue.resources()[resource].personal, entry["operationId"]


def test_every_label_is_there_in_every_language() -> None:
    for resource in catalogue.resources().values():
        labels = [resource.label, *resource.actions.values(), *resource.fields.values()]
        assert all(set(label) == set(catalogue.LANGUAGES) and all(label.values()) for label in labels)
