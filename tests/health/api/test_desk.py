"""The desk, the rules, the summary: what partners read."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kit import clock
from services.kit.keyed_hash import IdentifierHasher
from tests.health.builders import AWA, TODAY, shipped_book
from tests.health.wire import question, wire_facts
from tests.support.asgi import HASH_KEY, client_of
from tests.support.callers import bearer

VERIFY = "/v1/coverage/verify"
HASHER = IdentifierHasher(bytes.fromhex(HASH_KEY))
PASSPORT = {"identifier": {"system": "PASSPORT", "value": "SEN a-123 45"}}
NOBODY = {"identifier": {"system": "PASSPORT", "value": "SEN Z99999"}}


def identified() -> dict[str, Any]:
    return wire_facts(
        identifiers=[
            {"system": "PASSPORT", "hash": HASHER.hash("PASSPORT", "SENA12345")},
            {"system": "PROGRAMME", "hash": HASHER.hash("PROGRAMME", "IM-0001-X")},
        ]
    )


async def cover(client: httpx.AsyncClient, **changes: Any) -> None:
    made = await client.post("/v1/coverage/determinations", json=question(facts=identified(), **changes))
    confirmed = await client.post(f"{made.headers['location']}/confirm")
    assert confirmed.status_code == 200


@pytest.mark.parametrize("asked", [PASSPORT, {"programme_number": "im 0001 x"}])
async def test_somebody_covered_is_found_however_the_number_is_written(
    client: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    await cover(client)
    answer = await client.post(VERIFY, json=asked)
    body = answer.json()
    assert answer.status_code == 200
    assert body.pop("what_to_do").startswith("Prendre en charge")
    assert body == {
        "covered": True,
        "scheme": "AMO_ACHAMIL",
        "effective_from": "2026-11-23",
        "effective_to": "2027-12-31",
        "reason": "R_DROIT_OUVERT",
        "minimum_access": ["URGENCE", "HOPITAL_EGALITE", "ESSP_FREE"],
    }


@pytest.mark.parametrize(("on", "covered"), [("2026-11-22", False), ("2026-11-23", True), ("2027-12-31", True),
                                             ("2028-01-01", False)])  # fmt: skip
async def test_the_first_and_the_last_day_count(client: httpx.AsyncClient, on: str, covered: bool) -> None:
    await cover(client)
    body = (await client.post(VERIFY, json={**PASSPORT, "on": on})).json()
    assert body["covered"] is covered
    assert body["what_to_do"]


async def test_nobody_known_and_nobody_covered_give_the_same_bytes(client: httpx.AsyncClient) -> None:
    await client.post("/v1/coverage/determinations", json=question(facts=identified(), declared=None))
    known = await client.post(VERIFY, json=PASSPORT)
    unknown = await client.post(VERIFY, json=NOBODY)
    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    assert {k: v for k, v in known.headers.items() if k != "x-request-id"} == {
        k: v for k, v in unknown.headers.items() if k != "x-request-id"
    }
    body = unknown.json()
    assert (body["covered"], body["scheme"], body["reason"]) == (False, None, "R_AUCUN_DROIT_OUVERT")
    assert body["minimum_access"]


@pytest.mark.parametrize(("language", "word"), [("fr", "Soigner"), ("ar-MA", "العلاج"), ("en", "Give care")])
async def test_the_desk_is_told_what_to_do_in_its_language(client: httpx.AsyncClient, language: str, word: str) -> None:
    answer = await client.post(VERIFY, json=NOBODY, headers={"accept-language": language})
    assert word in answer.json()["what_to_do"]
    assert answer.headers["content-language"] == language[:2]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "one_question"),
        ({**PASSPORT, "programme_number": "X"}, "one_question"),
        ({"identifier": {"system": "SHOE", "value": "38"}}, "enum"),
        ({"identifier": {"system": "PASSPORT", "value": " "}}, "blank_text"),
        ({"identifier": {"system": "PASSPORT", "value": "9" * 201}}, "string_too_long"),
        ({**PASSPORT, "on": "tomorrow"}, "date_format"),
        ({"programme_number": "--- \U000d0382"}, "no_letter_or_digit"),
    ],
)
async def test_a_question_of_the_desk_is_exact(client: httpx.AsyncClient, asked: dict[str, Any], code: str) -> None:
    answer = await client.post(VERIFY, json=asked)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]


async def test_the_desk_needs_its_scope_and_a_purpose_of_care(app: FastAPI) -> None:
    async with client_of(app) as client:
        for scope, purpose, status in [
            ("coverage:verify", "HEALTH_COVERAGE", 200),
            ("coverage:verify", "TAMKINE_CARE", 200),
            ("coverage:verify", "STATISTICS", 403),
            ("coverage:read", "HEALTH_COVERAGE", 403),
        ]:
            answer = await client.post(VERIFY, json=NOBODY, headers=bearer(scope, service="health", purpose=purpose))
            assert answer.status_code == status


async def test_the_rules_are_listed_page_by_page_with_certainty_and_source(client: httpx.AsyncClient) -> None:
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        body = (await client.get("/v1/coverage/rules", params=params)).json()
        seen += body["items"]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == len(shipped_book().rows)
    assert body["rule_set"] == shipped_book().fingerprint
    assert all(row["certainty"] and row["source"] for row in seen)
    only = (await client.get("/v1/coverage/rules", params={"kind": "achamil_band", "on": "2023-12-31"})).json()
    assert only["items"] == []
    bands = (await client.get("/v1/coverage/rules", params={"kind": "achamil_band", "on": "2024-01-01"})).json()
    assert [row["value"]["mad_month"] for row in bands["items"]][:2] == ["144", "176"]


async def test_unknown_filters_and_kinds_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/coverage/rules", params={"colour": "red"})).status_code == 400
    assert (await client.get("/v1/coverage/rules", params={"kind": "law"})).status_code == 422


async def test_the_rules_need_no_purpose(app: FastAPI) -> None:
    async with client_of(app) as client:
        headers = bearer("coverage:read", service="health", purpose=None)
        assert (await client.get("/v1/coverage/rules", headers=headers)).status_code == 200


async def test_entitlements_are_paged(client: httpx.AsyncClient) -> None:
    await cover(client)
    await cover(client, scheme="AMO_CNSS", declared={"employed": True})
    page = (await client.get("/v1/coverage/entitlements", params={"person_id": str(AWA), "limit": 1})).json()
    assert [each["scheme"] for each in page["items"]] == ["AMO_CNSS"]
    params = {"person_id": str(AWA), "limit": 1, "cursor": page["next"]}
    rest = (await client.get("/v1/coverage/entitlements", params=params)).json()
    assert ([each["scheme"] for each in rest["items"]], rest["next"]) == (["AMO_ACHAMIL"], None)


async def test_the_summary_shows_open_rights_and_the_last_answer(client: httpx.AsyncClient) -> None:
    params = {"person_id": str(AWA)}
    empty = (await client.get("/v1/coverage/summary", params=params)).json()
    assert (empty["entitlements"], empty["last_determination"], empty["age_s"], empty["stale"]) == (
        [],
        None,
        None,
        False,
    )
    assert empty["minimum_access"]
    await cover(client)
    body = (await client.get("/v1/coverage/summary", params=params)).json()
    assert [each["scheme"] for each in body["entitlements"]] == ["AMO_ACHAMIL"]
    assert (body["last_determination"]["status"], body["on"]) == ("ELIGIBLE", TODAY.isoformat())


@pytest.mark.parametrize(("behind_s", "stale"), [(5, False), (600, True)])
async def test_the_summary_owns_up_to_an_old_feed(
    client: httpx.AsyncClient, app: FastAPI, behind_s: int, stale: bool
) -> None:
    at = clock.now() - timedelta(seconds=behind_s)
    async with app.state.database.sessions.begin() as session:
        await session.execute(
            text("INSERT INTO feed_cursor (source, cursor, caught_up_at) VALUES ('registry', '0.0', :at)"), {"at": at}
        )
    body = (await client.get("/v1/coverage/summary", params={"person_id": str(AWA)})).json()
    assert body["stale"] is stale
    assert body["age_s"] >= behind_s
