"""The feed of changes of courses: references, in the transaction of what they tell of, for the gateway."""

from typing import Any

import httpx

from services.gateway.events.contract.feeds import change_of
from services.gateway.events.reference.settings import catalogue
from tests.support.callers import bearer
from tests.training.builders import applied, post, published

GATEWAY = bearer("changes:read", service="training", purpose="TRAINING")


async def told(client: httpx.AsyncClient) -> list[tuple[str, int]]:
    """Return what was told, having checked that the gateway understands it."""
    answer = await client.get("/v1/changes", headers=GATEWAY)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    for item in items:
        change = change_of("courses", item)
        kind = catalogue().of(change)
        assert kind is not None
        assert change.organisation == "prefecture-rabat"
        assert set(kind.members) <= set(change.references)
        assert change.references.keys() <= {*kind.members, "organisation"}
    return [(item["kind"], item["version"]) for item in items]


async def test_a_seat_is_told_of_from_the_application_to_its_end(client: httpx.AsyncClient) -> None:
    session = await published(client)
    application = await applied(client, session)
    enrolment = await post(client, "/v1/enrolments", {"application_id": application["id"]})
    await post(client, f"/v1/enrolments/{enrolment['id']}/withdraw", {"reason": "Work"}, status=200)
    assert await told(client) == [
        ("course.session_published", 1),
        ("enrolment.application_made", 1),
        ("enrolment.learner_enrolled", 1),
        ("enrolment.learner_withdrawn", 2),
    ]


async def test_a_decision_and_a_withdrawal_are_told_without_saying_what_they_were(client: httpx.AsyncClient) -> None:
    session = await published(client)
    waits = [{"code": "ASYLUM_SEEKER_UNHCR", "valid_from": "2020-01-01", "valid_to": None}]
    first = await applied(client, session, legal_statuses=waits)
    decide = {"status": "ADMISSIBLE", "reason": "Commission"}
    await post(client, f"/v1/applications/{first['id']}/decide", decide, status=200)
    withdrawn = await client.post(f"/v1/applications/{first['id']}/withdraw")
    assert withdrawn.status_code == 200, withdrawn.text
    assert await told(client) == [
        ("course.session_published", 1),
        ("enrolment.application_made", 1),
        ("enrolment.application_decided", 2),
        ("enrolment.application_withdrawn", 3),
    ]


async def test_a_cancelled_session_tells_each_learner_and_each_applicant_once(client: httpx.AsyncClient) -> None:
    session = await published(client)
    seated, waiting = await applied(client, session), await applied(client, session)
    await post(client, "/v1/enrolments", {"application_id": seated["id"]})
    path = f"/v1/sessions/{session['id']}"
    tag = (await client.get(path)).headers["etag"]
    moved = await client.patch(path, json={"capacity": 5}, headers={"if-match": tag})
    assert moved.status_code == 200, moved.text
    cancelled = await client.patch(path, json={"state": "cancelled"}, headers={"if-match": moved.headers["etag"]})
    assert cancelled.status_code == 200, cancelled.text
    kinds = [kind for kind, _ in await told(client)]
    assert kinds[-4:] == [
        "course.session_amended",
        "enrolment.learner_withdrawn",
        "enrolment.application_withdrawn",
        "course.session_cancelled",
    ]
    assert (await client.get(f"/v1/applications/{waiting['id']}")).json()["state"] == "withdrawn"


async def test_what_is_refused_tells_nothing(client: httpx.AsyncClient) -> None:
    session = await published(client)
    application = await applied(client, session)
    await post(client, "/v1/enrolments", {"application_id": application["id"]})
    before = await told(client)
    assert (await client.post("/v1/enrolments", json={"application_id": application["id"]})).status_code == 409
    assert (await client.post(f"/v1/applications/{application['id']}/withdraw")).status_code == 409
    assert await told(client) == before
