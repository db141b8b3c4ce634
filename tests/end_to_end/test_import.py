"""A list from a prefecture, imported through the gateway as a job: every row stored or reported, and only once."""

from __future__ import annotations

import csv
import io
import secrets
import time
from typing import Any

import pytest

from tests.end_to_end.partner import Partner, expect, expect_problem

pytestmark = pytest.mark.end_to_end

HEADER = (
    "row_id,given,family,given_ar,family_ar,sex,birth,nationality,birth_place,father_name,mother_name,phone,passport,"
    "permit_type,permit_number,permit_from,permit_to,legal_status,status_from,region,unit,commune,school_level,"
    "languages,household,relation"
)
COLUMNS = HEADER.split(",")
JOB_SECONDS = 60
BIRTHS = ("1990", "1990-05-12", "12/05/1990", "vers 1988", "né vers 1988", "")
GOOD_ROWS, BAD_ROWS = 30, 5


def _row(number: int, mark: str, **changes: str) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "") | {
        "row_id": f"{mark}-{number:04d}",
        "given": "Mariam",
        "family": f"Essai {mark} {number}",
        "sex": "F",
        "birth": BIRTHS[number % len(BIRTHS)],
        "nationality": "CMR" if number % 2 else "Cameroun",
        "passport": f"{mark}{number:04d}",
        "legal_status": "REGULARISED_2017",
        "status_from": "2017-05-04",
        "region": "09",
        "unit": "MA-AGD",
        "languages": "fr ar",
    }
    return row | changes


def _file(mark: str) -> bytes:
    rows = [_row(number, mark) for number in range(1, GOOD_ROWS + 1)]
    rows += [
        _row(101, mark, given="", family=""),
        _row(102, mark, birth="31/02/1990"),
        _row(103, mark, nationality="Zzcanarie"),
        _row(104, mark, permit_type="REG3", permit_number="X1", permit_from="2025-01-01", permit_to="2024-01-01"),
        _row(105, mark, region="99"),
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _import(partner: Partner, content: bytes, *, mode: str = "commit") -> dict[str, Any]:
    """Send a file and wait for its job to end."""
    accepted = partner.request(
        "POST", "/v1/imports", params={"mode": mode}, content=content, headers={"Content-Type": "text/csv"}
    )
    expect(accepted, 202)
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        job: dict[str, Any] = expect(partner.get(accepted.headers["location"]), 200)
        if job["state"] in {"succeeded", "failed", "cancelled"}:
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.1)


def _report(partner: Partner, job: dict[str, Any]) -> list[dict[str, str]]:
    answer = partner.get(f"/v1/imports/{job['id']}/report")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_every_row_is_stored_or_reported_and_a_second_time_changes_nothing(integrator: Partner) -> None:
    content = _file(f"E{secrets.token_hex(4).upper()}")

    first = _import(integrator, content)
    assert first["state"] == "succeeded", first
    counted = first["result"]
    assert counted["rows"] == GOOD_ROWS + BAD_ROWS
    assert counted["stored"] + counted["refused"] == counted["rows"]
    assert counted["stored"] >= GOOD_ROWS
    report = _report(integrator, first)
    assert {int(line["row"]) for line in report} == set(range(GOOD_ROWS + 1, GOOD_ROWS + BAD_ROWS + 1))
    for line in report:
        assert line["field"]
        assert line["code"]
        assert line["detail"]
        assert "Zzcanarie" not in "".join(line.values())

    second = _import(integrator, content)
    assert second["state"] == "succeeded", second
    assert second["result"]["stored"] == 0
    assert second["result"]["unchanged"] == counted["stored"]


def test_a_dry_run_reports_and_stores_nothing(integrator: Partner) -> None:
    mark = f"D{secrets.token_hex(4).upper()}"
    content = _file(mark)
    assert _report(integrator, _import(integrator, content, mode="validate"))
    searched = {"identifier": {"system": "PASSPORT", "value": f"{mark}0001"}}
    assert expect(integrator.post("/v1/persons/search", searched), 200)["items"] == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"", "text/csv", 422),
        (b"colour,shape\nred,round\n", "text/csv", 422),
        (b"\xff\xfe\x00garbage", "text/csv", 422),
        (b"{}", "application/json", 415),
    ],
    ids=["empty", "other columns", "not text", "not CSV"],
)
def test_what_is_no_list_of_persons_is_refused(
    integrator: Partner, content: bytes, media_type: str, status: int
) -> None:
    """At once, or by the job that was to read it."""
    headers = {"Content-Type": media_type}
    answer = integrator.request("POST", "/v1/imports", params={"mode": "commit"}, content=content, headers=headers)
    if answer.status_code == 202:
        assert _import(integrator, content)["state"] == "failed"
    else:
        expect_problem(answer, status)


def test_a_job_of_nobody_is_not_found(integrator: Partner) -> None:
    expect_problem(integrator.get("/v1/jobs/registry-00000000-0000-7000-8000-000000000000"), 404)
