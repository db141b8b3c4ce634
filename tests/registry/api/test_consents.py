"""Notices, consents and oppositions over HTTP: what a person agrees to, and what stops when she says no."""

from typing import Any

import httpx
import pytest

from services.registry.contract.rights import ConsentBody, ConsentPage, NoticePage, OppositionBody, ReceiptBody
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import codes, path_of
from tests.support.callers import bearer

GIVEN: dict[str, Any] = {
    "purpose": "TRAINING",
    "recipient": "ofppt",
    "notice": {"code": "TRAINING", "version": 1},
    "language": "ar",
    "channel": "interpreter",
}
OPPOSED: dict[str, Any] = {"recipient": "ofppt", "purposes": ["TRAINING"], "grounds": "Mine", "channel": "written"}
NOBODY = "01900000-0000-7000-8000-0000000000ff"


def seen_by(organisation: str, purpose: str) -> dict[str, str]:
    return bearer(*EVERY_SCOPE, service="registry", organisation=organisation, client_id=organisation, purpose=purpose)


async def recorded(client: httpx.AsyncClient, path: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/consents", json={**GIVEN, **changes})
    assert answer.status_code == 201, answer.text
    ConsentBody.model_validate(answer.json())
    made: dict[str, Any] = answer.json()
    return made


async def opposed(client: httpx.AsyncClient, path: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/oppositions", json={**OPPOSED, **changes})
    assert answer.status_code == 201, answer.text
    OppositionBody.model_validate(answer.json())
    made: dict[str, Any] = answer.json()
    return made


async def status_for(client: httpx.AsyncClient, path: str, organisation: str, purpose: str) -> int:
    return (await client.get(path, headers=seen_by(organisation, purpose))).status_code


async def test_notices_are_read_by_purpose_and_day_in_every_language(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/notices")
    page = NoticePage.model_validate(answer.json())
    assert {"REGISTRATION", "TRAINING", "HEALTH_COVERAGE"} <= {notice.purpose for notice in page.items}
    assert all(set(notice.texts) == {"fr", "ar", "en"} for notice in page.items)
    one = (await client.get("/v1/notices", params={"purpose": "TRAINING"})).json()["items"]
    assert [notice["code"] for notice in one] == ["TRAINING"]
    assert (await client.get("/v1/notices", params={"on": "2000-01-01"})).json()["items"] == []


async def test_a_consent_is_recorded_listed_read_and_has_a_receipt(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await recorded(client, path)
    assert (made["state"], made["given_on"], made["given_by"]) == ("given", "2026-11-23", "person")
    assert next(effect["code"] for effect in made["effects"]) == "SHARING_STOPS"
    there = f"{path}/consents/{made['id']}"
    assert (await client.get(there)).json() == made
    listed = ConsentPage.model_validate((await client.get(f"{path}/consents")).json())
    assert [str(one.id) for one in listed.items] == [made["id"]]
    receipt = ReceiptBody.model_validate((await client.get(f"{there}/receipt")).json())
    assert (receipt.number, receipt.language, receipt.title) == (made["number"], "ar", "التكوين المهني")
    french = (await client.get(f"{there}/receipt", params={"language": "fr"})).json()
    assert french["title"] == "Formation professionnelle"
    assert (await client.get(f"{path}/consents/{NOBODY}")).status_code == 404


async def test_a_new_consent_replaces_the_one_before_for_its_purpose_and_recipient(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    first, other = await recorded(client, path), await recorded(client, path, recipient=None)
    second = await recorded(client, path, expires_on="2026-12-31")
    states = {one["id"]: one["state"] for one in (await client.get(f"{path}/consents")).json()["items"]}
    assert states == {first["id"]: "replaced", other["id"]: "given", second["id"]: "given"}
    page = (await client.get(f"{path}/consents", params={"limit": 2})).json()
    rest = (await client.get(f"{path}/consents", params={"limit": 2, "cursor": page["next"]})).json()
    assert [len(page["items"]), [one["id"] for one in rest["items"]]] == [2, [first["id"]]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"notice": {"code": "TRAINING", "version": 9}}, "notice-not-in-force"),
        ({"notice": {"code": "SCHOOL", "version": 1}}, "notice-not-in-force"),
        ({"given_on": "2026-11-24"}, "day-in-future"),
        ({"documents": [NOBODY]}, "evidence-unknown"),
        ({"language": "de"}, "invalid-input"),
    ],
)
async def test_a_consent_that_cannot_have_been_given_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str
) -> None:
    path = await path_of(client)
    answer = await client.post(f"{path}/consents", json={**GIVEN, **changes})
    assert (answer.status_code, answer.json()["code"]) == (404 if code == "evidence-unknown" else 422, code)
    assert codes(answer)[0][0] == f"/{next(iter(changes))}"


async def test_a_withdrawal_stops_the_sharing_with_its_recipient_for_its_purpose_until_she_agrees_again(
    client: httpx.AsyncClient,
) -> None:
    path = await path_of(client)
    made = await recorded(client, path)
    assert await status_for(client, path, "ofppt", "TRAINING") == 200
    there = f"{path}/consents/{made['id']}"
    ended = await client.post(f"{there}/withdrawal", json={"channel": "phone", "reason": "No longer"})
    assert (ended.status_code, ended.json()["state"], ended.json()["end_channel"]) == (200, "withdrawn", "phone")
    assert await status_for(client, path, "ofppt", "TRAINING") == 404
    assert await status_for(client, path, "ofppt", "HEALTH_COVERAGE") == 200
    assert await status_for(client, path, "cnss", "TRAINING") == 200
    again = await client.post(f"{there}/withdrawal", json={"channel": "phone"})
    assert (again.status_code, again.json()["code"]) == (409, "consent-ended")
    receipt = (await client.get(f"{there}/receipt", params={"language": "en"})).json()
    assert receipt["lines"][0] == "Withdrawal recorded."
    assert len(receipt["lines"]) == 5
    await recorded(client, path)
    assert await status_for(client, path, "ofppt", "TRAINING") == 200


async def test_a_withdrawal_from_what_a_law_demands_says_so_and_stops_nothing(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    notice = {"code": "REGISTRATION", "version": 1}
    made = await recorded(client, path, purpose="REGISTRATION", recipient="police", notice=notice)
    headers = {"accept-language": "en"}
    ended = await client.post(f"{path}/consents/{made['id']}/withdrawal", json={"channel": "oral"}, headers=headers)
    assert ended.json()["effects"][0]["code"] == "STATUTORY_TASK_CONTINUES"
    assert ended.json()["effects"][0]["text"].startswith("The law demands")
    assert await status_for(client, path, "police", "REGISTRATION") == 200
    assert (await client.get(path)).headers["etag"] == '"v1"'


async def test_an_opposition_makes_her_nobody_to_its_recipient_at_once(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await opposed(client, path, purposes=["TRAINING", "REGISTRATION"])
    assert (made["state"], made["stopped"], made["statutory"]) == ("received", ["TRAINING"], ["REGISTRATION"])
    assert (made["received_on"], made["due_on"], made["overdue"]) == ("2026-11-23", "2026-12-23", False)
    nobody = await client.get(f"/v1/persons/{NOBODY}", headers=seen_by("ofppt", "TRAINING"))
    hers = await client.get(path, headers=seen_by("ofppt", "TRAINING"))
    assert (hers.status_code, {**hers.json(), "instance": ""}) == (404, {**nobody.json(), "instance": ""})
    assert await status_for(client, f"{path}/permits", "ofppt", "TRAINING") == 404
    assert await status_for(client, path, "ofppt", "REGISTRATION") == 200
    changes = (await client.get("/v1/changes")).json()["items"]
    closed = {"organisation": "ofppt", "subject": None, "purposes": ["TRAINING"]}
    assert changes[-1]["facts"]["withheld"]["callers"] == [closed]


async def test_an_opposition_to_everything_and_everybody_leaves_what_a_law_demands(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await opposed(client, path, recipient=None, purposes=None)
    assert "REGISTRATION" in made["statutory"]
    assert {"TRAINING", "STATISTICS"} <= set(made["stopped"])
    assert await status_for(client, path, "cnss", "STATISTICS") == 404
    assert await status_for(client, path, "cnss", "REGISTRATION") == 200


async def test_an_opposition_is_upheld_for_good_or_rejected_with_reasons_and_an_appeal(
    client: httpx.AsyncClient,
) -> None:
    path = await path_of(client)
    first, second = await opposed(client, path), await opposed(client, path, recipient="amappe")
    there = f"{path}/oppositions/{first['id']}"
    assert (await client.post(f"{there}/assessment", json={"outcome": "upheld"})).status_code == 422
    upheld = await client.post(f"{there}/assessment", json={"outcome": "upheld", "reasons": "She is right"})
    assert (upheld.json()["state"], upheld.json()["appeal"]) == ("upheld", None)
    again = await client.post(f"{there}/assessment", json={"outcome": "rejected", "reasons": "No"})
    assert (again.status_code, again.json()["code"]) == (409, "opposition-closed")
    answer = {"outcome": "rejected", "reasons": "Needed"}
    rejected = await client.post(f"{path}/oppositions/{second['id']}/assessment", json=answer)
    assert rejected.json()["state"] == "rejected"
    assert "CNDP" in rejected.json()["appeal"]
    assert await status_for(client, path, "ofppt", "TRAINING") == 404
    assert await status_for(client, path, "amappe", "TRAINING") == 200
    listed = (await client.get(f"{path}/oppositions")).json()["items"]
    assert [one["state"] for one in listed] == ["rejected", "upheld"]
    page = (await client.get(f"{path}/oppositions", params={"limit": 1})).json()
    assert (page["items"], bool(page["next"])) == (listed[:1], True)
    rest = (await client.get(f"{path}/oppositions", params={"limit": 1, "cursor": page["next"]})).json()
    assert rest["items"] == listed[1:]
    assert (await client.get(there)).json() == listed[1]


async def test_an_opposition_against_a_law_is_rejected_by_a_person_and_never_upheld(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await opposed(client, path, purposes=["REGISTRATION"])
    there = f"{path}/oppositions/{made['id']}/assessment"
    assert made["state"] == "received"
    upheld = await client.post(there, json={"outcome": "upheld", "reasons": "Why not"})
    assert (upheld.status_code, upheld.json()["code"]) == (409, "purpose-statutory")
    rejected = await client.post(there, json={"outcome": "rejected", "reasons": "The law"})
    assert rejected.json()["state"] == "rejected"
    assert (await client.get(path)).headers["etag"] == '"v1"'


async def test_an_opposition_that_she_takes_back_stops_nothing_more(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await opposed(client, path)
    there = f"{path}/oppositions/{made['id']}"
    withdrawn = await client.post(f"{there}/withdrawal", json={"reason": "Settled"})
    assert (withdrawn.json()["state"], withdrawn.json()["end_reason"]) == ("withdrawn", "Settled")
    assert await status_for(client, path, "ofppt", "TRAINING") == 200
    again = await client.post(f"{there}/withdrawal", json={})
    assert (again.status_code, again.json()["code"]) == (409, "opposition-closed")
    assert (await client.get(f"{path}/oppositions/{NOBODY}")).status_code == 404
    future = await client.post(f"{path}/oppositions", json={**OPPOSED, "received_on": "2027-01-01"})
    assert (future.status_code, codes(future)[0][0]) == (422, "/received_on")
