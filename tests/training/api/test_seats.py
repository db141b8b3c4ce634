"""Seats over HTTP: they hold, they come back, and no race finds a way around."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.kit.database import Database
from tests.training.builders import applicants, applied, post, published

RACERS = 200
SEATS = 7


async def enrol(client: httpx.AsyncClient, application_id: str) -> httpx.Response:
    return await ask(client, "/v1/enrolments", {"application_id": application_id})


async def ask(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """Ask as a partner does: told that the service is busy, ask again."""
    while True:
        answer = await client.post(path, json=body)
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def test_an_admissible_applicant_gets_a_seat_and_gives_it_back(client: httpx.AsyncClient) -> None:
    session = await published(client)
    application = await applied(client, session)
    answer = await enrol(client, application["id"])
    assert answer.status_code == 201
    enrolment = answer.json()
    assert answer.headers["location"] == f"/v1/enrolments/{enrolment['id']}"
    assert (enrolment["state"], enrolment["person_id"]) == ("enrolled", application["person_id"])
    assert (enrolment["starts_on"], enrolment["ends_on"]) == (session["starts_on"], session["ends_on"])
    assert (await client.get(answer.headers["location"])).json() == enrolment
    listed = await client.get("/v1/enrolments", params={"person_id": application["person_id"]})
    assert listed.json() == {"items": [enrolment], "next": None}
    seen = (await client.get(f"/v1/sessions/{session['id']}")).json()
    assert (seen["seats_taken"], seen["seats_left"]) == (1, 1)

    path = f"/v1/enrolments/{enrolment['id']}/withdraw"
    ended = await post(client, path, {"reason": "Found work"}, status=200)
    assert (ended["state"], ended["withdrawal_reason"]) == ("withdrawn", "Found work")
    assert (await client.get(f"/v1/sessions/{session['id']}")).json()["seats_taken"] == 0
    refused = await client.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "transition-refused")
    assert refused.json()["state"] == "withdrawn"


async def test_a_persons_enrolments_are_read_page_by_page(client: httpx.AsyncClient) -> None:
    person, made = uuid4(), []
    for year in (2027, 2028, 2029):
        session = await published(client, starts_on=f"{year}-01-10", ends_on=f"{year}-03-10")
        application = await applied(client, session, person_id=person)
        made.append(await post(client, "/v1/enrolments", {"application_id": application["id"]}))
    question: dict[str, str | int] = {"person_id": str(person), "limit": 2}
    first = (await client.get("/v1/enrolments", params=question)).json()
    rest = (await client.get("/v1/enrolments", params=question | {"cursor": first["next"]})).json()
    assert [*first["items"], *rest["items"]] == made
    assert (await post(client, "/v1/enrolments", {"application_id": str(uuid4())}, status=404))["code"] == "not-found"


async def test_the_last_seats_hold_when_two_hundred_applicants_race(
    client: httpx.AsyncClient, database: Database
) -> None:
    session = await published(client, capacity=SEATS)
    applications = await applicants(client, session, RACERS)
    answers = await asyncio.gather(*(enrol(client, application["id"]) for application in applications))
    outcomes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert outcomes == {(201, None): SEATS, (409, "session-full"): RACERS - SEATS}
    async with database.sessions() as reading:
        rows = await reading.execute(
            text("SELECT seats_taken, (SELECT count(*) FROM enrolment WHERE state = 'enrolled') FROM course_session")
        )
        assert rows.one() == (SEATS, SEATS)


async def test_a_seat_held_up_too_long_is_an_honest_try_again(client: httpx.AsyncClient, database: Database) -> None:
    session = await published(client)
    application = await applied(client, session)
    body = {"application_id": application["id"]}
    async with database.sessions() as holding:
        await holding.execute(text("SELECT id FROM course_session FOR UPDATE"))
        busy = await client.post("/v1/enrolments", json=body)
    assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (503, "service-unavailable", "1")
    assert (await client.post("/v1/enrolments", json=body)).status_code == 201


async def test_one_applicant_asking_ten_times_at_once_gets_one_seat(client: httpx.AsyncClient) -> None:
    session = await published(client)
    application = await applied(client, session)
    answers = await asyncio.gather(*(enrol(client, application["id"]) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert (await client.get(f"/v1/sessions/{session['id']}")).json()["seats_taken"] == 1


async def test_of_overlapping_courses_raced_for_one_is_had(client: httpx.AsyncClient) -> None:
    person = uuid4()
    sessions = [await published(client) for _ in range(6)]
    applications = [await applied(client, session, person_id=person) for session in sessions]
    answers = await asyncio.gather(*(enrol(client, application["id"]) for application in applications))
    codes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert codes == {(201, None): 1, (409, "overlapping-course"): 5}
    taken = [(await client.get(f"/v1/sessions/{session['id']}")).json()["seats_taken"] for session in sessions]
    assert sum(taken) == 1


async def test_one_person_applying_ten_times_at_once_has_one_application(client: httpx.AsyncClient) -> None:
    session, person = await published(client), uuid4()
    body = {"person_id": str(person), "facts": None}
    await applied(client, await published(client), person_id=person)
    path = f"/v1/sessions/{session['id']}/applications"
    answers = await asyncio.gather(*(ask(client, path, body) for _ in range(10)))
    codes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert codes == {(201, None): 1, (409, "already-applied"): 9}


async def test_a_seat_freed_in_a_race_goes_to_one_of_those_who_wait(client: httpx.AsyncClient) -> None:
    session = await published(client, capacity=1)
    held = (await enrol(client, (await applied(client, session))["id"])).json()
    waiting = await applicants(client, session, 8)

    async def ask_until_there_is_one(application: dict[str, Any]) -> int:
        answer = await enrol(client, application["id"])
        for _ in range(3):
            if answer.status_code == 409:
                answer = await enrol(client, application["id"])
        return answer.status_code

    tasks = [asyncio.create_task(ask_until_there_is_one(application)) for application in waiting]
    withdrawn = await client.post(f"/v1/enrolments/{held['id']}/withdraw")
    statuses = Counter(await asyncio.gather(*tasks))
    assert withdrawn.status_code == 200
    assert statuses[201] <= 1
    assert set(statuses) <= {201, 409}
    seen = (await client.get(f"/v1/sessions/{session['id']}")).json()
    assert seen["seats_taken"] == statuses[201]


async def test_a_full_session_may_shrink_no_further_whatever_races(client: httpx.AsyncClient) -> None:
    session = await published(client, capacity=5)
    applications = await applicants(client, session, 5)

    async def shrink() -> httpx.Response:
        path, version = f"/v1/sessions/{session['id']}", {"if-match": '"v1"'}
        return await client.patch(path, json={"capacity": 2}, headers=version)

    answers = await asyncio.gather(*(enrol(client, each["id"]) for each in applications), shrink())
    enrolled = sum(answer.status_code == 201 for answer in answers[:-1])
    seen = (await client.get(f"/v1/sessions/{session['id']}")).json()
    assert seen["seats_taken"] == enrolled <= seen["capacity"]
    assert answers[-1].status_code in {200, 409}
    assert seen["capacity"] == (2 if answers[-1].status_code == 200 else 5)


async def test_a_repeated_request_with_its_key_gets_the_first_answer(client: httpx.AsyncClient) -> None:
    session = await published(client)
    body = {"application_id": (await applied(client, session))["id"]}
    key = {"idempotency-key": "seat-1"}
    first = await client.post("/v1/enrolments", json=body, headers=key)
    again = await client.post("/v1/enrolments", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


@pytest.mark.parametrize(("state", "code"), [("closed", "session-not-open"), ("cancelled", "transition-refused")])
async def test_no_seat_is_given_on_a_session_that_closed_meanwhile(
    client: httpx.AsyncClient, state: str, code: str
) -> None:
    session = await published(client)
    application = await applied(client, session)
    path = f"/v1/sessions/{session['id']}"
    assert (await client.patch(path, json={"state": state}, headers={"if-match": '"v1"'})).status_code == 200
    refused = await enrol(client, application["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, code)


async def test_only_the_admissible_are_seated_and_told_why_not(client: httpx.AsyncClient) -> None:
    session = await published(client)
    too_low = await applied(client, session, school_level="AUCUN")
    assert too_low["status"] == "PENDING_INFO"
    refused = await enrol(client, too_low["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "not-admissible")
    assert refused.json()["outcome"] == "PENDING_INFO"
    assert refused.json()["reasons"] == ["R_DIPLOME_A_PROUVER"]
