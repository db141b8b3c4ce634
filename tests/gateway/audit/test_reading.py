"""Four services and their trails: what an auditor reads can be checked by her own program, and reading leaves a row."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from services.kit.database import Database
from services.stack.stores import Store
from services.trail.checkpoints import Signer, Verifier
from services.trail.merkle import proves_inclusion
from services.trail.sealing import Sealer
from tests.end_to_end.partner import Client, Partner, expect, expect_problem
from tests.end_to_end.people import awa
from tests.support.server import Databases
from tests.support.system import STORES, System, running_system
from tests.trail import oracle

SEED = b"\x44" * 32


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    """The whole system; its trails are sealed when a test says so."""
    with running_system(databases) as running:
        yield running


@pytest.fixture(scope="module")
def http(system: System) -> Iterator[httpx.Client]:
    """A connection to the gateway."""
    with httpx.Client(base_url=system.base_url, timeout=30) as client:
        yield client


def partner(system: System, http: httpx.Client, name: str, purpose: str | None) -> Partner:
    return Partner(http, Client(name, system.secrets[name], ()), purpose)


@pytest.fixture
def ministry(system: System, http: httpx.Client) -> Partner:
    return partner(system, http, "ministry", "REGISTRATION")


@pytest.fixture
def auditor(ministry: Partner) -> Partner:
    return ministry.for_purpose("AUDIT")


@pytest.fixture
def integrator(system: System, http: httpx.Client) -> Partner:
    """A client that may do everything, for every purpose."""
    return partner(system, http, "integrator", "REGISTRATION")


@pytest.fixture
def person(ministry: Partner) -> str:
    return str(expect(ministry.post("/v1/persons", awa()), 201)["id"])


def seal(system: System) -> None:
    asyncio.run(sealed(system.stores))


async def sealed(stores: dict[str, Store]) -> None:
    for name, store in stores.items():
        database = Database(store.url, pool_size=2)
        while (await Sealer(database, Signer(name, SEED)).step()).count:
            pass
        await database.close()


def rows(system: System, store: str, action: str) -> int:
    with psycopg.connect(system.stores[store].admin_url) as connection:
        found = connection.execute("SELECT count(*) FROM audit_record WHERE action = %s", [action]).fetchone()
    return int(found[0]) if found else 0


@pytest.mark.parametrize("store", STORES)
def test_what_an_auditor_reads_is_what_was_sealed_and_signed(system: System, auditor: Partner, store: str) -> None:
    for _ in range(3):
        expect(auditor.get(f"/v1/audit/records?store={store}"), 200)  # each leaves a row, in the gateway's store too
    seal(system)
    page = expect(auditor.get(f"/v1/audit/records?store={store}&limit=200"), 200)
    assert [one["record"]["seq"] for one in page["items"]] == list(range(len(page["items"])))
    assert len(page["items"]) >= 3
    verifier = Verifier(Signer(store, SEED).verifier_key)
    for one in page["items"]:
        assert oracle.leaf_of(one["record"]) == one["leaf"]
        proof = expect(auditor.get(f"/v1/audit/records/{one['record']['id']}/proof?store={store}"), 200)
        checkpoint = verifier.open(proof["checkpoint"]["note"])
        assert proof["checkpoint"]["verifier_key"] == Signer(store, SEED).verifier_key
        path = [bytes.fromhex(step) for step in proof["path"]]
        leaf, seq = bytes.fromhex(proof["leaf"]), one["record"]["seq"]
        assert proves_inclusion(leaf, seq, checkpoint.size, path, checkpoint.root)
        assert (proof["record"], proof["leaf"]) == (one["record"], one["leaf"])
    listed = expect(auditor.get(f"/v1/audit/checkpoints?store={store}&limit=1"), 200)
    (newest,) = listed["items"]
    assert verifier.open(newest["note"]).root.hex() == newest["root"]
    if listed["next"] is not None:
        older = expect(auditor.get(f"/v1/audit/checkpoints?store={store}&before={listed['next']}"), 200)
        assert all(verifier.open(one["note"]).size == one["size"] < newest["size"] for one in older["items"])


def test_a_read_leaves_exactly_one_row_and_so_does_reading_the_trail(
    system: System, ministry: Partner, auditor: Partner, person: str
) -> None:
    before = rows(system, "registry", "read_person")
    expect(ministry.get(f"/v1/persons/{person}"), 200)
    assert rows(system, "registry", "read_person") == before + 1
    for store in STORES:
        for action, path in (
            ("read_audit_records", "/v1/audit/records"),
            ("read_audit_checkpoints", "/v1/audit/checkpoints"),
        ):
            count = rows(system, store, action)
            expect(auditor.get(f"{path}?store={store}"), 200)
            assert rows(system, store, action) == count + 1, (store, action)


@pytest.mark.parametrize("store", ["registry", "gateway"])
def test_rows_are_found_by_person_action_organisation_client_outcome_and_time(
    system: System, ministry: Partner, integrator: Partner, auditor: Partner, person: str, store: str
) -> None:
    expect(ministry.get(f"/v1/persons/{person}"), 200)
    expect(ministry.for_purpose("SUBJECT_REQUEST").get(f"/v1/persons/{person}/access-log"), 200)
    expect_problem(integrator.get("/v1/audit/records?store=gateway"), 403)
    expect_problem(ministry.get(f"/v1/persons/{uuid4()}"), 404)
    seal(system)

    def found(**filters: str) -> list[Any]:
        answer = auditor.get("/v1/audit/records", params={"store": store, "limit": 200, **filters})
        return [one["record"] for one in expect(answer, 200)["items"]]

    everything = found()
    of_person = found(person_id=person)
    assert {one["action"] for one in of_person} >= {"read_accesses"}
    assert len({tuple(one["persons"]) for one in of_person}) == 1
    assert found(action="read_accesses", person_id=person) == [
        one for one in of_person if one["action"] == "read_accesses"
    ]
    assert [one for one in everything if one["client_id"] == "ministry"] == found(
        organisation="ministry", client_id="ministry"
    )
    assert found(organisation="ofppt") == found(client_id="ofppt") == []
    refused = found(outcome="refused")
    assert refused == [one for one in everything if one["outcome"].startswith("refused:")] != []
    half = everything[len(everything) // 2]["at"]
    assert found(until=half) + found(since=half) == everything
    assert found(after=str(everything[0]["seq"])) == everything[1:]
    assert all(person not in str(one) for one in everything)


def test_pages_follow_one_another(system: System, auditor: Partner, person: str) -> None:
    seal(system)
    after, seen = -1, 0
    while True:
        page = expect(auditor.get(f"/v1/audit/records?store=registry&limit=2&after={after}"), 200)
        seen += len(page["items"])
        if page["next"] is None:
            break
        after = page["next"]
    assert page["items"][-1]["record"]["seq"] == seen - 1


@pytest.mark.parametrize("store", ["training", "gateway"])
def test_the_trail_is_read_for_an_audit_alone(system: System, integrator: Partner, store: str) -> None:
    before = rows(system, store, "read_audit_records")
    expect_problem(integrator.get(f"/v1/audit/records?store={store}"), 403, "purpose-not-agreed")
    assert rows(system, store, "read_audit_records") == before + 1  # the attempt is in the trail
    expect_problem(integrator.for_purpose(None).get(f"/v1/audit/records?store={store}"), 400, "purpose-required")


def test_bad_questions_are_refused(system: System, http: httpx.Client, auditor: Partner) -> None:
    for store in ("registry", "gateway"):
        expect_problem(auditor.get(f"/v1/audit/records/{uuid4()}/proof?store={store}"), 404, "not-found")
        for query in ("limit=0", "limit=201", "after=x", "since=2026-01-01", "outcome=maybe", "action=%00"):
            expect_problem(auditor.get(f"/v1/audit/records?store={store}&{query}"), 422)
        expect_problem(auditor.get(f"/v1/audit/records?store={store}&who=x"), 400, "unknown-parameter")
        for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"):
            for name in ("since", "until"):
                answer = auditor.get("/v1/audit/records", params={"store": store, name: edge})
                assert answer.status_code in {200, 422}, answer.text
    expect_problem(auditor.get("/v1/audit/records?store=care"), 422)
    expect_problem(auditor.get("/v1/audit/records"), 422)
    hospital = partner(system, http, "hospital", "HEALTH_COVERAGE")
    for path in ("/v1/audit/records?store=registry", "/v1/audit/checkpoints?store=registry"):
        expect_problem(hospital.get(path), 403, "insufficient-scope")


def test_a_person_reads_who_used_her_data_and_never_of_her_care(
    system: System, http: httpx.Client, ministry: Partner, person: str
) -> None:
    expect(ministry.get(f"/v1/persons/{person}"), 200)
    expect(partner(system, http, "hospital", "HEALTH_COVERAGE").get(f"/v1/persons/{person}"), 200)
    expect(partner(system, http, "mdm", "TAMKINE_CARE").get(f"/v1/persons/{person}"), 200)
    with psycopg.connect(system.stores["registry"].admin_url) as connection:
        stored = connection.execute("SELECT purpose FROM audit_record WHERE purpose = 'TAMKINE_CARE'").fetchall()
    assert stored  # it is in the trail, for auditors
    desk = ministry.for_purpose("SUBJECT_REQUEST")
    answer = desk.get(f"/v1/persons/{person}/access-log")
    log = expect(answer, 200)
    assert answer.headers["cache-control"] == "no-store"
    assert log["parts"] == dict.fromkeys(STORES, "ok")
    assert [(one["action"]["en"], one["purpose"]["code"], one["outcome"]["code"]) for one in log["items"]] == [
        ("Looked at your record", "HEALTH_COVERAGE", "ok"),
        ("Looked at your record", "REGISTRATION", "ok"),
        ("Registered you", "REGISTRATION", "ok"),
    ]
    assert log["items"][0]["organisation"] == "Hôpital (démonstration)"
    assert log["items"][0]["purpose"]["ar"] == "التغطية الصحية"
    for word in ("TAMKINE", "mdm", "Médecins", "client", "subject", "request_id"):
        assert word not in answer.text
    again = expect(desk.get(f"/v1/persons/{person}/access-log"), 200)["items"]
    assert [one["action"]["fr"] for one in again][:2] == ["A consulté ce journal", "A consulté votre dossier"]
    assert len(again) == len(log["items"]) + 1  # four stores have a row of the look; it is told once


def test_the_access_log_goes_on_over_pages(ministry: Partner, person: str) -> None:
    for _ in range(4):
        expect(ministry.get(f"/v1/persons/{person}"), 200)
    desk = ministry.for_purpose("AUDIT")
    whole = expect(desk.get(f"/v1/persons/{person}/access-log"), 200)["items"]
    paged: list[Any] = []
    path = f"/v1/persons/{person}/access-log?limit=2"
    while path:
        page = expect(desk.get(path), 200)
        assert len(page["items"]) <= 2
        paged += page["items"]
        path = page["next"] and f"/v1/persons/{person}/access-log?limit=2&cursor={page['next']}"
    looks = [one for one in paged if one["action"]["en"] == "Looked at this log"]
    assert [one for one in paged if one not in looks] == whole
    assert all(datetime.fromisoformat(one["at"]) > datetime.now(UTC) - timedelta(minutes=5) for one in whole)


def test_the_access_log_is_for_the_person_or_an_audit(system: System, http: httpx.Client, ministry: Partner) -> None:
    log = f"/v1/persons/{uuid4()}/access-log"
    assert expect(ministry.for_purpose("AUDIT").get(log), 200)["items"] == []
    expect_problem(ministry.for_purpose("SUBJECT_REQUEST").get(log), 404, "not-found")
    expect_problem(ministry.get(log), 403, "purpose-not-agreed")
    expect_problem(ministry.for_purpose(None).get(log), 400, "purpose-required")
    expect_problem(partner(system, http, "ofppt", "TRAINING").get(log), 403, "purpose-not-agreed")
    expect_problem(http.get(log), 401)
