"""Renewals of residence titles with their receipts, withdrawals, and whether a stay is covered, over HTTP."""

from typing import Any

import httpx
import pytest

from services.registry.contract.renewals import RenewalBody, RenewalList, ResidenceBody
from tests.registry.people import MONONYM, codes, path_of

FIRST_CARD = {"type": "REG1", "number": "C350356A", "valid_from": "2025-09-01", "valid_to": "2026-08-31"}
NOBODY = "01900000-0000-7000-8000-0000000000ff"


async def a_title(client: httpx.AsyncClient, **changes: Any) -> tuple[str, str]:
    """Register a person with a first card; return her path and that of her title."""
    path = await path_of(client, MONONYM)
    made = await client.post(f"{path}/permits", json={**FIRST_CARD, **changes})
    assert made.status_code == 201, made.text
    return path, f"{path}/permits/{made.json()['id']}"


async def filed(client: httpx.AsyncClient, title: str, on: str = "2026-08-15", **receipt: Any) -> dict[str, Any]:
    """File the renewal of a title and return it."""
    answer = await client.post(f"{title}/renewals", json={"filed_on": on, "receipt": receipt})
    assert answer.status_code == 201, answer.text
    RenewalBody.model_validate(answer.json())
    return dict(answer.json())


async def stay(client: httpx.AsyncClient, path: str, on: str, **more: Any) -> dict[str, Any]:
    """Return whether a person's stay is covered on a day."""
    answer = await client.get(f"{path}/residence", params={"on": on, **more})
    assert answer.status_code == 200, answer.text
    ResidenceBody.model_validate(answer.json())
    return dict(answer.json())


def gist(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["covered"], answer["basis"], answer["reason"], answer["until"]


async def test_a_receipt_stands_for_the_title_for_three_months(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title, number="R-2026-1")
    assert (renewal["state"], renewal["late"], renewal["meta"]["warnings"]) == ("FILED", False, [])
    receipt = (await client.get(f"{path}/permits/{renewal['receipts'][0]}")).json()
    assert (receipt["type"], receipt["valid_from"], receipt["valid_to"]) == ("RECEPISSE", "2026-08-15", "2026-11-14")
    assert receipt["stands_for_permit"]
    assert gist(await stay(client, path, "2026-08-20")) == (True, "TITLE", "title-holds", "2026-11-14")
    standing = await stay(client, path, "2026-10-01")
    assert gist(standing) == (True, "RECEIPT", "receipt-stands", "2026-11-14")
    assert (standing["permit_id"], standing["renewal_id"]) == (receipt["id"], renewal["id"])
    assert standing["ending"]["on"] == "2026-08-31"
    assert gist(await stay(client, path, "2026-11-15")) == (False, None, "receipt-ended", None)
    listed = RenewalList.model_validate((await client.get(f"{title}/renewals")).json())
    assert [str(one.id) for one in listed.items] == [renewal["id"]]
    one = (await client.get(f"{title}/renewals/{renewal['id']}")).json()
    assert one == {name: value for name, value in renewal.items() if name != "meta"}


async def test_a_receipt_is_prolonged_until_the_card_is_there(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title, number="R-2026-1")
    there = f"{title}/renewals/{renewal['id']}"
    longer = await client.post(f"{there}/receipts", json={"number": "R-2026-1"})
    assert longer.status_code == 201, longer.text
    assert len(longer.json()["receipts"]) == 2
    assert gist(await stay(client, path, "2026-10-01"))[3] == "2027-02-14"
    card = {"number": "C350356A", "valid_from": "2026-11-20"}
    granted = await client.post(f"{there}/outcome", json={"outcome": "GRANTED", "on": "2026-11-20", "title": card})
    assert granted.status_code == 200, granted.text
    body = granted.json()
    assert (body["state"], body["decided_on"], body["meta"]["warnings"]) == ("GRANTED", "2026-11-20", [])
    new = (await client.get(f"{path}/permits/{body['granted_permit_id']}")).json()
    assert (new["type"], new["valid_from"], new["valid_to"]) == ("REG3", "2026-11-20", "2029-11-19")
    permits = (await client.get(f"{path}/permits")).json()["items"]
    receipts = [(one["valid_from"], one["valid_to"], one["end_reason"]) for one in permits if one["stands_for_permit"]]
    assert receipts == [("2026-08-15", "2026-11-14", None), ("2026-11-15", "2026-11-20", "DECIDED")]
    assert gist(await stay(client, path, "2026-11-21")) == (True, "TITLE", "title-holds", "2029-11-19")
    again = await client.post(f"{there}/receipts", json={})
    assert (again.status_code, again.json()["code"]) == (409, "renewal-decided")
    chain = await filed(client, f"{path}/permits/{new['id']}", on="2026-11-23")
    assert chain["permit_id"] == new["id"]


async def test_what_comes_next_is_said_with_the_title(client: httpx.AsyncClient) -> None:
    path, _ = await a_title(client, valid_to="2026-12-31", valid_from="2026-01-01")
    ending = (await stay(client, path, "2026-11-23"))["ending"]
    assert ending["renews_to"] == "REG3"
    assert ending["fee_mad"] == 300
    assert ending["renew_from"] == "2026-10-31"
    assert [(alert["days_before"], alert["on"]) for alert in ending["alerts"]] == [
        (90, "2026-10-02"),
        (60, "2026-11-01"),
        (30, "2026-12-01"),
        (7, "2026-12-24"),
        (0, "2026-12-31"),
    ]


async def test_a_late_request_is_taken_with_a_warning_and_leaves_a_gap(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title, on="2026-09-10", valid_from="2026-09-12")
    assert renewal["late"]
    assert [(one["pointer"], one["code"]) for one in renewal["meta"]["warnings"]] == [
        ("/filed_on", "renewal-late"),
        ("/receipt/valid_from", "receipt-gap"),
    ]
    assert gist(await stay(client, path, "2026-09-05")) == (False, None, "title-ended", None)
    assert gist(await stay(client, path, "2026-09-12"))[:2] == (True, "RECEIPT")


async def test_a_request_filed_in_time_covers_until_its_receipt_begins(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    await filed(client, title, on="2026-08-31", valid_from="2026-09-20")
    assert gist(await stay(client, path, "2026-09-10")) == (True, "FILED_IN_TIME", "filed-in-time", "2026-12-19")
    assert gist(await stay(client, path, "2026-08-01"))[3] == "2026-12-19"


async def test_a_refused_request_ends_its_receipts_and_says_why(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title, on="2026-08-15")
    there = f"{title}/renewals/{renewal['id']}/outcome"
    unfounded = await client.post(there, json={"outcome": "REFUSED", "on": "2026-10-01"})
    assert unfounded.status_code == 422
    known_then = (await client.get(path)).json()["recorded_at"]
    refused = await client.post(there, json={"outcome": "REFUSED", "on": "2026-10-01", "reason": "Punishable act"})
    assert (refused.status_code, refused.json()["reason"]) == (200, "Punishable act")
    assert gist(await stay(client, path, "2026-10-02")) == (False, None, "renewal-refused", None)
    assert gist(await stay(client, path, "2026-10-02", known_at=known_then))[:3] == (True, "RECEIPT", "receipt-stands")
    one = f"{title}/renewals/{renewal['id']}"
    assert (await client.get(one, params={"known_at": known_then})).json()["state"] == "FILED"
    again = await filed(client, title, on="2026-11-01")
    assert again["late"]


async def test_a_title_is_renewed_once_at_a_time(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title, number="R-1")
    second = await client.post(f"{title}/renewals", json={"filed_on": "2026-08-16"})
    assert (second.status_code, second.json()["code"]) == (409, "renewal-open")
    taken = await client.post(f"{title}/retraction", json={"reason": "Mistyped"})
    assert (taken.status_code, taken.json()["code"]) == (409, "renewal-open")
    receipt = f"{path}/permits/{renewal['receipts'][0]}"
    of_receipt = await client.post(f"{receipt}/renewals", json={"filed_on": "2026-08-16"})
    assert (of_receipt.status_code, of_receipt.json()["code"]) == (409, "permit-not-renewable")


async def test_a_renewal_stays_with_a_title_that_is_corrected(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    renewal = await filed(client, title)
    fixed = await client.patch(title, json={"valid_to": "2026-08-30"}, headers={"if-match": '"v3"'})
    assert fixed.status_code == 200
    assert (await client.get(f"{title}/renewals/{renewal['id']}")).status_code == 200
    assert (await stay(client, path, "2026-10-01"))["ending"]["on"] == "2026-08-30"


async def test_a_withdrawn_title_ends_the_day_before_and_is_not_renewed(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client, valid_to="2027-08-31")
    outside = await client.post(f"{title}/withdrawal", json={"on": "2025-09-01", "reason": "Left"})
    assert (outside.status_code, outside.json()["code"]) == (409, "permit-not-valid-then")
    answer = await client.post(f"{title}/withdrawal", json={"on": "2026-10-01", "reason": "Left the country"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["valid_to"], answer.json()["end_reason"]) == ("2026-09-30", "WITHDRAWN")
    assert gist(await stay(client, path, "2026-10-01")) == (False, None, "title-withdrawn", None)
    assert gist(await stay(client, path, "2026-09-30"))[:2] == (True, "TITLE")
    late = await client.post(f"{title}/renewals", json={"filed_on": "2026-11-01"})
    assert (late.status_code, late.json()["code"]) == (409, "permit-not-renewable")
    kept = await client.patch(title, json={"mention": "TRAVAIL"}, headers={"if-match": '"v3"'})
    assert kept.json()["end_reason"] == "WITHDRAWN"
    back = await client.patch(title, json={"valid_to": "2027-08-31"}, headers={"if-match": '"v4"'})
    assert back.json()["end_reason"] is None


async def test_another_type_of_title_than_usual_is_taken_with_a_warning(client: httpx.AsyncClient) -> None:
    _, title = await a_title(client)
    renewal = await filed(client, title)
    body = {"outcome": "GRANTED", "on": "2026-09-01", "title": {"type": "CI", "valid_from": "2026-09-01"}}
    answer = await client.post(f"{title}/renewals/{renewal['id']}/outcome", json=body)
    assert answer.status_code == 200, answer.text
    assert [(one["pointer"], one["code"]) for one in answer.json()["meta"]["warnings"]] == [
        ("/title/type", "title-unusual")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filed_on": "2027-01-01"}, [("/filed_on", "date-in-future")]),
        ({}, [("/filed_on", "missing")]),
        ({"filed_on": "2026-08-15", "fee": 3}, [("/fee", "extra_forbidden")]),
    ],
)
async def test_an_impossible_request_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    _, title = await a_title(client)
    answer = await client.post(f"{title}/renewals", json=body)
    assert (answer.status_code, codes(answer)) == (422, expected)


async def test_a_request_of_nobodys_title_is_404(client: httpx.AsyncClient) -> None:
    path, title = await a_title(client)
    assert (await client.post(f"{path}/permits/{NOBODY}/renewals", json={"filed_on": "2026-08-15"})).status_code == 404
    assert (await client.get(f"{path}/permits/{NOBODY}/renewals")).status_code == 404
    assert (await client.get(f"{title}/renewals/{NOBODY}")).status_code == 404
    assert (await client.post(f"{title}/renewals/{NOBODY}/receipts", json={})).status_code == 404
    closed = {"outcome": "ABANDONED", "on": "2026-08-15", "reason": "Left"}
    assert (await client.post(f"{title}/renewals/{NOBODY}/outcome", json=closed)).status_code == 404
    assert (await client.get(f"/v1/persons/{NOBODY}/residence")).status_code == 404
    withdrawal = {"on": "2026-01-01", "reason": "Left"}
    assert (await client.post(f"{path}/permits/{NOBODY}/withdrawal", json=withdrawal)).status_code == 404


async def test_who_has_no_title_is_not_covered(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    assert gist(await stay(client, path, "2026-01-01")) == (False, None, "no-title", None)
    words = (await stay(client, path, "2026-01-01"))["explanation"]
    assert set(words) == {"fr", "ar", "en"}
    assert (await client.get(f"{path}/residence")).json()["on"] == "2026-11-23"
