"""The one clock, and how a test puts another in its place."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
from fastapi import FastAPI

from services.kit import clock
from tests.support.callers import bearer


def test_the_instant_is_in_utc_and_the_day_is_moroccos() -> None:
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)
    assert clock.today() in {moment.astimezone(clock.CASABLANCA).date() for moment in (before, datetime.now(UTC))}


async def test_a_route_takes_its_day_from_where_the_application_says(client: httpx.AsyncClient, app: FastAPI) -> None:
    async def another_day() -> date:
        return date(2027, 2, 1)

    headers = bearer("notes:read", service="notes")
    assert (await client.get(f"/v1/persons/{uuid4()}/notes", headers=headers)).json()["today"] != "2027-02-01"
    app.dependency_overrides[clock.read_today] = another_day
    assert (await client.get(f"/v1/persons/{uuid4()}/notes", headers=headers)).json()["today"] == "2027-02-01"


async def test_a_token_is_judged_by_the_instant_of_the_request(client: httpx.AsyncClient, app: FastAPI) -> None:
    async def later() -> datetime:
        return datetime.now(UTC) + timedelta(hours=2)

    headers = bearer("notes:read", service="notes")
    assert (await client.get("/v1/notes", headers=headers)).status_code == 200
    app.dependency_overrides[clock.read_now] = later
    assert (await client.get("/v1/notes", headers=headers)).status_code == 401
