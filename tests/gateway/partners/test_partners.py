"""Organisations over HTTP: taken in, renamed, stopped; who may see which; and the trail of all changes."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.stack.stores import Store
from tests.gateway.conftest import House
from tests.gateway.partners.conftest import CLIENT, TERMS, Desk, agreed

NOBODY = "0198c0de-0000-7000-8000-00000000dead"


async def rows(store: Store) -> list[tuple[str, str, str, str]]:
    """Return the trail, which the application itself may not read."""
    connection = await asyncpg.connect(store.admin_url)
    try:
        found = await connection.fetch("SELECT action, outcome, subject, request_id FROM audit_record ORDER BY at")
    finally:
        await connection.close()
    return [tuple(row) for row in found]


async def test_a_partner_is_taken_in_read_and_renamed(one: Desk, clinic: str) -> None:
    read = await one.get(clinic)
    assert read.json() | {"id": ""} == {
        "id": "",
        "code": "clinic",
        "name": "Clinique",
        "kind": "care_provider",
        "active": True,
        "version": 1,
    }
    renamed = await one.patch(clinic, {"name": "Clinique de Rabat"})
    assert (renamed.status_code, renamed.json()["name"], renamed.headers["etag"]) == (200, "Clinique de Rabat", '"v2"')
    assert (await one.patch(clinic, {"name": "X"}, etag='"v1"')).status_code == 412
    taken = await one.post("/v1/partners", {"code": "clinic", "name": "Autre", "kind": "service"})
    assert (taken.status_code, taken.json()["code"]) == (409, "partner-exists")


async def test_a_stopped_partner_goes_on_by_a_second_person_alone(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    made = await one.made(f"{clinic}/clients", CLIENT)
    house.secrets["clinic-desk"] = made["client_secret"]
    headers = await house.headers("clinic-desk", purpose=None)
    assert (await house.client.get("/v1/partners/me", headers=headers)).status_code == 200
    stopped = await one.patch(clinic, {"active": False})
    assert (stopped.status_code, stopped.json()["active"]) == (200, False)
    assert (await house.client.get("/v1/partners/me", headers=headers)).status_code == 401
    proposed = await one.patch(clinic, {"active": True})
    assert (proposed.status_code, proposed.json()["active"]) == (202, False)
    where = proposed.headers["location"]
    assert (await one.post(f"{where}/approve")).json()["code"] == "second-person-required"
    assert (await other.post(f"{where}/approve")).status_code == 200
    assert (await one.get(clinic)).json()["active"] is True
    assert (await house.client.get("/v1/partners/me", headers=headers)).status_code == 200


async def test_partners_are_listed_in_pages(one: Desk) -> None:
    first = (await one.get("/v1/partners?limit=4")).json()
    rest = (await one.get(f"/v1/partners?limit=200&cursor={first['next']}")).json()
    codes = [item["code"] for item in first["items"] + rest["items"]]
    assert codes == sorted(codes)
    assert {"ministry", "hospital", "indimaj"} <= set(codes)
    assert rest["next"] is None


async def test_a_partner_sees_its_own_and_of_others_nothing(house: House, one: Desk, other: Desk, clinic: str) -> None:
    agreement = await agreed(one, other, clinic)
    hospital = Desk(house, await house.headers("hospital", purpose=None))
    own = (await hospital.get("/v1/partners/me")).json()
    assert own["partner"]["code"] == "hospital"
    assert [client["client_id"] for client in own["clients"]] == ["hospital"]
    assert [found["standing"] for found in own["agreements"]] == ["in_force"]
    mine = f"/v1/partners/{own['partner']['id']}"
    for path in (mine, f"{mine}/clients", f"{mine}/agreements", f"{mine}/history", f"{mine}/clients/hospital"):
        assert (await hospital.get(path)).status_code == 200, path
    assert (await hospital.get(f"{mine}/agreements/{own['agreements'][0]['id']}")).status_code == 200
    made = await one.made(f"{clinic}/clients", CLIENT)
    theirs = [clinic, f"{clinic}/clients", f"{clinic}/clients/{made['client_id']}", agreement, f"{clinic}/history"]
    nobodys = f"/v1/partners/{NOBODY}"
    absent = await hospital.get(nobodys)
    for path in (*theirs, f"{nobodys}/clients", f"{mine}/clients/{made['client_id']}", f"{mine}/agreements/{NOBODY}"):
        answer = await hospital.get(path)
        assert (answer.status_code, answer.json() | {"instance": ""}) == (404, absent.json() | {"instance": ""}), path
    for path in ("/v1/partners", "/v1/approvals", f"/v1/approvals/{NOBODY}"):
        assert (await hospital.get(path)).json()["code"] == "insufficient-scope"
    for method, path in (
        ("POST", "/v1/partners"),
        ("PATCH", mine),
        ("POST", f"{mine}/clients"),
        ("PATCH", f"{mine}/clients/hospital"),
        ("POST", f"{mine}/clients/hospital/rotate"),
        ("POST", f"{mine}/clients/hospital/revoke"),
        ("POST", f"{mine}/agreements"),
        ("POST", f"{mine}/agreements/{NOBODY}/approve"),
        ("POST", f"/v1/approvals/{NOBODY}/approve"),
    ):
        answer = await house.client.request(method, path, headers=hospital.headers, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope"), path


async def test_what_is_not_there_is_not_found(house: House, one: Desk, clinic: str) -> None:
    etag = {"if-match": '"v1"'}
    for method, path, body in (
        ("GET", f"{clinic}/agreements/{NOBODY}", None),
        ("PATCH", f"{clinic}/agreements/{NOBODY}", {}),
        ("POST", f"{clinic}/agreements/{NOBODY}/approve", None),
        ("POST", f"{clinic}/agreements/{NOBODY}/reject", {}),
        ("POST", f"{clinic}/agreements/{NOBODY}/end", {}),
        ("POST", f"/v1/partners/{NOBODY}/agreements", TERMS),
        ("PATCH", f"/v1/partners/{NOBODY}", {}),
        ("POST", f"/v1/partners/{NOBODY}/clients", CLIENT),
        ("GET", f"{clinic}/clients/nobody", None),
        ("PATCH", f"{clinic}/clients/nobody", {}),
        ("POST", f"{clinic}/clients/nobody/rotate", {}),
        ("POST", f"{clinic}/clients/nobody/revoke", {}),
        ("GET", f"/v1/approvals/{NOBODY}", None),
        ("POST", f"/v1/approvals/{NOBODY}/approve", None),
        ("POST", f"/v1/approvals/{NOBODY}/reject", {}),
    ):
        answer = await house.client.request(method, path, headers={**one.headers, **etag}, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), (method, path)


async def test_the_catalogue_is_there_for_every_caller_in_three_languages(house: House) -> None:
    hospital = Desk(house, await house.headers("hospital", purpose=None))
    entries = {entry["resource"]: entry for entry in (await hospital.get("/v1/data-catalogue")).json()["items"]}
    assert entries["persons"]["label"] == {"fr": "Personnes", "ar": "الأشخاص", "en": "Persons"}
    assert entries["persons"]["fields"]["mother_name"]["fr"] == "Nom de la mère"
    assert (entries["persons"]["personal"], entries["courses"]["personal"]) == (True, False)


async def test_every_change_leaves_one_row_in_the_trail_and_one_in_the_history(
    one: Desk, other: Desk, clinic: str, gateway_database: Store
) -> None:
    before = len(await rows(gateway_database))
    agreement = await agreed(one, other, clinic)
    await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read"]})
    await one.patch(agreement, {"valid_to": "2027-01-01"})
    await one.made(f"{clinic}/clients/clinic-desk/rotate", {}, 200)
    await one.made(f"{clinic}/clients/clinic-desk/revoke", {}, 200)
    await one.made(f"{agreement}/end", {}, 200)
    found = (await rows(gateway_database))[before:]
    assert [(action, outcome, subject) for action, outcome, subject, _ in found] == [
        ("propose_agreement", "ok", "ministry"),
        ("approve_agreement", "ok", "integrator"),
        ("add_client", "ok", "ministry"),
        ("narrow_agreement", "ok", "ministry"),
        ("rotate_client_secret", "ok", "ministry"),
        ("revoke_client", "ok", "ministry"),
        ("end_agreement", "ok", "ministry"),
    ]
    history = (await one.get(f"{clinic}/history")).json()["items"]
    assert [(change["kind"], change["by"]) for change in history] == [
        ("partner_added", "ministry"),
        ("agreement_proposed", "ministry"),
        ("agreement_approved", "integrator"),
        ("client_added", "ministry"),
        ("agreement_narrowed", "ministry"),
        ("client_secret_rotated", "ministry"),
        ("client_revoked", "ministry"),
        ("agreement_ended", "ministry"),
    ]
    assert [change["request_id"] for change in history][1:] == [request_id for *_, request_id in found]
    page = (await one.get(f"{clinic}/history?limit=5")).json()
    assert len((await one.get(f"{clinic}/history?limit=5&cursor={page['next']}")).json()["items"]) == 3


async def test_a_refused_change_leaves_its_row_too_and_nothing_else(
    one: Desk, clinic: str, gateway_database: Store
) -> None:
    made = await one.made(f"{clinic}/agreements", TERMS)
    await one.post(f"{clinic}/agreements/{made['id']}/approve")
    await one.patch(f"{clinic}/agreements/{made['id']}", {"valid_to": "2027-01-01"}, etag='"v9"')
    found = await rows(gateway_database)
    assert [(action, outcome) for action, outcome, *_ in found[-2:]] == [
        ("approve_agreement", "refused:SecondPersonRequiredError"),
        ("narrow_agreement", "refused:VersionConflictError"),
    ]
    assert len((await one.get(f"{clinic}/history")).json()["items"]) == 2


async def test_the_history_cannot_be_rewritten_by_the_application(gateway_database: Store) -> None:
    connection = await asyncpg.connect(gateway_database.url)
    try:
        for statement in ("UPDATE rights_change SET kind = 'x'", "DELETE FROM rights_change"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


CHECKED: list[tuple[str, dict[str, Any]]] = [
    ("ck_agreement_two_persons", {"state": "active", "approved_by": "ann"}),
    ("ck_agreement_approved", {"state": "active"}),
    ("ck_agreement_state", {"state": "lost", "approved_by": "bob"}),
    ("ck_agreement_ended_on", {"state": "ended", "approved_by": "bob"}),
    ("ck_agreement_valid", {"valid": asyncpg.Range(datetime(2026, 1, 1, tzinfo=UTC).date(), empty=True)}),
    ("ck_agreement_purposes", {"purposes": []}),
    ("ck_agreement_resources", {"resources": "[]"}),
]


@pytest.mark.parametrize(("constraint", "changes"), CHECKED, ids=[name for name, _ in CHECKED])
async def test_the_database_is_the_last_judge(
    gateway_database: Store, constraint: str, changes: dict[str, Any]
) -> None:
    connection = await asyncpg.connect(gateway_database.url)
    try:
        organisation: UUID = await connection.fetchval(
            "INSERT INTO organisation (code, name, kind) VALUES ('x1', 'X', 'service') RETURNING id"
        )
        values = {
            "organisation_id": organisation,
            "authorisation_number": "A",
            "purposes": ["AUDIT"],
            "resources": '[{"resource": "audit"}]',
            "valid": asyncpg.Range(datetime(2026, 1, 1, tzinfo=UTC).date(), None),
            "state": "proposed",
            "proposed_by": "ann",
        } | changes
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await connection.execute(f"INSERT INTO agreement ({', '.join(values)}) VALUES ({places})", *values.values())
        assert refused.value.constraint_name == constraint
    finally:
        await connection.close()


async def test_repeating_with_a_key_has_one_effect_however_many_come_at_once(one: Desk, clinic: str) -> None:
    answers = await asyncio.gather(
        *[one.post(f"{clinic}/agreements", TERMS, **{"idempotency-key": "same"}) for _ in range(8)]
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len((await one.get(f"{clinic}/agreements")).json()["items"]) == 1
