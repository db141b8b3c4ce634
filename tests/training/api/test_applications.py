"""Applications over HTTP: the facts' two roads, an answer that explains itself, and a human where rules end."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from services.kit.database import Database
from tests.training.builders import applied, post, published, wire_facts


async def ask(client: httpx.AsyncClient, session: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    return await client.post(f"/v1/sessions/{session['id']}/applications", json=body)


def status_of(code: str) -> list[dict[str, Any]]:
    return [{"code": code, "valid_from": None, "valid_to": None}]


async def test_the_answer_says_criterion_by_criterion_what_was_found_on_which_fact_by_which_rule(
    client: httpx.AsyncClient,
) -> None:
    session = await published(client, level="T")
    made = await applied(
        client,
        session,
        school_level="TRONC_COMMUN",
        birth={"earliest": "1996-01-01", "latest": "1996-12-31", "precision": "year"},
    )
    assert (made["state"], made["status"], made["as_of"]) == ("applied", "PENDING_INFO", "2026-11-23")
    criteria = {criterion["code"]: criterion for criterion in made["criteria"]}
    assert {code: criterion["result"] for code, criterion in criteria.items()} == {
        "A_SESSION": "PASS",
        "A_LEVEL": "UNKNOWN",
        "A_AGE_MIN": "PASS",
        "A_AGE_MAX": "UNKNOWN",
        "A_STATUS": "PASS",
    }
    assert criteria["A_AGE_MAX"] == {
        "code": "A_AGE_MAX",
        "result": "UNKNOWN",
        "fact": "birth",
        "fact_value": "1996-01-01/1996-12-31",
        "fact_source": "registry",
        "on": "2027-09-01",
        "reason": "R_AGE_INCERTAIN",
        "rule": {
            "code": "LEVEL_T_AGE_MAX",
            "value": 30,
            "from": None,
            "to": None,
            "certainty": "verified",
            "source": "S69",
        },
    }
    assert [missing["fact"] for missing in made["missing"]] == ["diploma", "birth"]
    assert made["would_become"]["status"] == "ADMISSIBLE"
    assert made["would_become"]["if"][0]["any_of"][1] == {"fact": "diploma", "relation": "one_of", "values": ["Q"]}
    assert [each["reason"] for each in made["explanations"]] == made["reasons"]
    assert all(each["fr"] and each["ar"] and each["en"] for each in made["explanations"])
    assert made["facts_used"] == {"version": 1, "recorded_at": "2026-11-20T08:00:00Z", "source": "value"}
    rules = (await client.get("/v1/training/rules")).json()
    assert made["rule_set"] == rules["rule_set"]
    assert (await client.get(f"/v1/applications/{made['id']}")).json() == made


async def test_a_no_is_stored_explained_and_oriented(client: httpx.AsyncClient) -> None:
    session, other = await published(client, level="TS"), await published(client, level="Q")
    body = {"person_id": str(uuid4()), "declared": {"diplomas": []}}
    answer = await ask(client, session, body | {"facts": wire_facts(UUID(body["person_id"]))})  # type: ignore[arg-type]  # a string
    made = answer.json()
    assert (answer.status_code, made["status"], made["reasons"]) == (201, "NOT_ADMISSIBLE", ["R_NIVEAU_INSUFFISANT"])
    assert made["orientation"]["levels"][0] == {"level": "Q", "status": "ADMISSIBLE"}
    assert made["orientation"]["sessions"] == [other["id"]]
    assert made["declared"] == {"school_level": None, "diplomas": [], "contract_on": None}


async def test_what_was_declared_at_the_desk_counts_and_is_named_as_its_source(client: httpx.AsyncClient) -> None:
    session, person = await published(client), uuid4()
    declared = {"school_level": "BACCALAUREAT", "diplomas": None, "contract_on": None}
    facts = wire_facts(person, school_level=None)
    made = (await ask(client, session, {"person_id": str(person), "declared": declared, "facts": facts})).json()
    assert made["status"] == "ADMISSIBLE"
    assert made["criteria"][1]["fact_source"] == "declared"


async def test_without_the_registry_the_feeds_facts_serve_and_without_both_nobody_guesses(
    client: httpx.AsyncClient,
) -> None:
    first, second = await published(client), await published(client)
    person = uuid4()
    body = {"person_id": str(person), "facts": None}
    unknown = await ask(client, first, body)
    assert (unknown.status_code, unknown.json()["code"]) == (503, "facts-unavailable")
    assert unknown.headers["retry-after"] == "1"
    await applied(client, first, person_id=person)
    made = (await ask(client, second, body)).json()
    assert (made["status"], made["facts_used"]["source"]) == ("ADMISSIBLE", "feed")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"declared": {"school_level": "BAC_PLUS_5"}}, 422, "code-unknown", "/declared/school_level"),
        ({"declared": {"diplomas": ["S", "X"]}}, 422, "code-unknown", "/declared/diplomas/1"),
        ({"declared": {"diplomas": ["Zzcanari"]}}, 422, "invalid-input", "/declared/diplomas/0"),
        ({"declared": {"contract_on": "2027-02-29"}}, 422, "invalid-input", "/declared/contract_on"),
        ({"person_id": "Zzcanari"}, 422, "invalid-input", "/person_id"),
        ({"unknown": 1}, 422, "invalid-input", "/unknown"),
        ({"facts": wire_facts(uuid4())}, 422, "invalid-input", ""),
    ],
)
async def test_an_application_that_cannot_be_is_refused_at_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    session = await published(client)
    answer = await ask(client, session, {"person_id": str(uuid4()), "facts": None} | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "Zzcanari" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"birth": {"earliest": "1990-01-02", "latest": "1990-01-01", "precision": "day"}},
        {"legal_statuses": [{"code": "REFUGEE_BRA", "valid_from": "2020-01-02", "valid_to": "2020-01-01"}]},
        {"recorded_at": "0001-01-01T00:00:00+05:00"},
        {"version": 0},
    ],
)
async def test_facts_that_contradict_themselves_are_refused(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    session, person = await published(client), uuid4()
    facts = wire_facts(person, **changes)
    answer = await ask(client, session, {"person_id": str(person), "facts": facts})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["pointer"].startswith("/facts/")


async def test_no_application_for_the_dead_or_to_nowhere_or_twice(client: httpx.AsyncClient) -> None:
    session, person = await published(client), uuid4()
    dead = {"person_id": str(person), "facts": wire_facts(person, deceased_on="2026-01-01")}
    assert (await ask(client, session, dead)).json()["code"] == "person-deceased"
    nowhere = await ask(client, {"id": str(uuid4())}, {"person_id": str(person), "facts": wire_facts(person)})
    assert nowhere.status_code == 404
    made = await applied(client, session)
    again = await ask(client, session, {"person_id": made["person_id"], "facts": None})
    assert (again.status_code, again.json()["code"]) == (409, "already-applied")


async def test_a_withdrawn_application_makes_way_for_another(client: httpx.AsyncClient) -> None:
    session = await published(client)
    made = await applied(client, session, school_level=None)
    path = f"/v1/applications/{made['id']}/withdraw"
    withdrawn = await post(client, path, None, status=200)
    assert (withdrawn["state"], withdrawn["version"]) == ("withdrawn", 2)
    assert (await client.post(path)).json()["code"] == "transition-refused"
    again = await applied(client, session, person_id=UUID(made["person_id"]), version=2)
    assert again["status"] == "ADMISSIBLE"


async def test_a_human_decides_what_was_referred_and_the_reason_is_kept(client: httpx.AsyncClient) -> None:
    session = await published(client)
    made = await applied(client, session, legal_statuses=status_of("ASYLUM_SEEKER_UNHCR"))
    assert (made["status"], made["ruling"]) == ("REFER", None)
    path = f"/v1/applications/{made['id']}/decide"
    decided = await post(client, path, {"status": "ADMISSIBLE", "reason": "Commission of 12 September"}, status=200)
    assert decided["status"] == "ADMISSIBLE"
    assert (decided["ruling"]["reason"], decided["ruling"]["by"]) == ("Commission of 12 September", "test-client")
    again = await client.post(path, json={"status": "NOT_ADMISSIBLE", "reason": "Changed my mind"})
    assert (again.status_code, again.json()["code"]) == (409, "decision-not-open")
    await post(client, "/v1/enrolments", {"application_id": made["id"]})


@pytest.mark.parametrize("body", [{"status": "REFER", "reason": "x"}, {"status": "ADMISSIBLE"}, {"reason": "x"}])
async def test_a_decision_is_a_yes_or_a_no_with_its_reason(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    made = await applied(client, await published(client), legal_statuses=[])
    assert (await client.post(f"/v1/applications/{made['id']}/decide", json=body)).status_code == 422


async def test_a_sessions_applications_are_listed_in_the_order_they_came(client: httpx.AsyncClient) -> None:
    session = await published(client)
    made = [await applied(client, session) for _ in range(3)]
    made.append(await applied(client, session, legal_statuses=status_of("STATELESS")))
    path = f"/v1/sessions/{session['id']}/applications"
    first = (await client.get(path, params={"limit": 3})).json()
    rest = (await client.get(path, params={"limit": 3, "cursor": first["next"]})).json()
    assert [*first["items"], *rest["items"]] == made
    assert rest["next"] is None
    referred = (await client.get(path, params={"status": "REFER", "state": "applied"})).json()
    assert referred["items"] == [made[3]]
    assert (await client.get(f"/v1/sessions/{uuid4()}/applications")).status_code == 404


async def test_the_summary_shows_a_persons_training_newest_first(client: httpx.AsyncClient) -> None:
    person = uuid4()
    first = await applied(client, await published(client), person_id=person)
    second = await applied(client, await published(client), person_id=person)
    enrolment = await post(client, "/v1/enrolments", {"application_id": first["id"]})
    summary = (await client.get("/v1/training/summary", params={"person_id": str(person)})).json()
    assert [each["id"] for each in summary["applications"]] == [second["id"], first["id"]]
    assert [each["state"] for each in summary["applications"]] == ["applied", "enrolled"]
    assert summary["enrolments"] == [enrolment]
    nobody = (await client.get("/v1/training/summary", params={"person_id": str(uuid4())})).json()
    assert (nobody["applications"], nobody["enrolments"]) == ([], [])


@pytest.mark.parametrize("path", ["applications/{}", "enrolments/{}"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    target = f"/v1/{path.format(uuid4())}"
    assert (await client.get(target)).status_code == 404
    assert (await client.post(f"{target}/withdraw")).status_code == 404


async def test_every_access_to_a_persons_training_leaves_one_row_and_the_catalogue_leaves_none(
    client: httpx.AsyncClient, training_database: Any, database: Database
) -> None:
    session = await published(client)
    made = await applied(client, session)
    enrolment = await post(client, "/v1/enrolments", {"application_id": made["id"]})
    await client.get(f"/v1/applications/{made['id']}")
    await client.get(f"/v1/sessions/{session['id']}/applications")
    await client.get("/v1/enrolments", params={"person_id": made["person_id"]})
    await client.get(f"/v1/sessions/{session['id']}")
    await client.post("/v1/enrolments", json={"application_id": made["id"]})
    await client.post(f"/v1/enrolments/{enrolment['id']}/withdraw")
    owner = Database(training_database.owner_url, pool_size=2)
    try:
        async with owner.sessions() as reading:
            rows = (await reading.execute(text("SELECT * FROM audit_record ORDER BY at"))).all()
    finally:
        await owner.close()
    assert [(row.action, row.outcome) for row in rows] == [
        ("apply_to_session", "ok"),
        ("enrol_learner", "ok"),
        ("read_application", "ok"),
        ("list_applications", "ok"),
        ("list_enrolments", "ok"),
        ("enrol_learner", "refused:TransitionRefusedError"),
        ("withdraw_learner", "ok"),
    ]
    assert {row.purpose for row in rows} == {"TRAINING"}
    named = {tuple(row.persons) for row in rows if row.outcome == "ok"}
    assert len(named) == 1
    assert made["person_id"] not in str(named)
