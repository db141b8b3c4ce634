"""What a document publishes."""

from typing import Any

import pytest

from services.gateway.forwarding.domain.errors import UnpublishableDocumentError
from services.gateway.forwarding.domain.operations import DEADLINE_S, LOCAL, STREAMING_DEADLINE_S, published
from tests.gateway import published as documents


def only(document: dict[str, Any], service: str = "registry") -> Any:
    (found,) = published(service, document)
    return found


def test_internal_operations_are_left_out() -> None:
    names = {operation.operation_id for operation in published("registry", documents.registry())}
    assert "read_person" in names
    assert names.isdisjoint({"read_facts", "read_job"})


def test_an_operation_says_what_it_needs() -> None:
    found = {operation.operation_id: operation for operation in published("registry", documents.registry())}
    assert found["read_person"].scopes == (frozenset({"persons:read"}),)
    assert found["read_person"].personal
    assert found["read_person"].deadline_s == DEADLINE_S
    assert found["import_persons"].streaming
    assert found["import_persons"].deadline_s == STREAMING_DEADLINE_S
    file: dict[str, Any] = {"content": {"text/csv": {}, "application/json": {}}}
    patch: dict[str, Any] = {"content": {"application/merge-patch+json": {}}}
    assert only(documents.document({"/x": {"post": documents.operation("x", requestBody=file)}})).streaming
    assert not only(documents.document({"/x": {"post": documents.operation("x", requestBody=patch)}})).streaming
    assert found["list_regions"].scopes == (frozenset(),)
    assert not found["list_regions"].personal
    assert found["read_open"].scopes == ()


def test_a_long_poll_is_given_the_time_it_may_ask_for() -> None:
    found = {operation.operation_id: operation for operation in published("registry", documents.registry())}
    assert found["follow_changes"].deadline_s == DEADLINE_S + 25
    shared = {"name": "limit", "in": "query", "schema": {"maximum": 200}}
    item = {"parameters": [shared], "get": documents.operation("x")}
    assert only(documents.document({"/x": item})).deadline_s == DEADLINE_S


def test_alternatives_are_kept_apart() -> None:
    entry = documents.operation("x") | {"security": [{"oauth2": ["a", "b"]}, {"oauth2": ["c"]}]}
    assert only(documents.document({"/x": {"get": entry}})).scopes == (frozenset({"a", "b"}), frozenset({"c"}))


@pytest.mark.parametrize(
    "entry",
    [
        {"security": [{"oauth2": []}]},
        {"operationId": "x"},
        {"operationId": "x", "security": [{"basic": []}]},
        {"operationId": "x", "security": [{"oauth2": ["a"]}, {}]},
    ],
)
def test_an_operation_without_a_name_or_without_a_guard_stops_the_start(entry: dict[str, Any]) -> None:
    with pytest.raises(UnpublishableDocumentError):
        only(documents.document({"/x": {"get": entry}}))


def test_the_gateway_guards_its_own_operations_itself() -> None:
    entry = {"operationId": "issue_token", "security": [{"client_secret_basic": []}, {}]}
    assert only(documents.document({"/oauth2/token": {"post": entry}}), LOCAL).scopes == ()
    assert only(documents.document({"/x": {"get": {"operationId": "x"}}}), LOCAL).scopes == ()
