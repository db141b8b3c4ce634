"""Determinations over HTTP."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.health.coverage.contract.determinations import DeterminationQuestion, DeterminationRequest
from tests.health.builders import AWA, shipped_book
from tests.health.wire import ACHAMIL, question, wire_facts
from tests.support.asgi import client_of
from tests.support.callers import bearer

PATH = "/v1/coverage/determinations"


async def determine(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json=question(**changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_determination_answers_with_everything_the_page_promises(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json=question(as_of="2026-11-20"))
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{PATH}/{body['id']}"
    assert (body["status"], body["scheme"], body["as_of"]) == ("ELIGIBLE", "AMO_ACHAMIL", "2026-11-20")
    assert (body["effective_from"], body["effective_to"]) == ("2026-11-20", "2027-12-31")
    assert (body["end_reason"], body["contribution_mad_month"]) == ("PERMIT_EXPIRY", 176)
    assert body["minimum_access"] == ["URGENCE", "HOPITAL_EGALITE", "ESSP_FREE"]
    assert body["rule_set"] == shipped_book().fingerprint
    assert body["confirmation"] is None
    score = next(each for each in body["criteria"] if each["code"] == "C_SCORE")
    assert score["rule"] == {
        "code": "TADAMON_MAX", "value": "9.3264284", "from": "2022-12-01", "to": None, "certainty": "verified",
        "source": "S49",
    }  # fmt: skip
    assert (score["result"], score["fact_value"], score["fact_source"]) == ("PASS", "9.6", "declared")


async def test_what_is_posted_read_and_replayed_is_the_same_to_the_byte(client: httpx.AsyncClient) -> None:
    for scheme in (None, "AMO_ACHAMIL", "AMO_TADAMON"):
        made = await client.post(PATH, json=question(scheme=scheme))
        path = made.headers["location"]
        for again in (await client.get(path), await client.get(f"{path}/replay")):
            assert again.status_code == 200
            assert again.content == made.content


async def test_without_a_scheme_all_are_listed_and_today_is_meant(client: httpx.AsyncClient) -> None:
    body = await determine(client, scheme=None, declared=None)
    assert (body["as_of"], body["scheme_asked"]) == ("2026-11-23", None)
    assert len(body["schemes"]) == 8
    assert body["status"] == "REFER"
    assert {missing["fact"] for missing in body["missing"]} == {"other_amo", "rsu_score"}


@pytest.mark.parametrize("score", [9.3264284, "9.3264284", 9, "9"])
async def test_a_score_is_taken_exactly_as_string_or_number(client: httpx.AsyncClient, score: object) -> None:
    body = await determine(client, scheme="AMO_TADAMON", declared={"rsu_score": score, "other_amo": False})
    found = next(each for each in body["criteria"] if each["code"] == "C_SCORE")
    assert (found["result"], found["fact_value"]) == ("PASS", str(score))


async def test_facts_that_the_feed_brought_answer_while_the_registry_is_down(client: httpx.AsyncClient) -> None:
    refused = await client.post(PATH, json=question(facts=None))
    assert (refused.status_code, refused.json()["code"]) == (503, "facts-unavailable")
    assert refused.headers["retry-after"] == "1"
    await determine(client)
    body = await determine(client, facts=None)
    assert (body["status"], body["facts_used"]["source"]) == ("ELIGIBLE", "feed")


async def test_a_confirmation_names_who_and_opens_the_right(client: httpx.AsyncClient) -> None:
    made = await determine(client)
    confirmed = await client.post(f"{PATH}/{made['id']}/confirm", json={})
    assert confirmed.status_code == 200
    stands = confirmed.json()["confirmation"]
    assert (stands["confirmed_by"], stands["organisation"]) == ("test-client", "prefecture-rabat")
    held = (await client.get("/v1/coverage/entitlements", params={"person_id": str(AWA)})).json()["items"]
    assert [each["id"] for each in held] == [stands["entitlement_id"]]
    assert (held[0]["scheme"], held[0]["effective_to"], held[0]["contribution_mad_month"]) == (
        "AMO_ACHAMIL", "2027-12-31", 176,
    )  # fmt: skip
    again = await client.post(f"{PATH}/{made['id']}/confirm")
    assert (again.status_code, again.json()["code"]) == (409, "already-confirmed")
    read = await client.get(f"{PATH}/{made['id']}")
    replayed = await client.get(f"{PATH}/{made['id']}/replay")
    assert read.content == replayed.content == confirmed.content


async def test_a_second_yes_for_the_same_days_is_told_apart(client: httpx.AsyncClient) -> None:
    first, second = [await determine(client) for _ in range(2)]
    assert (await client.post(f"{PATH}/{first['id']}/confirm")).status_code == 200
    refused = await client.post(f"{PATH}/{second['id']}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "entitlement-overlaps")


async def test_an_open_question_cannot_be_confirmed(client: httpx.AsyncClient) -> None:
    made = await determine(client, declared=None)
    refused = await client.post(f"{PATH}/{made['id']}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing-to-confirm")


async def test_one_idempotency_key_takes_one_decision(client: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one"}
    first, second = [await client.post(PATH, json=question(), headers=key) for _ in range(2)]
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"


async def test_a_replay_under_current_rules_says_what_would_change(client: httpx.AsyncClient) -> None:
    made = await determine(client)
    answer = await client.get(f"{PATH}/{made['id']}/replay", params={"rules": "current"})
    body = answer.json()
    assert (body["id"], body["differing"]) == (made["id"], [])
    assert body["decided"] == body["current"]
    wrong = await client.get(f"{PATH}/{made['id']}/replay", params={"rules": "tomorrow"})
    assert wrong.status_code == 422


async def test_an_answer_changed_behind_our_back_is_not_replayed(client: httpx.AsyncClient, app: FastAPI) -> None:
    made = await determine(client)
    async with app.state.database.sessions.begin() as session:
        # The app role cannot change a decision; a copy with another answer stands for one that was.
        await session.execute(
            text(
                "INSERT INTO determination (id, person_id, scheme_asked, scheme, category, status, as_of, evaluated_at,"
                " effective_from, rule_set, facts, facts_source, declared, held, answer, requested_by, organisation)"
                " SELECT :id, person_id, scheme_asked, scheme, category, status, as_of, evaluated_at, effective_from,"
                " rule_set, facts, facts_source, declared, held, replace(answer::text, '176', '1')::json, requested_by,"
                " organisation FROM determination WHERE id = :made"
            ),
            {"id": (copy := uuid4()), "made": made["id"]},
        )
    refused = await client.get(f"{PATH}/{copy}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "replay-differs")
    assert refused.json()["differing"]


async def test_a_list_is_paged_from_the_newest(client: httpx.AsyncClient) -> None:
    made = [(await determine(client))["id"] for _ in range(3)]
    first = await client.get(PATH, params={"person_id": str(AWA), "limit": 2})
    assert [each["id"] for each in first.json()["items"]] == made[:0:-1]
    assert 'rel="next"' in first.headers["link"]
    rest = await client.get(PATH, params={"person_id": str(AWA), "limit": 2, "cursor": first.json()["next"]})
    assert ([each["id"] for each in rest.json()["items"]], rest.json()["next"]) == ([made[0]], None)
    assert (await client.get(PATH)).status_code == 422
    foreign = await client.get(PATH, params={"person_id": str(uuid4()), "cursor": first.json()["next"]})
    assert foreign.status_code == 422


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"scheme": "AMO_MARS"}, "/scheme", "unknown_scheme"),
        ({"scheme": "amo"}, "/scheme", "string_pattern_mismatch"),
        ({"as_of": "2026-02-30"}, "/as_of", "date_impossible"),
        ({"as_of": "23/11/2026"}, "/as_of", "date_format"),
        ({"declared": {"head_scheme": "AMO_MARS", "relation": "CHILD"}}, "/declared/head_scheme", "unknown_scheme"),
        ({"declared": {"rsu_score": "nine"}}, "/declared/rsu_score", "decimal_parsing"),
        ({"declared": {"rsu_score": True}}, "/declared/rsu_score", None),
        ({"declared": {"rsu_score": -1}}, "/declared/rsu_score", "greater_than_equal"),
        ({"declared": {"rsu_score": "9", "rsu_registered": False}}, "/declared", "contradictory_declaration"),
        ({"declared": {"other_amo": "no"}}, "/declared/other_amo", "bool_type"),
        ({"declared": {"shoe_size": 38}}, "/declared/shoe_size", "extra_forbidden"),
        ({"facts": wire_facts(person_id=str(uuid4()))}, "/facts/person_id", "person_mismatch"),
        ({"facts": wire_facts(birth={"earliest": "1990-01-02", "latest": "1990-01-01", "precision": "year"})},
         "/facts/birth", "period_reversed"),
        ({"facts": wire_facts(permits=[{"type": "CI", "valid_from": "2020-01-02", "valid_to": "2020-01-01"}])},
         "/facts/permits/0", "period_reversed"),
        ({"facts": wire_facts(recorded_at="0001-01-01T00:00:00+10:00")}, "/facts/recorded_at", "greater_than_equal"),
        ({"facts": wire_facts(identifiers=[{"system": "PASSPORT", "hash": "AB1234567"}])},
         "/facts/identifiers/0/hash", "string_pattern_mismatch"),
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_read_is_refused_where_it_is_wrong(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str, code: str | None
) -> None:
    answer = await client.post(PATH, json=question(**changes))
    assert answer.status_code == 422, answer.text
    errors = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert pointer in errors
    assert code is None or errors[pointer] == code
    assert "AB1234567" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_determination_that_is_not_there_is_not_found(client: httpx.AsyncClient, method: str) -> None:
    suffix = "/confirm" if method == "POST" else ""
    answer = await client.request(method, f"{PATH}/{uuid4()}{suffix}")
    assert (answer.status_code, answer.json()["code"]) == (404, "determination-not-found")


async def test_deciding_needs_its_scope_and_its_purpose(app: FastAPI) -> None:
    async with client_of(app) as client:
        for scopes, purpose, code in [
            (("coverage:read",), "HEALTH_COVERAGE", "insufficient-scope"),
            (("coverage:decide",), "TRAINING", "purpose-not-agreed"),
            (("coverage:decide",), None, "purpose-required"),
        ]:
            headers = bearer(*scopes, service="health", purpose=purpose)
            answer = await client.post(PATH, json=question(), headers=headers)
            assert answer.json()["code"] == code


async def test_every_access_leaves_one_audit_row_and_no_value(
    client: httpx.AsyncClient, app: FastAPI, coverage_database: Any
) -> None:
    made = await determine(client)
    await client.get(f"{PATH}/{made['id']}")
    await client.post(f"{PATH}/{made['id']}/confirm")
    await client.post(f"{PATH}/{made['id']}/confirm")
    connection = await asyncpg.connect(coverage_database.admin_url)
    try:
        rows = await connection.fetch("SELECT * FROM audit_record ORDER BY id")
    finally:
        await connection.close()
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("determine_coverage", "ok"),
        ("read_determination", "ok"),
        ("confirm_determination", "ok"),
        ("confirm_determination", "refused:AlreadyConfirmedError"),
    ]
    assert all(row["purpose"] == "HEALTH_COVERAGE" for row in rows)
    assert len({tuple(row["persons"]) for row in rows[:3]}) == 1
    assert str(AWA) not in json.dumps([str(dict(row)) for row in rows])


def test_the_public_request_is_the_internal_question_without_facts() -> None:
    assert set(DeterminationQuestion.model_fields) - set(DeterminationRequest.model_fields) == {"facts"}
    assert DeterminationRequest.model_validate({"person_id": str(AWA), "declared": ACHAMIL}).scheme is None
