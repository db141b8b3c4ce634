"""One document out of several."""

from typing import Any

import pytest

from services.gateway.forwarding.domain.components import clashes, reachable, references, renamed
from services.gateway.forwarding.domain.errors import UnpublishableDocumentError
from services.gateway.forwarding.domain.merging import catalogue, merge
from tests.gateway.published import document, health, operation, registry, training

OWN = document(
    {
        "/v1/coverage/determinations": {
            "post": operation(
                "determine_coverage",
                "coverage:decide",
                personal=True,
                **{"x-composed-from": {"service": "health", "path": "/v1/coverage/determinations"}},
            )
        },
        "/v1/sessions/{session_id}/applications": {
            "post": operation(
                "apply_to_session",
                "enrolments:write",
                **{"x-composed-from": {"service": "training", "path": "/v1/sessions/{session_id}/applications"}},
            )
        },
        "/v1/nowhere": {
            "post": operation("compose_nothing", **{"x-composed-from": {"service": "health", "path": "/v1/none"}})
        },
    }
)


def merged(*services: dict[str, Any], own: dict[str, Any] = OWN) -> dict[str, Any]:
    names = ("registry", "health", "training")
    return merge(
        own,
        dict(zip(names, services, strict=False)),
        server="https://indimaj.test",
        scopes={"persons:read": "Read"},
        purposes=["TRAINING", "REGISTRATION"],
    )


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def returning(name: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": ref(schema)}}
    return operation(name) | {"responses": {"200": {"description": "OK", "content": content}}}


def test_every_public_operation_is_there_once_and_no_internal_one() -> None:
    paths = merged(registry(), health(), training())["paths"]
    assert "/v1/persons/{person_id}/facts" not in paths
    assert paths["/v1/coverage/determinations"]["get"]["operationId"] == "list_determinations"
    assert paths["/v1/sessions"]["get"]["operationId"] == "list_sessions"


def test_a_composition_is_published_in_the_words_of_its_service_without_the_facts() -> None:
    found = merged(registry(), health(), training())
    entry = found["paths"]["/v1/coverage/determinations"]["post"]
    assert entry["operationId"] == "determine_coverage"
    assert entry["summary"] == "Determine"
    assert "x-composed-from" not in entry
    schema = entry["requestBody"]["content"]["application/json"]["schema"]
    assert schema == ref("QuestionPublic")
    public = found["components"]["schemas"]["QuestionPublic"]
    assert set(public["properties"]) == {"person_id"}
    assert public["required"] == ["person_id"]
    assert "Question" not in found["components"]["schemas"]


def test_a_body_written_out_in_place_loses_the_facts_too() -> None:
    service = health()
    inline = {"type": "object", "properties": {"person_id": {}, "facts": {}}, "required": ["facts"]}
    body = {"content": {"application/json": {"schema": inline}}}
    service["paths"]["/v1/coverage/determinations"]["post"]["requestBody"] = body
    entry = merged(registry(), service)["paths"]["/v1/coverage/determinations"]["post"]
    assert set(entry["requestBody"]["content"]["application/json"]["schema"]["properties"]) == {"person_id"}


def test_what_the_door_asks_and_answers_is_written_down() -> None:
    entry = merged(registry())["paths"]["/v1/persons"]["post"]
    assert {(one["in"], one["name"]) for one in entry["parameters"]} == {
        ("header", "Purpose"),
        ("header", "Acting-For"),
        ("header", "Idempotency-Key"),
    }
    assert entry["parameters"][0]["schema"]["enum"] == ["REGISTRATION", "TRAINING"]
    assert {"400", "401", "403", "502", "503", "504"} <= entry["responses"].keys()
    open_entry = merged(registry())["paths"]["/v1/open"]["get"]
    assert "401" not in open_entry["responses"]
    assert "parameters" not in open_entry


def test_headers_that_a_service_documents_itself_are_not_doubled() -> None:
    service = registry()
    purpose = {"in": "header", "name": "purpose", "schema": {}}
    key = {"in": "header", "name": "Idempotency-Key", "schema": {}}
    acting = {"in": "header", "name": "acting-for", "schema": {}}
    service["paths"]["/v1/persons"]["post"]["parameters"] = [purpose, acting, key]
    assert merged(service)["paths"]["/v1/persons"]["post"]["parameters"] == [purpose, acting, key]


def test_one_name_for_two_things_becomes_two_names() -> None:
    first = document({"/a": {"get": returning("a", "Finding")}}, {"Finding": {"type": "string"}})
    second = document(
        {"/b": {"get": returning("b", "Page")}},
        {"Finding": {"type": "integer"}, "Page": {"properties": {"items": ref("Finding")}}},
    )
    third = document(
        {"/c": {"get": returning("c", "Page")}},
        {"Finding": {"type": "string"}, "Page": {"properties": {"items": ref("Finding")}}},
    )
    schemas = merged(first, second, third)["components"]["schemas"]
    assert schemas["RegistryFinding"] == {"type": "string"}
    assert schemas["HealthFinding"] == {"type": "integer"}
    assert schemas["HealthPage"] == {"properties": {"items": ref("HealthFinding")}}
    assert schemas["TrainingPage"] == {"properties": {"items": ref("TrainingFinding")}}
    assert "Problem" in schemas


def test_two_documents_cannot_publish_one_place_or_one_name() -> None:
    with pytest.raises(UnpublishableDocumentError, match="get /a"):
        merged(document({"/a": {"get": operation("a")}}), document({"/a": {"get": operation("b")}}))
    with pytest.raises(UnpublishableDocumentError, match="operationId a"):
        merged(document({"/a": {"get": operation("a")}}), document({"/b": {"get": operation("a")}}))


def test_the_catalogue_of_problems_names_each_once() -> None:
    first = {"x-problems": [{"slug": "b"}, {"slug": "a", "n": 1}]}
    assert catalogue([first, {"x-problems": [{"slug": "a", "n": 2}]}, {}]) == [{"slug": "a", "n": 1}, {"slug": "b"}]


def test_references_are_found_and_renamed_wherever_they_stand() -> None:
    node = {
        "oneOf": [ref("A"), {"$ref": "https://elsewhere.test/x"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A"}},
        "properties": {"$ref": {"type": "string"}},
    }
    assert sorted(references(node)) == [("schemas", "A"), ("schemas", "A")]
    assert renamed(node, {("schemas", "A"): "B"}) == {
        "oneOf": [ref("B"), {"$ref": "https://elsewhere.test/x"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/B"}},
        "properties": {"$ref": {"type": "string"}},
    }


def test_only_components_in_use_are_kept() -> None:
    schemas = {"A": {"properties": {"b": ref("B"), "a": ref("A")}}, "B": {}, "C": {}}
    assert reachable({"x": ref("A"), "y": ref("Missing")}, {"schemas": schemas}) == {
        "schemas": {"A": schemas["A"], "B": {}}
    }
    assert clashes({"one": {}, "two": {"components": {"schemas": {"A": {}}}}}) == set()
