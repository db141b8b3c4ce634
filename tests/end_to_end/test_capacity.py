"""Two hundred requests race for the last seats of a session, over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.end_to_end.catalogue import new_session
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.partner import Partner, expect
from tests.end_to_end.people import awa

pytestmark = pytest.mark.end_to_end

SEATS = 7
RACERS = 200
AT_ONCE = 50


async def _race(base_url: str, headers: dict[str, str], bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits, timeout=120) as client:
        return list(await asyncio.gather(*(client.post("/v1/enrolments", json=body) for body in bodies)))


async def test_capacity_holds_when_two_hundred_race_for_the_last_seats(
    deployment: Deployment, ministry: Partner, ofppt: Partner
) -> None:
    session = new_session(ofppt, capacity=SEATS)
    path = f"/v1/sessions/{session['id']}/applications"
    # ten requests for each of twenty applicants: the race is for seats and for one's own seat at once
    applicants = [expect(ministry.post("/v1/persons", awa()), 201)["id"] for _ in range(20)]
    applications = [expect(ofppt.post(path, {"person_id": person}), 201)["id"] for person in applicants]
    bodies = [{"application_id": applications[turn % len(applications)]} for turn in range(RACERS)]

    answers = await _race(deployment.base_url, ofppt.headers(), bodies)

    outcomes = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert outcomes[201, None] == SEATS, outcomes
    assert all(status in {201, 409} for status, _ in outcomes), outcomes
    taken = expect(ofppt.get(f"/v1/sessions/{session['id']}"), 200)
    assert taken["capacity"] == SEATS
