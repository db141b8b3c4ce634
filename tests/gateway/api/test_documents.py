"""What the gateway says about itself."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.gateway.access.reference import catalogue
from services.gateway.app import create_app
from services.gateway.forwarding.domain.errors import UnpublishableDocumentError
from services.gateway.forwarding.domain.operations import published as operations_of
from services.kit import clock
from services.stack.stores import Store
from tests.gateway import published
from tests.gateway.conftest import House, gateway_settings

pytestmark = pytest.mark.parametrize("upstream", ["pool"], indirect=True)


async def test_one_document_holds_every_public_operation_once(house: House) -> None:
    response = await house.client.get("/openapi.json")
    document = response.json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "https://indimaj.test"}]
    names = [entry["operationId"] for item in document["paths"].values() for entry in item.values()]
    assert len(names) == len(set(names))
    public = {
        operation.operation_id
        for service, made in (("registry", published.registry()), ("training", published.training()))
        for operation in operations_of(service, made)
    }
    made_here = house.gateway.control.openapi()
    own = {operation.operation_id for operation in operations_of("gateway", made_here)} | {"list_determinations"}
    assert {"issue_token", "read_overview", "determine_coverage", "list_own_limits", "propose_agreement"} < own
    assert set(names) == public | own
    again = await house.client.get("/openapi.json", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def scopes_in(document: dict[str, Any]) -> set[str]:
    return {
        scope
        for item in document["paths"].values()
        for entry in item.values()
        for requirement in entry.get("security", ())
        for scope in requirement.get("oauth2", ())
    }


async def test_the_document_is_closed_in_itself(house: House) -> None:
    document = (await house.client.get("/openapi.json")).json()
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "/oauth2/token"
    assert scopes_in(document) <= flow["scopes"].keys()
    assert "facts:read" not in flow["scopes"]
    text = (await house.client.get("/openapi.json")).text
    for kind, entries in document["components"].items():
        for name in entries:
            if kind != "securitySchemes":
                assert f'"#/components/{kind}/{name}"' in text
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in document["components"]["schemas"]


def test_the_services_real_documents_fit_together(gateway_database: Store, upstream: str) -> None:
    settings = gateway_settings(gateway_database, Path("unused"), upstream=upstream).model_copy(
        update={"openapi_dir": None}
    )
    gateway = create_app(settings)
    document = gateway.openapi()
    assert scopes_in(document) <= {scope.name for scope in catalogue.scopes() if scope.partner}
    for path, method in (("/v1/coverage/determinations", "post"), ("/v1/sessions/{session_id}/applications", "post")):
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert "person_id" in schema["properties"]
        assert "facts" not in schema["properties"]
    shapes = [re.sub(r"\{[^}]*\}", "{}", path) for path in document["paths"]]
    assert len(shapes) == len(set(shapes))
    for entry in (entry for item in document["paths"].values() for entry in item.values()):
        if entry.get("x-personal-data"):
            assert any(parameter["name"] == "Purpose" for parameter in entry["parameters"]), entry["operationId"]
    imports = next(one for one in gateway.table.operations if one.operation_id == "import_persons")
    assert imports.streaming


async def test_the_documentation_page_needs_nothing_from_outside_and_allows_no_inline_script(house: House) -> None:
    response = await house.client.get("/docs")
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http" not in response.text.replace("http-equiv", "")
    assert "<script>" not in response.text
    for asset in ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "documentation.js", "pages.css"):
        found = await house.client.get(f"/docs/assets/{asset}")
        assert found.status_code == 200
        assert len(found.content) > 100
    assert (await house.client.get("/docs/assets/nothing.js")).json()["code"] == "not-found"


async def test_every_problem_has_a_page_in_three_languages(house: House) -> None:
    for problem in house.gateway.openapi()["x-problems"]:
        for language in ("fr", "ar", "en"):
            response = await house.client.get(f"/problems/{problem['slug']}", headers={"accept-language": language})
            assert response.status_code == 200
            assert f'lang="{language}"' in response.text
            assert (f'dir="{"rtl" if language == "ar" else "ltr"}"') in response.text
            assert response.headers["content-language"] == language
    assert (await house.client.get("/problems/not-found?lang=ar")).headers["content-language"] == "ar"
    index = await house.client.get("/problems")
    assert "/problems/purpose-not-agreed" in index.text
    unknown = await house.client.get("/problems/canary-script")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert "canary" not in unknown.text


async def test_every_problem_that_is_answered_has_its_page(house: House) -> None:
    response = await house.client.get("/v1/persons/abc")
    assert (await house.client.get(response.json()["type"])).status_code == 200


async def test_security_txt_says_where_to_report(house: House) -> None:
    response = await house.client.get("/.well-known/security.txt")
    assert response.headers["content-type"].startswith("text/plain")
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"].startswith("mailto:")
    assert fields["Expires"] > (clock.now() + timedelta(days=30)).isoformat()


async def test_head_is_answered_wherever_get_is(house: House) -> None:
    for path in ("/openapi.json", "/docs", "/livez", "/problems/not-found", "/.well-known/jwks.json"):
        response = await house.client.head(path)
        assert (response.status_code, response.content) == (200, b""), path


async def test_probes_answer(house: House) -> None:
    assert (await house.client.get("/livez")).status_code == 200
    assert (await house.client.get("/readyz")).json() == {"status": "ok"}
    house.gateway.state.draining = True
    assert (await house.client.get("/readyz")).status_code == 503


def test_a_missing_or_contradictory_document_stops_the_start(
    gateway_database: Store, tmp_path: Path, upstream: str
) -> None:
    folder = published.write(tmp_path / "openapi")
    (folder / "health.json").unlink()
    with pytest.raises(FileNotFoundError):
        create_app(gateway_settings(gateway_database, folder, upstream=upstream))
    with pytest.raises(FileNotFoundError, match="INDIMAJ_GATEWAY_OPENAPI_DIR"):
        create_app(gateway_settings(gateway_database, tmp_path / "nowhere"))
    (folder / "health.json").write_text("[]")
    with pytest.raises(ValueError, match="JSON object"):
        create_app(gateway_settings(gateway_database, folder))
    clash = published.document({"/v1/persons/{id}": {"get": published.operation("read_person_too")}})
    with pytest.raises(UnpublishableDocumentError):
        create_app(gateway_settings(gateway_database, published.write(folder, health=clash)))


async def test_the_lifespan_closes_what_was_opened(house: House) -> None:
    said: list[str] = []
    told = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, Any]:
        return {"type": next(told)}

    async def send(message: Any) -> None:
        said.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            assert (await house.client.get("/v1/open")).status_code == 200

    await house.gateway({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert (await house.client.get("/v1/open")).status_code == 503
