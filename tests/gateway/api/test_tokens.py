"""The token endpoint: who gets what, and everything else that may come."""

import base64
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from services.gateway.access.operations.create_client import create_client
from services.kit import clock
from services.kit.tokens import key_set
from tests.gateway.conftest import ISSUER, House
from tests.gateway.tokens import claims_of, header_of

pytestmark = pytest.mark.parametrize("upstream", ["pool"], indirect=True)
GRANT = {"grant_type": "client_credentials"}


async def ask(house: House, form: Mapping[str, str] | str | bytes, **options: Any) -> httpx.Response:
    if isinstance(form, Mapping):
        return await house.client.post("/oauth2/token", data=dict(form), **options)
    headers = {"content-type": "application/x-www-form-urlencoded", **options.pop("headers", {})}
    return await house.client.post("/oauth2/token", content=form, headers=headers, **options)


def basic(text: str | bytes) -> dict[str, str]:
    encoded = base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()
    return {"authorization": f"Basic {encoded}"}


async def test_a_client_is_given_a_token_of_five_minutes(house: House) -> None:
    response = await ask(house, GRANT, auth=("hospital", house.secrets["hospital"]))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    header, claims = header_of(body["access_token"]), claims_of(body["access_token"])
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert (claims["iss"], claims["aud"]) == (ISSUER, "indimaj-api")
    assert (claims["sub"], claims["client_id"], claims["org"]) == ("hospital", "hospital", "hospital")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["scope"] == body["scope"]
    assert set(body["scope"].split()) >= {"coverage:verify", "persons:search"}
    keys = (await house.client.get("/.well-known/jwks.json")).json()
    assert header["kid"] in {key["kid"] for key in keys["keys"]}
    assert key_set(keys).keys
    assert all("d" not in key for key in keys["keys"])


async def test_the_secret_may_come_in_the_form(house: House) -> None:
    form = GRANT | {"client_id": "cnss", "client_secret": house.secrets["cnss"], "scope": "coverage:read"}
    response = await ask(house, form)
    assert response.status_code == 200
    assert response.json()["scope"] == "coverage:read"


async def test_every_demo_client_has_just_its_rights(house: House) -> None:
    assert set(house.secrets) == {
        "ministry", "hospital", "ofppt", "amappe", "mdm", "alcs", "aref", "cnss", "integrator",
        "health-worker", "training-worker",
    }  # fmt: skip
    scopes = {}
    for client_id in house.secrets:
        response = await ask(house, GRANT, auth=(client_id, house.secrets[client_id]))
        scopes[client_id] = set(response.json()["scope"].split())
    assert scopes["health-worker"] == {"changes:read", "facts:read"}
    assert "facts:read" not in scopes["integrator"]
    assert {"persons:write", "coverage:decide", "enrolments:write", "imports:write"} <= scopes["integrator"]
    assert "coverage:decide" not in scopes["hospital"]
    assert scopes["ofppt"].isdisjoint({"coverage:read", "persons:write"})


BAD_REQUESTS: list[tuple[Any, str]] = [
    ({}, "invalid_request"),
    ({"grant_type": ""}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": 'cana"ry\\é'}, "unsupported_grant_type"),
    ({"grant_type": "implicit"}, "unsupported_grant_type"),
    ({"grant_type": "authorization_code", "code": "x"}, "unauthorized_client"),
    ({"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
    (GRANT | {"scope": "care:everything"}, "invalid_scope"),
    (GRANT | {"scope": "coverage:decide"}, "invalid_scope"),
    (GRANT | {"scope": "persons:read canary\u0430"}, "invalid_scope"),
    (GRANT | {"client_id": "hospital", "client_secret": "x" * 43}, "invalid_request"),
    ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
    ("grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
    ("grant_type=client_credentials&" + "&".join(f"a{n}=1" for n in range(60)), "invalid_request"),
    ("grant_type=client_credentials&x=%FF", "invalid_request"),
    ("grant_type=client_credentials&x=%00", "invalid_request"),
    (b"grant_type=client_credentials&x=\xff", "invalid_request"),
    ("a=" + "x" * 20_000, "invalid_request"),
    ('{"grant_type": "client_credentials"}', "invalid_request"),
]


async def test_what_is_no_good_request_is_refused_in_the_words_of_oauth(house: House) -> None:
    for form, error in BAD_REQUESTS:
        response = await ask(house, form, auth=("hospital", house.secrets["hospital"]))
        assert (response.status_code, response.json()["error"]) == (400, error), form
        assert response.headers["cache-control"] == "no-store"
        assert set(response.json()) == {"error", "error_description"}
        assert "cana" not in response.text


async def test_only_forms_are_read(house: House) -> None:
    for media_type in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        response = await house.client.post(
            "/oauth2/token", content="grant_type=client_credentials", headers={"content-type": media_type}
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


NO_PROOFS: list[dict[str, str]] = [
    {},
    basic("hospital:wrong"),
    basic("hospital:"),
    basic("hospital"),
    basic("nobody:" + "x" * 43),
    basic("../../hospital:" + "x" * 43),
    basic("hospital\0:" + "x" * 43),
    basic(b"\xff\xfe:\xff"),
    basic("x" * 5000 + ":y"),
    {"authorization": "Basic !!!!"},
    {"authorization": "Basic"},
    {"authorization": "Bearer abc"},
    {"authorization": "Digest username=hospital"},
]


async def test_a_client_that_does_not_prove_who_it_is_is_refused_whoever_it_claims_to_be(house: House) -> None:
    for headers in NO_PROOFS:
        response = await ask(house, GRANT, headers=headers)
        assert response.status_code == 401, headers
        assert response.json() == {"error": "invalid_client", "error_description": "Client authentication failed."}
        assert response.headers["www-authenticate"].startswith("Basic ")


async def test_an_unknown_client_and_a_wrong_secret_fail_alike(house: House) -> None:
    wrong = await ask(house, GRANT, headers=basic("hospital:" + "x" * 43))
    unknown = await ask(house, GRANT, headers=basic("hospitaal:" + "x" * 43))
    for response in (wrong, unknown):
        del response.headers["x-request-id"]
    assert (wrong.status_code, wrong.content, wrong.headers) == (unknown.status_code, unknown.content, unknown.headers)


async def test_anothers_secret_is_no_good(house: House) -> None:
    response = await ask(house, GRANT, auth=("hospital", house.secrets["cnss"]))
    assert response.status_code == 401


async def test_only_post_is_offered_and_no_query(house: House) -> None:
    response = await house.client.get("/oauth2/token")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    response = await house.client.post("/oauth2/token?grant_type=client_credentials", data=GRANT)
    assert response.status_code == 400


async def test_a_new_client_may_ask_at_once(house: House) -> None:
    async with house.gateway.state.database.sessions.begin() as session:
        issued = await create_client(session, client_id="clinic", organisation="clinic", scopes=[], at=clock.now())
    response = await ask(house, GRANT, auth=("clinic", issued.client_secret))
    assert (response.status_code, response.json()["scope"]) == (200, "")


async def test_discovery_says_where_everything_is(house: House) -> None:
    metadata = (await house.client.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == ISSUER
    assert metadata["token_endpoint"] == f"{ISSUER}/oauth2/token"
    assert metadata["grant_types_supported"] == ["client_credentials", "authorization_code", "refresh_token"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256"]
    assert set(metadata["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic", "client_secret_post", "private_key_jwt", "none",
    }  # fmt: skip
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    offered = set(house.gateway.openapi()["paths"])
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"):
        assert metadata[name].removeprefix(ISSUER) in offered
    resource = (await house.client.get("/.well-known/oauth-protected-resource")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (ISSUER, [ISSUER])
    assert "facts:read" not in metadata["scopes_supported"]
    openid = (await house.client.get("/.well-known/openid-configuration")).json()
    assert metadata.items() <= openid.items()
    jwks = await house.client.get(metadata["jwks_uri"])
    assert jwks.headers["cache-control"] == "public, max-age=300"


async def test_internal_keys_are_for_the_inside(house: House) -> None:
    inside = await house.client.get("/internal/jwks.json")
    outside = (await house.client.get("/.well-known/jwks.json")).json()
    assert inside.status_code == 200
    assert {key["kid"] for key in inside.json()["keys"]}.isdisjoint({key["kid"] for key in outside["keys"]})
    for name in ("Forwarded", "X-Forwarded-For", "Via"):
        response = await house.client.get("/internal/jwks.json", headers={name: "x"})
        assert response.status_code == 404
    assert "/internal/jwks.json" not in house.gateway.openapi()["paths"]
