"""Bad input of every kind gets the right refusal, says where and what, and never repeats the value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.partner import Partner, expect, expect_problem
from tests.end_to_end.people import CANARY, awa, new_passport

pytestmark = pytest.mark.end_to_end

JSON = "application/json"


@dataclass(frozen=True)
class Case:
    """One bad body for the registration of a person, and the refusal it deserves."""

    name: str
    body: bytes
    status: int
    slug: str
    pointer: str | None = None
    code: str | None = None
    media_type: str = JSON


def _changed(**changes: Any) -> bytes:
    return json.dumps(awa(**changes)).encode()


def _named(name: str) -> bytes:
    """Return a person whose family name is JSON source text, so that escapes stay as they are written."""
    return b'{"names": [{"kind": "legal", "family": "' + name.encode() + b'", "given": "Awa"}]}'


CASES = [
    Case("cut off", b'{"names": [{"family": "' + CANARY.encode(), 400, "malformed-request", "", "json_invalid"),
    Case("not UTF-8", b'{"names": "\xff\xfe' + CANARY.encode() + b'"}', 400, "malformed-request", "", "json_invalid"),
    Case("NUL", _named(f"{CANARY}\\u0000"), 400, "malformed-request", "/names/0/family", "forbidden_character"),
    Case("surrogate", _named(f"{CANARY}\\ud800"), 400, "malformed-request", "/names/0/family", "forbidden_character"),
    Case("NaN", b'{"names": [], "birth": {"year": NaN}}', 400, "malformed-request", "/birth/year", "number_not_finite"),
    Case("repeated name", b'{"sex": "F", "sex": "M"}', 400, "malformed-request", None, "repeated_name"),
    Case("too deep", b'{"names": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed-request"),
    Case("huge number", b'{"birth": {"year": 1e999999}}', 400, "malformed-request"),
    Case("bare list", b"[]", 422, "invalid-input"),
    Case("empty", b"", 422, "invalid-input"),
    Case("wrong media type", _changed(), 415, "unsupported-media-type", media_type="text/plain"),
    Case("wrong type", _changed(names=CANARY), 422, "invalid-input", "/names"),
    Case("no name", _changed(names=[]), 422, "invalid-input", "/names"),
    Case("text for a year", _changed(birth={"year": CANARY}), 422, "invalid-input", "/birth/year"),
    Case("true for a year", _changed(birth={"year": True}), 422, "invalid-input", "/birth/year"),
    Case(
        "unknown field", _changed(favourite_colour=CANARY), 422, "invalid-input", "/favourite_colour", "extra_forbidden"
    ),
    Case("absurd length", _changed(birth_place=CANARY * 500), 422, "invalid-input", "/birth_place"),
    Case("text direction", _changed(birth_place=f"{CANARY}\u202e"), 422, "invalid-input", "/birth_place"),
    Case(
        "30 February",
        _changed(legal_status={"code": "REGULARISED_2017", "valid_from": "2018-02-30"}),
        422,
        "invalid-input",
        "/legal_status/valid_from",
        "date_impossible",
    ),
    Case(
        "instant for a date",
        _changed(legal_status={"code": "REGULARISED_2017", "valid_from": "2018-02-03T00:00:00Z"}),
        422,
        "invalid-input",
        "/legal_status/valid_from",
    ),
    Case(
        "month 13",
        _changed(birth={"year": 1990, "month": 13, "precision": "month"}),
        422,
        "invalid-input",
        "/birth/month",
    ),
    Case("unknown sex", _changed(sex=CANARY), 422, "invalid-input", "/sex"),
]


def _purpose(path: str) -> str:
    """Return a purpose under which the path may be asked."""
    if "coverage" in path:
        return "HEALTH_COVERAGE"
    return "REGISTRATION" if "persons" in path else "TRAINING"


def _send(partner: Partner, case: Case) -> Any:
    headers = {"Content-Type": case.media_type}
    return partner.request("POST", "/v1/persons", content=case.body, headers=headers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_body_is_refused_with_place_and_code_and_without_its_value(ministry: Partner, case: Case) -> None:
    answer = _send(ministry, case)
    problem = expect_problem(answer, case.status, case.slug)
    assert CANARY not in answer.text
    if case.pointer is not None:
        assert case.pointer in [error["pointer"] for error in problem["errors"]]
    if case.code is not None:
        assert case.code in [error["code"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"nationalities": ["QQQ"]}, "/nationalities/0"),
        ({"birth": {"year": 2024, "month": 2, "day": 30, "precision": "day"}}, "/birth"),
        ({"birth": {"year": 2199}}, "/birth"),
        ({"address": {"region": "99"}}, "/address/region"),
        ({"address": {"region": "06", "unit": "MA-TNG"}}, "/address/unit"),
        ({"legal_status": {"code": "KING", "valid_from": "2018-03-01"}}, "/legal_status/code"),
        ({"permits": [{"type": "GOLD", "valid_from": "2025-01-01"}]}, "/permits/0/type"),
        ({"permits": [{"type": "REG3", "valid_from": "2025-01-01", "valid_to": "2024-01-01"}]}, "/permits/0"),
        ({"identifiers": [{"system": "LIBRARY_CARD", "value": "1"}]}, "/identifiers/0/system"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_what_no_rule_or_list_knows_is_refused_where_it_stands(
    ministry: Partner, changes: dict[str, Any], pointer: str
) -> None:
    problem = expect_problem(ministry.post("/v1/persons", awa(**changes)), 422)
    assert any(error["pointer"].startswith(pointer) and error["code"] for error in problem["errors"]), problem


def test_ten_megabytes_are_not_read(ministry: Partner) -> None:
    body = b'{"names": "' + CANARY.encode() * 1_310_720 + b'"}'
    answer = ministry.request("POST", "/v1/persons", content=body, headers={"Content-Type": JSON})
    expect_problem(answer, 413, "body-too-large")
    assert CANARY not in answer.text


def test_an_identifier_already_held_is_refused_without_naming_its_holder(ministry: Partner) -> None:
    passport = {"system": "PASSPORT", "value": new_passport(), "issuer": "SEN"}
    holder = expect(ministry.post("/v1/persons", awa(identifiers=[passport])), 201)
    answer = ministry.post("/v1/persons", awa(identifiers=[passport]))
    expect_problem(answer, 409, "identifier-in-use")
    assert passport["value"] not in answer.text
    assert holder["names"][0]["family"] not in answer.text


@pytest.mark.parametrize(
    ("path", "slug", "status"),
    [
        ("/v1/persons?family=Zzcanari", "unknown-parameter", 400),
        ("/v1/coverage/entitlements?person=Zzcanari", "unknown-parameter", 400),
        ("/v1/sessions?limit=10&limit=20", "unknown-parameter", 400),
        ("/v1/sessions?limit=0", "invalid-input", 422),
        ("/v1/sessions?limit=999999999", "invalid-input", 422),
        ("/v1/sessions?cursor=Zzcanari", "invalid-input", 422),
        ("/v1/persons/Zzcanari", "invalid-input", 422),
        ("/v1/coverage/entitlements?person_id=Zzcanari", "invalid-input", 422),
        ("/v1/nothing/Zzcanari", "not-found", 404),
        ("/v1/persons/00000000-0000-7000-8000-000000000000", "not-found", 404),
    ],
)
def test_a_bad_address_is_never_everything(integrator: Partner, path: str, slug: str, status: int) -> None:
    answer = integrator.for_purpose(_purpose(path)).get(path)
    if path.startswith("/v1/persons?"):  # nobody may list persons: the address exists for POST alone
        expect_problem(answer, 405, "method-not-allowed")
    else:
        expect_problem(answer, status, slug)
    assert CANARY not in answer.text


def test_a_method_that_is_not_offered_names_those_that_are(integrator: Partner) -> None:
    answer = integrator.request("DELETE", "/v1/persons")
    expect_problem(answer, 405, "method-not-allowed")
    assert "POST" in answer.headers["allow"]


def test_a_search_needs_more_than_one_vague_criterion(ministry: Partner) -> None:
    answer = ministry.post("/v1/persons/search", {"name": CANARY})
    expect_problem(answer, 422)
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/coverage/determinations", {"person_id": "Zzcanari"}),
        ("/v1/coverage/verify", {}),
        ("/v1/coverage/verify", {"identifier": {"system": "Zzcanari", "value": "1"}}),
        ("/v1/sessions", {"programme_id": "Zzcanari"}),
        ("/v1/sessions", {"capacity": -1}),
        ("/v1/enrolments", {"application_id": "Zzcanari"}),
        ("/v1/institutions", {"name": "Zzcanari\u0007"}),
    ],
    ids=str,
)
def test_every_service_refuses_in_the_same_way(integrator: Partner, path: str, body: dict[str, Any]) -> None:
    answer = integrator.for_purpose(_purpose(path)).post(path, body)
    problem = expect_problem(answer, 422)
    assert all(error["code"] and "pointer" in error for error in problem.get("errors", [{"code": "?", "pointer": ""}]))
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"scheme": "Zzcanari"}, "/scheme"),
        ({"as_of": "2026-02-30"}, "/as_of"),
        ({"declared": {"rsu_score": CANARY}}, "/declared/rsu_score"),
        ({"declared": {"star_sign": CANARY}}, "/declared/star_sign"),
    ],
    ids=["unknown scheme", "impossible date", "wrong type", "unknown fact"],
)
def test_a_determination_asked_wrongly_says_where(
    ministry: Partner, cnss: Partner, asked: dict[str, Any], pointer: str
) -> None:
    person = expect(ministry.post("/v1/persons", awa()), 201)
    answer = cnss.post("/v1/coverage/determinations", {"person_id": person["id"], **asked})
    problem = expect_problem(answer, 422)
    assert pointer in [error["pointer"] for error in problem["errors"]], problem
    assert CANARY not in answer.text


def test_a_determination_for_nobody_is_not_made(cnss: Partner) -> None:
    body = {"person_id": "00000000-0000-7000-8000-000000000000"}
    expect_problem(cnss.post("/v1/coverage/determinations", body), 404)


def test_refusals_speak_the_callers_language(ministry: Partner) -> None:
    titles = {
        language: ministry.post("/v1/persons", {}, headers={"Accept-Language": language}).json()["title"]
        for language in ("fr", "ar", "en")
    }
    assert len(set(titles.values())) == 3
