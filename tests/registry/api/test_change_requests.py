"""Changes of sensitive fields over HTTP: two people, a difference to look at, and a conflict that is seen."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.kit import clock
from services.registry.contract.change_requests import ChangeRequestBody, ChangeRequestPage
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import codes, path_of, register
from tests.support.callers import bearer

SECOND = bearer(*EVERY_SCOPE, service="registry", sub="clerk-2", client_id="portal")
LATER = timedelta(days=31)
PATCH: dict[str, Any] = {"birth": {"year": 1991, "month": 5, "day": 12}, "reason": "The passport says so"}


def a_month_later(client: httpx.AsyncClient, app: FastAPI) -> dict[str, str]:
    """Let a month and a day pass for the registry and its caller; return the token of a second one."""
    app.dependency_overrides[clock.read_now] = lambda: datetime.now(UTC) + LATER
    client.headers.update(bearer(*EVERY_SCOPE, service="registry", age=-LATER))
    return bearer(*EVERY_SCOPE, service="registry", age=-LATER, sub="clerk-2", client_id="portal")


async def proposed(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Ask for a change that must be taken in."""
    answer = await client.post(f"{path}/change-requests", json={"reason": "Seen", **body})
    assert answer.status_code == 201, answer.text
    ChangeRequestBody.model_validate(answer.json())
    made: dict[str, Any] = answer.json()
    return made


async def test_a_change_shows_its_difference_and_takes_effect_once_a_second_person_approves(
    client: httpx.AsyncClient,
) -> None:
    path = await path_of(client)
    made = await proposed(client, path, **PATCH)
    [change] = made["changes"]
    assert (made["state"], change["field"], change["conflict"]) == ("proposed", "birth", False)
    assert (change["before"]["year"], change["after"]["year"]) == (1990, 1991)
    assert (await client.get(path)).json()["birth"]["year"] == 1990
    decide = f"{path}/change-requests/{made['id']}/approve"
    same = await client.post(decide, json={})
    assert (same.status_code, same.json()["code"]) == (409, "second-person-required")
    done = await client.post(decide, json={"reason": "Checked"}, headers=SECOND)
    assert (done.status_code, done.json()["state"], done.json()["applied_version"]) == (200, "approved", 2), done.text
    person = await client.get(path)
    assert (person.json()["birth"]["year"], person.headers["etag"]) == (1991, '"v2"')
    again = await client.post(decide, json={}, headers=SECOND)
    assert (again.status_code, again.json()["code"]) == (409, "change-request-closed")
    history = (await client.get(f"{path}/history")).json()["items"]
    assert history[0]["operation"] == "approve_change_request"


async def test_of_several_who_approve_at_once_one_applies_it(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await proposed(client, path, **PATCH)
    answers = await asyncio.gather(
        *(
            client.post(
                f"{path}/change-requests/{made['id']}/approve",
                json={},
                headers=bearer(*EVERY_SCOPE, service="registry", sub=f"clerk-{number}", client_id="portal"),
            )
            for number in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (await client.get(path)).headers["etag"] == '"v2"'


async def test_a_machine_and_whoever_signs_in_through_it_are_one_person(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await proposed(client, path, **PATCH)
    through_it = bearer(*EVERY_SCOPE, service="registry", sub="clerk-3", client_id="test-client")
    answer = await client.post(f"{path}/change-requests/{made['id']}/approve", json={}, headers=through_it)
    assert answer.status_code == 409


async def test_names_nationalities_and_identifiers_change_together_as_one_version(client: httpx.AsyncClient) -> None:
    person = await register(client)
    path = f"/v1/persons/{person['id']}"
    passport = next(one for one in person["identifiers"] if one["system"] == "PASSPORT")
    added = {"system": "PASSPORT", "value": "B7654321", "issuer": "SEN"}
    made = await proposed(
        client,
        path,
        names=[{"family": "Diallo", "given": "Hawa"}],
        nationalities=["SEN"],
        identifiers={"add": [added], "retract": [passport["id"]]},
    )
    by_field = {change["field"]: change for change in made["changes"]}
    assert set(by_field) == {"names", "nationalities", "identifiers"}
    assert [one["value"] for one in by_field["identifiers"]["before"]] == ["A1234567"]
    assert [one["value"] for one in by_field["identifiers"]["after"]] == ["B7654321"]
    done = await client.post(f"{path}/change-requests/{made['id']}/approve", json={}, headers=SECOND)
    assert done.status_code == 200, done.text
    after = await client.get(path)
    body = after.json()
    assert after.headers["etag"] == '"v2"'
    assert [one["value"] for one in body["identifiers"] if one["system"] == "PASSPORT"] == ["B7654321"]
    assert (body["names"][0]["given"], body["nationalities"]) == ("Hawa", ["SEN"])


async def test_a_field_that_has_changed_since_is_a_conflict_and_the_rest_is_none(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    birth = await proposed(client, path, **PATCH)
    name = await proposed(client, path, names=[{"family": "Diallo", "given": "Hawa"}])
    corrected = {"birth": {"year": 1989}}
    assert (await client.patch(path, json=corrected, headers={"if-match": '"v1"'})).status_code == 200
    shown = (await client.get(f"{path}/change-requests/{birth['id']}")).json()
    assert (shown["state"], [change["conflict"] for change in shown["changes"]]) == ("conflicted", [True])
    refused = await client.post(f"{path}/change-requests/{birth['id']}/approve", json={}, headers=SECOND)
    assert (refused.status_code, refused.json()["code"]) == (409, "change-request-conflict")
    assert refused.json()["fields"] == ["birth"]
    done = await client.post(f"{path}/change-requests/{name['id']}/approve", json={}, headers=SECOND)
    assert done.status_code == 200, done.text
    listed = (await client.get(f"{path}/change-requests")).json()
    ChangeRequestPage.model_validate(listed)
    assert [item["state"] for item in listed["items"]] == ["approved", "conflicted"]


async def test_requests_are_listed_page_by_page_newest_first(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    ids = [(await proposed(client, path, sex=sex))["id"] for sex in ("M", "X", "UNKNOWN")]
    first = (await client.get(f"{path}/change-requests", params={"limit": 2})).json()
    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    rest = (await client.get(f"{path}/change-requests", params={"limit": 2, "cursor": first["next"]})).json()
    assert ([item["id"] for item in rest["items"]], rest["next"]) == (ids[:1], None)


async def test_a_request_is_rejected_by_another_and_withdrawn_by_its_maker(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    one, other = [await proposed(client, path, **PATCH) for _ in range(2)]
    first, second = [f"{path}/change-requests/{made['id']}" for made in (one, other)]
    own = await client.post(f"{first}/reject", json={"reason": "No"})
    assert (own.status_code, own.json()["code"]) == (409, "second-person-required")
    assert (await client.post(f"{first}/reject", json={}, headers=SECOND)).status_code == 422
    rejected = await client.post(f"{first}/reject", json={"reason": "Not shown"}, headers=SECOND)
    assert (rejected.json()["state"], rejected.json()["decision_reason"]) == ("rejected", "Not shown")
    foreign = await client.post(f"{second}/withdraw", json={}, headers=SECOND)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "not-the-proposer")
    withdrawn = await client.post(f"{second}/withdraw", json={})
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await client.post(f"{second}/withdraw", json={})).status_code == 409
    assert (await client.get(path)).headers["etag"] == '"v1"'


async def test_a_request_expires(client: httpx.AsyncClient, app: FastAPI) -> None:
    path = await path_of(client)
    made = await proposed(client, path, **PATCH)
    second = a_month_later(client, app)
    there = f"{path}/change-requests/{made['id']}"
    assert (await client.get(there)).json()["state"] == "expired"
    late = await client.post(f"{there}/approve", json={}, headers=second)
    assert (late.status_code, late.json()["code"]) == (409, "change-request-closed")


async def test_a_request_that_changes_nothing_or_cannot_be_taken_is_refused(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    there = f"{path}/change-requests"
    nothing = await client.post(there, json={"sex": "F", "reason": "None"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing-changes")
    future = await client.post(there, json={"birth": {"year": 2090}, "reason": "Odd"})
    assert (future.status_code, codes(future)[0][0]) == (422, "/birth")
    nameless = await client.post(there, json={"names": None, "reason": "Odd"})
    assert nameless.status_code == 422
    foreign = {"documents": ["01900000-0000-7000-8000-0000000000ff"]}
    evidence = await client.post(there, json={**PATCH, **foreign})
    assert (evidence.status_code, evidence.json()["code"]) == (404, "evidence-unknown")
    nobodys = {"identifiers": {"retract": foreign["documents"]}, "reason": "Odd"}
    assert (await client.post(there, json=nobodys)).status_code == 404
    assert (await client.get(f"{there}/{foreign['documents'][0]}")).status_code == 404


async def test_a_number_that_somebody_has_by_then_is_refused_and_nothing_is_applied(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    number = {"system": "PASSPORT", "value": "C0000001", "issuer": "GIN"}
    made = await proposed(client, path, identifiers={"add": [number]})
    await register(client, {"names": [{"given": "Other"}], "identifiers": [number]})
    refused = await client.post(f"{path}/change-requests/{made['id']}/approve", json={}, headers=SECOND)
    assert (refused.status_code, refused.json()["code"]) == (409, "identifier-in-use")
    assert (await client.get(path)).headers["etag"] == '"v1"'


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"names": [{"given": "Hawa"}]}, "names"),
        ({"birth": {"year": 1980}}, "birth"),
        ({"nationalities": ["SEN"]}, "nationalities"),
    ],
)
async def test_after_the_grace_a_patch_of_a_sensitive_field_says_where_to_ask(
    client: httpx.AsyncClient, app: FastAPI, patch: dict[str, Any], field: str
) -> None:
    path = await path_of(client)
    a_month_later(client, app)
    refused = await client.patch(path, json=patch, headers={"if-match": '"v1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "change-request-required")
    assert refused.json()["fields"] == [field]
    asked = await client.post(refused.json()["change_requests"], json={**patch, "reason": "Seen"})
    assert asked.status_code == 201, asked.text
    other = await client.patch(path, json={"birth_place": "Labé"}, headers={"if-match": '"v1"'})
    assert other.status_code == 200


async def test_what_was_not_known_is_filled_in_at_any_time(client: httpx.AsyncClient, app: FastAPI) -> None:
    path = await path_of(client, {"names": [{"given": "Soumaoro"}]})
    a_month_later(client, app)
    filled = {"birth": {"year": 1990, "precision": "year"}, "nationalities": ["SEN"]}
    assert (await client.patch(path, json=filled, headers={"if-match": '"v1"'})).status_code == 200


async def test_another_organisation_asks_from_the_first_day_on(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    other = bearer(*EVERY_SCOPE, service="registry", organisation="other")
    refused = await client.patch(path, json={"birth": {"year": 1980}}, headers={**other, "if-match": '"v1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "change-request-required")


async def test_who_may_not_write_a_field_neither_asks_for_nor_decides_its_change(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await proposed(client, path, sex="X", **PATCH)
    agreed = {"persons": {"fields": ["sex", "change_requests"]}}
    some = bearer(*EVERY_SCOPE, service="registry", sub="clerk-4", client_id="portal", agreed=agreed)
    seen = await client.get(f"{path}/change-requests/{made['id']}", headers=some)
    assert [change["field"] for change in seen.json()["changes"]] == ["sex"]
    asked = await client.post(f"{path}/change-requests", json=PATCH, headers=some)
    assert (asked.status_code, codes(asked)) == (403, [("/birth", "field_not_agreed")])
    for action, body in (("approve", {}), ("reject", {"reason": "No"})):
        refused = await client.post(f"{path}/change-requests/{made['id']}/{action}", json=body, headers=some)
        assert (refused.status_code, refused.json()["code"]) == (403, "field-not-agreed")
