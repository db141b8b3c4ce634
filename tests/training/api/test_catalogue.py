"""The catalogue over HTTP: published, read, listed, narrowed, amended, and refused with a pointer."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.training.builders import ENDS_ON, STARTS_ON, post, published

INSTITUTION = {"name": "CFA Akkari", "region": "06", "unit": "MA-CAS"}
CANARY = "Zzcanari"


async def refused(client: httpx.AsyncClient, path: str, body: Any, status: int = 422) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_the_least_that_can_be_said_is_enough(client: httpx.AsyncClient) -> None:
    institution = await post(client, "/v1/institutions", INSTITUTION)
    assert (institution["kind"], institution["accessible"], institution["version"]) == ("other", False, 1)
    said = {"institution_id": institution["id"], "name": "Couture", "level": "FQ"}
    programme = await post(client, "/v1/programmes", said)
    assert (programme["mode"], programme["languages"], programme["admission_rule"]) == ("residential", ["fr"], "LEVEL")
    held = {"programme_id": programme["id"], "starts_on": "2027-01-10", "ends_on": "2027-06-30", "capacity": 12}
    session = await post(client, "/v1/sessions", held)
    assert (session["region"], session["unit"], session["state"]) == ("06", "MA-CAS", "open")
    assert (session["seats_taken"], session["seats_left"]) == (0, 12)
    for kind, made in (("institutions", institution), ("programmes", programme), ("sessions", session)):
        answer = await client.get(f"/v1/{kind}/{made['id']}")
        assert answer.json() == made
        assert answer.headers["etag"] == '"v1"'


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"unit": "MA-RAB"}, "unit-unknown", "/unit"),
        ({"region": "13"}, "invalid-input", "/region"),
        ({"unit": CANARY}, "invalid-input", "/unit"),
        ({"kind": CANARY}, "invalid-input", "/kind"),
        ({"name": " \t "}, "invalid-input", "/name"),
        ({"accessible": "yes"}, "invalid-input", "/accessible"),
        ({CANARY.lower(): 1}, "invalid-input", None),
    ],
)
async def test_an_institution_that_cannot_be_is_refused_at_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str, pointer: str | None
) -> None:
    said = await refused(client, "/v1/institutions", INSTITUTION | changes)
    assert said["code"] == code
    assert pointer is None or said["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"institution_id": str(uuid4())}, "reference-unknown", "/institution_id"),
        ({"level": "CAP"}, "invalid-input", "/level"),
        ({"languages": []}, "invalid-input", "/languages"),
        ({"languages": ["french"]}, "invalid-input", "/languages/0"),
        ({"hours": 0}, "invalid-input", "/hours"),
        ({"hours": "400"}, "invalid-input", "/hours"),
        ({"admission_rule": "APPRENTICESHIP"}, "admission-rule-unfit", "/admission_rule"),
        ({"mode": "apprenticeship"}, "apprenticeship-shares", "/enterprise_hours"),
    ],
)
async def test_a_programme_that_cannot_be_is_refused_at_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], code: str, pointer: str
) -> None:
    institution = await post(client, "/v1/institutions", INSTITUTION)
    said = {"institution_id": institution["id"], "name": "Couture", "level": "Q"}
    answer = await refused(client, "/v1/programmes", said | changes)
    assert (answer["code"], answer["errors"][0]["pointer"]) == (code, pointer)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"programme_id": CANARY}, "/programme_id"),
        ({"programme_id": str(uuid4())}, "/programme_id"),
        ({"starts_on": "2027-02-30"}, "/starts_on"),
        ({"starts_on": "15/09/2027"}, "/starts_on"),
        ({"ends_on": "2027-01-01"}, "/ends_on"),
        ({"capacity": -1}, "/capacity"),
        ({"capacity": 0}, "/capacity"),
        ({"capacity": 10**30}, "/capacity"),
        ({"region": "06"}, "/unit"),
        ({"unit": "MA-CAS"}, "/unit"),
        ({"region": "06", "unit": "MA-RAB"}, "/unit"),
    ],
)
async def test_a_session_that_cannot_be_is_refused_at_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    made = await published(client)
    held = {
        "programme_id": made["programme_id"],
        "starts_on": str(STARTS_ON),
        "ends_on": str(ENDS_ON),
        "capacity": 2,
    }
    answer = await refused(client, "/v1/sessions", held | changes)
    assert answer["errors"][0]["pointer"] == pointer


async def test_a_session_may_be_held_elsewhere_than_its_institution(client: httpx.AsyncClient) -> None:
    programme = (await published(client))["programme_id"]
    held = {"programme_id": programme, "starts_on": str(STARTS_ON), "ends_on": str(ENDS_ON), "capacity": 2}
    made = await post(client, "/v1/sessions", held | {"region": "04", "unit": "MA-SAL", "site": "Maison des jeunes"})
    assert (made["region"], made["unit"], made["site"]) == ("04", "MA-SAL", "Maison des jeunes")


async def test_an_apprenticeship_is_published_with_its_shares(client: httpx.AsyncClient) -> None:
    shares = {"hours": 1000, "enterprise_hours": 850, "centre_hours": 150}
    made = await published(client, mode="apprenticeship", sector="ARTISANAT", **shares)
    programme = (await client.get(f"/v1/programmes/{made['programme_id']}")).json()
    assert programme["admission_rule"] == "APPRENTICESHIP"


async def test_a_change_names_the_version_it_was_made_on(client: httpx.AsyncClient) -> None:
    made = await post(client, "/v1/institutions", INSTITUTION)
    path = f"/v1/institutions/{made['id']}"
    assert (await client.patch(path, json={"name": "Centre"})).status_code == 428
    answer = await client.patch(path, json={"name": "Centre", "commune": "Anfa"}, headers={"if-match": '"v1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"v2"')
    assert answer.json() == made | {"name": "Centre", "commune": "Anfa", "version": 2}
    stale = await client.patch(path, json={"name": "Other"}, headers={"if-match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version-conflict")
    emptied = await client.patch(path, json={"commune": None}, headers={"if-match": '"v2"'})
    assert emptied.json()["commune"] is None


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [({"name": None}, "/name"), ({"unit": "MA-RAB"}, "/unit"), ({"id": str(uuid4())}, "/id"), ({"kind": 3}, "/kind")],
)
async def test_a_patch_is_read_as_strictly_as_a_publication(
    client: httpx.AsyncClient, patch: dict[str, Any], pointer: str
) -> None:
    made = await post(client, "/v1/institutions", INSTITUTION)
    answer = await client.patch(f"/v1/institutions/{made['id']}", json=patch, headers={"if-match": '"v1"'})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_programmes_and_sessions_are_amended_too(client: httpx.AsyncClient) -> None:
    made = await published(client)
    version = {"if-match": '"v1"'}
    path = f"/v1/programmes/{made['programme_id']}"
    programme = await client.patch(path, json={"languages": ["ar"], "hours": 500}, headers=version)
    assert (programme.json()["languages"], programme.json()["hours"]) == (["ar"], 500)
    unfit = await client.patch(path, json={"admission_rule": "NONE"}, headers={"if-match": '"v2"'})
    assert unfit.json()["code"] == "admission-rule-unfit"
    moved = await client.patch(f"/v1/sessions/{made['id']}", json={"ends_on": "2028-07-01"}, headers=version)
    assert (moved.status_code, moved.json()["ends_on"]) == (200, "2028-07-01")
    reversed_dates = await client.patch(
        f"/v1/sessions/{made['id']}", json={"ends_on": "2027-01-01"}, headers={"if-match": '"v2"'}
    )
    assert reversed_dates.json()["errors"][0]["pointer"] == "/ends_on"


@pytest.mark.parametrize("kind", ["institutions", "programmes", "sessions"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, kind: str) -> None:
    path = f"/v1/{kind}/{uuid4()}"
    assert (await client.get(path)).status_code == 404
    assert (await client.patch(path, json={}, headers={"if-match": '"v1"'})).status_code == 404


@pytest.mark.parametrize("kind", ["institutions", "programmes", "sessions"])
async def test_lists_are_read_page_by_page_without_loss(client: httpx.AsyncClient, kind: str) -> None:
    made = {"institutions": [], "programmes": [], "sessions": []}  # type: dict[str, list[str]]
    for _ in range(5):
        session = await published(client)
        programme = (await client.get(f"/v1/programmes/{session['programme_id']}")).json()
        made["institutions"].append(programme["institution_id"])
        made["programmes"].append(programme["id"])
        made["sessions"].append(session["id"])
    seen: list[str] = []
    path: str | None = f"/v1/{kind}?limit=2"
    while path is not None:
        answer = await client.get(path)
        seen += [item["id"] for item in answer.json()["items"]]
        link = answer.headers.get("link")
        path = None if link is None else link.partition(">")[0].removeprefix("<")
        assert (link is None) is (answer.json()["next"] is None)
    assert seen == made[kind]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("region=04", 1),
        ("region=01", 0),
        ("level=TS", 1),
        ("from=2027-09-16", 1),
        ("from=2027-09-15", 2),
        ("state=cancelled", 0),
        ("region=04&level=TS&from=2027-01-01&state=open", 1),
    ],
)
async def test_sessions_are_narrowed_by_typed_filters(client: httpx.AsyncClient, query: str, count: int) -> None:
    await published(client)
    await published(client, level="TS", region="04", unit="MA-RAB", starts_on="2027-10-01")
    assert len((await client.get(f"/v1/sessions?{query}")).json()["items"]) == count


async def test_sessions_are_narrowed_to_an_institution_and_a_programme(client: httpx.AsyncClient) -> None:
    made = await published(client)
    await published(client)
    programme = (await client.get(f"/v1/programmes/{made['programme_id']}")).json()
    for query in ({"programme_id": programme["id"]}, {"institution_id": programme["institution_id"]}):
        assert (await client.get("/v1/sessions", params=query)).json()["items"] == [made]
    of_institution = {"institution_id": programme["institution_id"], "mode": "residential"}
    assert (await client.get("/v1/programmes", params=of_institution)).json()["items"] == [programme]
    assert (await client.get("/v1/institutions?unit=MA-CAS&kind=other")).json()["items"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("regoin=06", 400), ("region=6", 422), ("level=X", 422), ("from=soon", 422), ("limit=0", 422), ("cursor=x", 422)],
)
async def test_a_filter_that_is_none_is_never_read_as_everything(
    client: httpx.AsyncClient, query: str, status: int
) -> None:
    assert (await client.get(f"/v1/sessions?{query}")).status_code == status


async def test_the_rules_are_open_to_read_with_certainty_and_source(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/training/rules")).json()
    by_code = {rule["code"]: rule for rule in listed["items"]}
    assert by_code["LEVEL_T_AGE_MAX"] == {
        "code": "LEVEL_T_AGE_MAX",
        "value": 30,
        "from": None,
        "to": None,
        "certainty": "verified",
        "source": "S69",
    }
    assert by_code["APPRENTICESHIP_AGE_MIN"]["from"] == "2000-06-01"
    assert len(listed["rule_set"]) == 64
