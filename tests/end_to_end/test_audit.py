"""The sealed trail of a running deployment: a read leaves a row, is told to the person, and is proved."""

from __future__ import annotations

import time
from typing import Any

import pytest

from services.trail.checkpoints import Verifier
from services.trail.merkle import proves_inclusion
from tests.end_to_end.partner import Partner, expect
from tests.end_to_end.people import awa
from tests.trail import oracle

pytestmark = pytest.mark.end_to_end

STORES = ("registry", "coverage", "training", "gateway")
_PATIENCE_S = 30.0


def reads(auditor: Partner, person: str) -> list[dict[str, Any]]:
    """Return the sealed rows of reads of a person's record."""
    query = {"store": "registry", "person_id": person, "action": "read_person"}
    items = expect(auditor.get("/v1/audit/records", params=query), 200)["items"]
    return [one["record"] for one in items]


def test_a_read_leaves_one_row_that_is_sealed_told_and_proved(ministry: Partner, hospital: Partner) -> None:
    person = expect(ministry.post("/v1/persons", awa()), 201)["id"]
    expect(hospital.get(f"/v1/persons/{person}"), 200)
    auditor = ministry.for_purpose("AUDIT")
    until = time.monotonic() + _PATIENCE_S
    while not (found := reads(auditor, person)):
        assert time.monotonic() < until, "the row was not sealed in time"
        time.sleep(0.3)
    (record,) = found
    assert (record["organisation"], record["purpose"], record["outcome"]) == ("hospital", "HEALTH_COVERAGE", "ok")
    assert person not in str(record)

    proof = expect(auditor.get(f"/v1/audit/records/{record['id']}/proof?store=registry"), 200)
    signed = Verifier(proof["checkpoint"]["verifier_key"]).open(proof["checkpoint"]["note"])
    assert oracle.leaf_of(proof["record"]) == proof["leaf"]
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert proves_inclusion(bytes.fromhex(proof["leaf"]), record["seq"], signed.size, path, signed.root)

    log = expect(ministry.for_purpose("SUBJECT_REQUEST").get(f"/v1/persons/{person}/access-log"), 200)
    assert log["parts"] == dict.fromkeys(STORES, "ok")
    told = [(one["action"]["en"], one["purpose"]["code"]) for one in log["items"]]
    assert ("Looked at your record", "HEALTH_COVERAGE") in told
    assert "Hôpital (démonstration)" in {one["organisation"] for one in log["items"]}
    assert len(reads(auditor, person)) == 1


@pytest.mark.parametrize("store", STORES)
def test_every_store_signs_its_trail(ministry: Partner, store: str) -> None:
    auditor = ministry.for_purpose("AUDIT")
    expect(auditor.get(f"/v1/audit/records?store={store}&limit=1"), 200)  # there is a row now, if there was none
    until = time.monotonic() + _PATIENCE_S
    while not (items := expect(auditor.get(f"/v1/audit/checkpoints?store={store}&limit=3"), 200)["items"]):
        assert time.monotonic() < until, f"nothing was sealed in {store}"
        time.sleep(0.3)
    for one in items:
        signed = Verifier(one["verifier_key"]).open(one["note"])
        assert (signed.origin, signed.size, signed.root.hex()) == (f"indimaj/{store}", one["size"], one["root"])
