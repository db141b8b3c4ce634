"""Who may ask, and why: tokens, scopes and purposes that are refused."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.partner import Client, Partner, ask_for_token, expect, expect_problem
from tests.end_to_end.people import awa

pytestmark = pytest.mark.end_to_end

SOMEBODY = f"/v1/persons/{uuid4()}"


def _with_token(http: httpx.Client, token: str) -> httpx.Response:
    return http.get(SOMEBODY, headers={"Authorization": f"Bearer {token}", "Purpose": "REGISTRATION"})


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_lives_five_minutes_and_is_an_access_token(http: httpx.Client, clients: dict[str, Client]) -> None:
    answer = ask_for_token(http, clients["ministry"])
    body = expect(answer, 200)
    assert body["token_type"].lower() == "bearer"
    assert body["expires_in"] == 300
    assert answer.headers["cache-control"] == "no-store"
    header = json.loads(base64.urlsafe_b64decode(body["access_token"].split(".")[0] + "=="))
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")


def test_a_wrong_secret_gets_no_token(http: httpx.Client, clients: dict[str, Client]) -> None:
    ministry = clients["ministry"]
    answer = ask_for_token(http, Client(ministry.client_id, "not-the-secret", ()))
    assert expect(answer, 401)["error"] == "invalid_client"


def test_a_scope_beyond_the_clients_own_is_not_granted(http: httpx.Client, clients: dict[str, Client]) -> None:
    answer = ask_for_token(http, clients["hospital"], scope="persons:write")
    assert expect(answer, 400)["error"] == "invalid_scope"


def test_no_token_is_no_access(http: httpx.Client) -> None:
    answer = http.get(SOMEBODY)
    expect_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_foreign_and_forged_tokens_are_refused(http: httpx.Client, ministry: Partner) -> None:
    header, claims, signature = ministry.token.split(".")
    alien = _segment({"alg": "ES256", "typ": "at+jwt", "kid": "somebody-else"})
    unsigned = _segment({"alg": "none", "typ": "at+jwt"})
    expired = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"exp": 1}
    for token in (
        "not.a.token",
        f"{alien}.{claims}.{signature}",
        f"{unsigned}.{claims}.",
        f"{header}.{_segment(expired)}.{signature}",
        f"{header}.{claims}.{signature[::-1]}",
        "x" * 9000,
    ):
        expect_problem(_with_token(http, token), 401, "unauthenticated")


def test_a_client_without_the_scope_is_told_so(hospital: Partner) -> None:
    answer = hospital.post("/v1/persons", awa())
    expect_problem(answer, 403, "insufficient-scope")


def test_personal_data_need_a_purpose(ministry: Partner) -> None:
    expect_problem(ministry.for_purpose(None).get(SOMEBODY), 400, "purpose-required")


def test_a_purpose_must_be_one_of_the_list(ministry: Partner) -> None:
    expect_problem(ministry.for_purpose("CURIOSITY").get(SOMEBODY), 400, "purpose-unknown")


def test_a_purpose_outside_the_agreement_is_refused(hospital: Partner) -> None:
    asked = {"identifier": {"system": "PASSPORT", "value": "E2E0"}}
    answer = hospital.for_purpose("TRAINING").post("/v1/coverage/verify", asked)
    expect_problem(answer, 403, "purpose-not-agreed")


def test_what_is_internal_does_not_exist_outside(integrator: Partner) -> None:
    for path in (f"{SOMEBODY}/facts", "/v1/coverage/summary", "/v1/training/summary"):
        expect_problem(integrator.get(path), 404, "not-found")


def test_headers_that_claim_to_be_inside_change_nothing(http: httpx.Client) -> None:
    pretended = {"X-User": "admin", "X-Forwarded-For": "127.0.0.1", "X-Internal": "1", "Purpose": "REGISTRATION"}
    expect_problem(http.get(SOMEBODY, headers=pretended), 401, "unauthenticated")
