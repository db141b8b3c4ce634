"""What agreements hold back of courses: fields, and applications of other organisations."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.callers import bearer
from tests.training.builders import applied, post, published, wire_facts
from tests.training.conftest import EVERY_SCOPE

ABSENT = "01900000-0000-7000-8000-0000000000ff"


def caller(organisation: str = "amappe", **agreed: Any) -> dict[str, str]:
    return bearer(*EVERY_SCOPE, service="training", purpose="TRAINING", organisation=organisation, agreed=agreed)


def own(organisation: str) -> dict[str, str]:
    return caller(organisation, enrolments={"own": True}, courses={"own": True}, persons={})


async def told(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], body: Any = None
) -> tuple[int, Any]:
    answer = await client.request(method, path, headers=headers, json=body)
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "instance"}


@pytest.fixture
async def course(client: httpx.AsyncClient) -> dict[str, Any]:
    """A session at an institution of the OFPPT."""
    client.headers.update(own("ofppt"))
    return await published(client)


@pytest.fixture
async def application(client: httpx.AsyncClient, course: dict[str, Any]) -> dict[str, Any]:
    """An application that AMAPPE has filed for it."""
    client.headers.update(own("amappe"))
    return await applied(client, course)


async def test_a_strangers_application_and_nobodys_are_the_same(
    client: httpx.AsyncClient, application: dict[str, Any]
) -> None:
    decision = {"status": "ADMISSIBLE", "reason": "Seen"}
    for method, path, body in (
        ("GET", "/v1/applications/{}", None),
        ("POST", "/v1/applications/{}/decide", decision),
        ("POST", "/v1/applications/{}/withdraw", None),
    ):
        of_stranger = await told(client, method, path.format(application["id"]), own("ong"), body)
        assert of_stranger == await told(client, method, path.format(ABSENT), own("ong"), body)
        assert of_stranger[0] == 404
    of_stranger = await told(client, "POST", "/v1/enrolments", own("ong"), {"application_id": application["id"]})
    assert of_stranger == await told(client, "POST", "/v1/enrolments", own("ong"), {"application_id": ABSENT})
    assert of_stranger[0] == 404


async def test_a_strangers_seat_and_nobodys_are_the_same(
    client: httpx.AsyncClient, application: dict[str, Any]
) -> None:
    seat = await post(client, "/v1/enrolments", {"application_id": application["id"]})
    for method, path in (("GET", "/v1/enrolments/{}"), ("POST", "/v1/enrolments/{}/withdraw")):
        of_stranger = await told(client, method, path.format(seat["id"]), own("ong"))
        assert of_stranger == await told(client, method, path.format(ABSENT), own("ong"))
        assert of_stranger[0] == 404
    person = application["person_id"]
    for path in ("/v1/enrolments", "/v1/training/summary"):
        mine = (await client.get(f"{path}?person_id={person}")).json()
        assert len(mine.get("items", mine.get("enrolments"))) == 1
        of_stranger = await told(client, "GET", f"{path}?person_id={person}", own("ong"))
        of_nobody = await told(client, "GET", f"{path}?person_id={ABSENT}", own("ong"))
        assert str(of_stranger).replace(person, ABSENT) == str(of_nobody)


async def test_an_institution_sees_who_applies_to_its_sessions(
    client: httpx.AsyncClient, course: dict[str, Any], application: dict[str, Any]
) -> None:
    listed = f"/v1/sessions/{course['id']}/applications"
    for organisation, seen in (("amappe", 1), ("ofppt", 1), ("ong", 0)):
        answer = await client.get(listed, headers=own(organisation))
        assert (answer.status_code, len(answer.json()["items"])) == (200, seen), organisation
    client.headers.update(own("ofppt"))
    assert (await client.get(f"/v1/applications/{application['id']}")).status_code == 200
    seat = await post(client, "/v1/enrolments", {"application_id": application["id"]})
    assert (await client.get(f"/v1/enrolments/{seat['id']}", headers=own("amappe"))).status_code == 200
    assert (await client.get(f"/v1/enrolments/{seat['id']}")).status_code == 200
    assert (await client.post(f"/v1/enrolments/{seat['id']}/withdraw", json={})).status_code == 200


async def test_who_has_own_courses_alone_writes_those_and_reads_all(
    client: httpx.AsyncClient, course: dict[str, Any]
) -> None:
    programme = (await client.get(f"/v1/programmes/{course['programme_id']}")).json()
    paths = {
        f"/v1/sessions/{course['id']}": {"capacity": 9},
        f"/v1/programmes/{programme['id']}": {"sector": "ARTISANAT"},
        f"/v1/institutions/{programme['institution_id']}": {"commune": "Rabat"},
    }
    for path, patch in paths.items():
        assert (await client.get(path, headers=own("ong"))).status_code == 200
        stranger = {**own("ong"), "if-match": '"v1"'}
        nobody = path[: path.rindex("/") + 1] + ABSENT
        of_stranger = await told(client, "PATCH", path, stranger, patch)
        assert of_stranger == await told(client, "PATCH", nobody, stranger, patch)
        assert of_stranger[0] == 404
        assert (await client.patch(path, json=patch, headers={**own("ofppt"), "if-match": '"v1"'})).status_code == 200
    days = {"starts_on": "2027-09-15", "ends_on": "2028-06-30", "capacity": 2}
    taught = {"name": "Couture", "level": "Q"}
    for path, member, body, there in (
        ("/v1/programmes", "institution_id", taught, programme["institution_id"]),
        ("/v1/sessions", "programme_id", days, programme["id"]),
    ):
        of_stranger = await told(client, "POST", path, own("ong"), {**body, member: there})
        assert of_stranger == await told(client, "POST", path, own("ong"), {**body, member: ABSENT})
        assert of_stranger[0] == 422
        assert (await client.post(path, json={**body, member: there}, headers=own("ofppt"))).status_code == 201


async def test_without_the_registrys_word_nobody_applies_for_own_persons(
    client: httpx.AsyncClient, course: dict[str, Any]
) -> None:
    path, person = f"/v1/sessions/{course['id']}/applications", str(uuid4())
    known = await client.post(
        path, json={"person_id": person, "facts": wire_facts(UUID(person))}, headers=own("amappe")
    )
    withdrawn = await client.post(f"/v1/applications/{known.json()['id']}/withdraw", headers=own("amappe"))
    assert withdrawn.status_code == 200
    narrow = caller(enrolments={}, persons={"own": True})
    question = {"person_id": person, "facts": None}
    assert (await client.post(path, json=question, headers=narrow)).status_code == 503
    assert (await client.post(path, json=question, headers=own("amappe"))).status_code == 201


async def test_an_application_is_shown_asked_by_and_decided_by_agreed_fields(
    client: httpx.AsyncClient, course: dict[str, Any], application: dict[str, Any]
) -> None:
    headers = caller(enrolments={"fields": ["state", "status"]})
    body = (await client.get(f"/v1/applications/{application['id']}", headers=headers)).json()
    assert set(body) == {"id", "person_id", "session_id", "version", "state", "status", "meta"}
    listed = f"/v1/sessions/{course['id']}/applications"
    assert (await client.get(f"{listed}?status=ADMISSIBLE", headers=headers)).status_code == 200
    narrow = caller(enrolments={"fields": ["state"]})
    refused = await client.get(f"{listed}?status=ADMISSIBLE", headers=narrow)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "?status")
    decision = {"status": "ADMISSIBLE", "reason": "Seen"}
    refused = await client.post(f"/v1/applications/{application['id']}/decide", json=decision, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/reason")
    summary = f"/v1/training/summary?person_id={application['person_id']}"
    assert set((await client.get(summary, headers=headers)).json()["applications"][0]) == {
        "id", "session_id", "state", "status",
    }  # fmt: skip
