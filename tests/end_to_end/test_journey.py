"""One person, from the counter to a seat on a course: the main job, through the gateway, as partners do it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.catalogue import new_session
from tests.end_to_end.partner import Partner, expect
from tests.end_to_end.people import awa

pytestmark = pytest.mark.end_to_end

DECLARED = {
    "rsu_score": "9.6",
    "rsu_registered": True,
    "rnp_registered": True,
    "other_amo": False,
    "contribution_paid": True,
}
"""What she brings: a household score that the contributory scheme takes, with contributions paid up."""


@pytest.fixture(scope="module")
def person(ministry: Partner) -> dict[str, Any]:
    """Awa, registered at the counter."""
    answer = ministry.post("/v1/persons", awa())
    body: dict[str, Any] = expect(answer, 201)
    assert answer.headers["location"] == f"/v1/persons/{body['id']}"
    assert answer.headers["etag"]
    return body


@pytest.fixture(scope="module")
def determination(cnss: Partner, person: dict[str, Any]) -> dict[str, Any]:
    """What every scheme says about Awa."""
    answer = cnss.post("/v1/coverage/determinations", {"person_id": person["id"], "declared": DECLARED})
    body: dict[str, Any] = expect(answer, 201)
    return body


@pytest.fixture(scope="module")
def confirmed(cnss: Partner, determination: dict[str, Any]) -> dict[str, Any]:
    """The determination, confirmed by a human."""
    answer = cnss.post(f"/v1/coverage/determinations/{determination['id']}/confirm", {})
    body: dict[str, Any] = expect(answer, 201 if answer.status_code == 201 else 200)
    return body


@pytest.fixture(scope="module")
def enrolment(ofppt: Partner, person: dict[str, Any]) -> dict[str, Any]:
    """Awa's seat on a course."""
    session = new_session(ofppt, capacity=12)
    applied = expect(ofppt.post(f"/v1/sessions/{session['id']}/applications", {"person_id": person["id"]}), 201)
    body: dict[str, Any] = expect(ofppt.post("/v1/enrolments", {"application_id": applied["id"]}), 201)
    return body


def test_a_registered_person_reads_back_with_both_scripts_and_the_doubt_about_her_birth(
    ministry: Partner, person: dict[str, Any]
) -> None:
    read = expect(ministry.get(f"/v1/persons/{person['id']}"), 200)
    assert read["id"] == person["id"]
    assert read["programme_number"] == person["programme_number"]
    assert {name["script"] for name in read["names"]} == {"Latn", "Arab"}
    assert read["birth"]["precision"] == "circa"
    assert read["birth"]["year"] == 1990


def test_she_is_found_by_her_exact_identifier(ministry: Partner, person: dict[str, Any]) -> None:
    found = expect(ministry.post("/v1/persons/search", {"programme_number": person["programme_number"]}), 200)
    assert [hit["person_id"] for hit in found["items"]] == [person["id"]]


def test_she_is_found_by_name_and_another_criterion_in_either_script(ministry: Partner, person: dict[str, Any]) -> None:
    for written in person["names"]:
        name = f"{written['given']} {written['family']}"
        hits = expect(ministry.post("/v1/persons/search", {"name": name, "nationality": "SEN"}), 200)["items"]
        assert person["id"] in [hit["person_id"] for hit in hits]
        assert all(0 <= hit["score"] <= 1 for hit in hits)


def test_a_determination_explains_itself_criterion_by_criterion(determination: dict[str, Any]) -> None:
    assert determination["status"] in {"ELIGIBLE", "NOT_ELIGIBLE", "PENDING_INFO", "REFER"}
    assert determination["minimum_access"]
    assert determination["criteria"]
    for criterion in determination["criteria"]:
        assert criterion["result"] in {"PASS", "FAIL", "UNKNOWN"}
        assert criterion["rule"] is None or (criterion["rule"]["certainty"] and criterion["rule"]["source"])
    assert any(criterion["rule"] for criterion in determination["criteria"])


def test_a_determination_replays_to_the_same_bytes(cnss: Partner, determination: dict[str, Any]) -> None:
    replays = [cnss.get(f"/v1/coverage/determinations/{determination['id']}/replay") for _ in range(2)]
    assert expect(replays[0], 200)
    assert replays[0].content == replays[1].content


def test_a_confirmed_determination_opens_an_entitlement(
    cnss: Partner, person: dict[str, Any], determination: dict[str, Any], confirmed: dict[str, Any]
) -> None:
    assert determination["status"] == "ELIGIBLE"
    assert confirmed
    listed = expect(cnss.get("/v1/coverage/entitlements", params={"person_id": person["id"]}), 200)["items"]
    assert [entitlement["scheme"] for entitlement in listed] == [determination["scheme"]]


@pytest.mark.usefixtures("confirmed")
def test_the_hospital_desk_verifies_by_identifier_alone(
    hospital: Partner, person: dict[str, Any], determination: dict[str, Any]
) -> None:
    passport = next(paper for paper in person["identifiers"] if paper["system"] == "PASSPORT")
    asked = {"identifier": {"system": "PASSPORT", "value": passport["value"]}}
    answer = expect(hospital.post("/v1/coverage/verify", asked), 200)
    assert answer["covered"] is True
    assert answer["scheme"] == determination["scheme"]
    assert answer["minimum_access"]


def test_the_desk_is_told_what_to_do_for_somebody_unknown(hospital: Partner) -> None:
    asked = {"identifier": {"system": "PASSPORT", "value": "E2E-NOBODY-HOLDS-THIS"}}
    answer = expect(hospital.post("/v1/coverage/verify", asked), 200)
    assert answer["covered"] is False
    assert answer["what_to_do"]
    assert answer["minimum_access"]


def test_a_seat_is_taken_after_an_explained_application(enrolment: dict[str, Any], person: dict[str, Any]) -> None:
    assert enrolment["person_id"] == person["id"]


@pytest.mark.usefixtures("confirmed", "enrolment")
def test_the_overview_joins_the_three_services(integrator: Partner, person: dict[str, Any]) -> None:
    overview = expect(integrator.get(f"/v1/persons/{person['id']}/overview"), 200)
    for part in ("registry", "coverage", "training"):
        assert overview["parts"][part]["status"] == "ok", part


def test_a_correction_needs_the_version_it_was_made_on(ministry: Partner) -> None:
    registered = ministry.post("/v1/persons", awa())
    path = registered.headers["location"]
    change = {"birth_place": "Thiès"}
    assert ministry.patch(path, change).status_code == 428
    etag = registered.headers["etag"]
    changed = ministry.patch(path, change, headers={"If-Match": etag})
    assert expect(changed, 200)["birth_place"] == "Thiès"
    assert ministry.patch(path, change, headers={"If-Match": etag}).status_code == 412


def test_the_same_request_sent_twice_with_one_key_registers_once(ministry: Partner) -> None:
    body, key = awa(), {"Idempotency-Key": "journey-" + awa()["permits"][0]["number"]}
    first, second = (ministry.post("/v1/persons", body, headers=key) for _ in range(2))
    assert expect(first, 201)["id"] == expect(second, 201)["id"]
    assert ministry.post("/v1/persons", awa(), headers=key).status_code == 422


def test_the_state_of_an_earlier_day_can_be_asked_for(ministry: Partner, person: dict[str, Any]) -> None:
    before = expect(ministry.get(f"/v1/persons/{person['id']}", params={"as_of": "2017-01-01"}), 200)
    today = expect(ministry.get(f"/v1/persons/{person['id']}"), 200)
    assert before["id"] == today["id"]
    assert before != today
