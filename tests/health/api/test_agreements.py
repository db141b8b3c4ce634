"""What agreements hold back of coverage: fields, and decisions of other organisations."""

from typing import Any

import httpx
import pytest

from tests.health.builders import AWA
from tests.health.conftest import EVERY_SCOPE
from tests.health.wire import question
from tests.support.callers import bearer

ABSENT = "01900000-0000-7000-8000-0000000000ff"
ASKED, HELD = "/v1/coverage/determinations", "/v1/coverage/entitlements"


def caller(organisation: str = "cnss", **agreed: Any) -> dict[str, str]:
    return bearer(*EVERY_SCOPE, service="health", purpose="HEALTH_COVERAGE", organisation=organisation, agreed=agreed)


def own(organisation: str) -> dict[str, str]:
    return caller(organisation, coverage={"own": True}, persons={})


async def told(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    more: dict[str, Any] = {"json": {}} if method == "POST" else {}
    answer = await client.request(method, path, headers=headers, **more)
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "instance"}


@pytest.fixture
async def made(client: httpx.AsyncClient) -> str:
    """A determination that the CNSS has asked for and confirmed."""
    answer = await client.post(ASKED, json=question(), headers=own("cnss"))
    assert answer.json()["status"] == "ELIGIBLE", answer.text
    found = str(answer.json()["id"])
    assert (await client.post(f"{ASKED}/{found}/confirm", json={}, headers=own("cnss"))).status_code == 200
    return found


async def test_a_strangers_decision_and_nobodys_are_the_same(client: httpx.AsyncClient, made: str) -> None:
    for method, suffix in (("GET", ""), ("GET", "/replay"), ("GET", "/replay?rules=current"), ("POST", "/confirm")):
        of_stranger = await told(client, method, f"{ASKED}/{made}{suffix}", own("ramed"))
        assert of_stranger == await told(client, method, f"{ASKED}/{ABSENT}{suffix}", own("ramed"))
        assert of_stranger[0] == 404
    for path in ("", "/replay", "/replay?rules=current"):
        assert (await client.get(f"{ASKED}/{made}{path}", headers=own("cnss"))).status_code == 200


@pytest.mark.parametrize("path", [ASKED, HELD])
async def test_lists_hold_ones_own_alone(client: httpx.AsyncClient, made: str, path: str) -> None:
    assert len((await client.get(f"{path}?person_id={AWA}", headers=own("cnss"))).json()["items"]) == 1
    of_stranger = await client.get(f"{path}?person_id={AWA}", headers=own("ramed"))
    of_nobody = await client.get(f"{path}?person_id={ABSENT}", headers=own("ramed"))
    assert of_stranger.content == of_nobody.content


async def test_a_summary_tells_of_ones_own_alone(client: httpx.AsyncClient, made: str) -> None:
    mine = (await client.get(f"/v1/coverage/summary?person_id={AWA}", headers=own("cnss"))).json()
    other = (await client.get(f"/v1/coverage/summary?person_id={AWA}", headers=own("ramed"))).json()
    assert (len(mine["entitlements"]), mine["last_determination"]["id"]) == (1, made)
    assert (other["entitlements"], other["last_determination"]) == ([], None)


async def test_at_the_desk_everybody_is_answered_about(client: httpx.AsyncClient, made: str) -> None:
    body = {"identifier": {"system": "PASSPORT", "value": "A1"}}
    answers = [await client.post("/v1/coverage/verify", json=body, headers=own(who)) for who in ("cnss", "ramed")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


async def test_without_the_registrys_word_nobody_is_decided_on_for_own_persons(
    client: httpx.AsyncClient, made: str
) -> None:
    for headers, status in (
        (caller(coverage={}, persons={}), 201),
        (caller(coverage={"own": True}, persons={}), 201),
        (caller(coverage={}, persons={"own": True}), 503),
        (caller(coverage={"own": True}), 503),
    ):
        answer = await client.post(ASKED, json=question(facts=None), headers=headers)
        assert answer.status_code == status, answer.text


async def test_a_decision_is_shown_by_agreed_fields(client: httpx.AsyncClient, made: str) -> None:
    headers = caller(coverage={"fields": ["status", "scheme"]})
    body = (await client.get(f"{ASKED}/{made}", headers=headers)).json()
    assert set(body) == {"id", "person_id", "status", "scheme", "as_of", "minimum_access", "meta"}
    listed = (await client.get(f"{ASKED}?person_id={AWA}", headers=headers)).json()
    assert set(listed["items"][0]) == {"id", "person_id", "status", "scheme", "as_of"}
    summary = (await client.get(f"/v1/coverage/summary?person_id={AWA}", headers=headers)).json()
    assert set(summary["last_determination"]) == {"id", "person_id", "status", "scheme", "as_of"}
    assert set(summary["entitlements"][0]) == {"id", "person_id", "scheme", "determination_id"}
    replayed = (await client.get(f"{ASKED}/{made}/replay?rules=current", headers=headers)).json()
    assert set(replayed["decided"]) <= {"status", "scheme", "as_of", "minimum_access"}
    assert "differing" not in replayed


async def test_a_question_says_what_is_agreed(client: httpx.AsyncClient) -> None:
    allowed = await client.post(ASKED, json=question(), headers=caller(coverage={"fields": ["scheme"]}))
    assert allowed.status_code == 201, allowed.text
    refused = await client.post(ASKED, json=question(), headers=caller(coverage={"fields": ["status"]}))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/scheme")
