"""What a partner's engineer reads first: probes, the merged OpenAPI document, the pages behind problems."""

from __future__ import annotations

import httpx
import pytest

from tests.end_to_end.partner import expect, expect_problem

pytestmark = pytest.mark.end_to_end


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_answer(http: httpx.Client, path: str) -> None:
    expect(http.get(path), 200)


def test_one_document_describes_everything_that_is_public(http: httpx.Client) -> None:
    document = expect(http.get("/openapi.json"), 200)
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    for path in (
        "/v1/persons",
        "/v1/persons/{person_id}/overview",
        "/v1/coverage/determinations",
        "/v1/coverage/verify",
        "/v1/enrolments",
        "/v1/imports",
    ):
        assert path in paths or path.replace("{person_id}", "{id}") in paths, path
    assert not any("facts" in path for path in paths)
    identifiers = [
        operation["operationId"]
        for item in paths.values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert len(identifiers) == len(set(identifiers))


def test_the_page_of_a_problem_says_what_to_do(http: httpx.Client) -> None:
    problem = expect_problem(http.get("/v1/nothing"), 404)
    page = http.get(problem["type"], headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert page.text


def test_documentation_loads_nothing_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text.replace("https://spec.openapis.org", "")


def test_keys_and_endpoints_are_published(http: httpx.Client) -> None:
    metadata = expect(http.get("/.well-known/oauth-authorization-server"), 200)
    assert metadata["token_endpoint"].endswith("/oauth2/token")
    keys = expect(http.get("/.well-known/jwks.json"), 200)["keys"]
    assert keys
    assert not any("d" in key for key in keys)


def test_security_reports_have_an_address(http: httpx.Client) -> None:
    answer = http.get("/.well-known/security.txt")
    assert answer.status_code == 200
    assert "Contact:" in answer.text
