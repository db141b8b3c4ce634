"""A service's routes for its jobs: one's own organisation sees and cancels them, nobody else knows of them."""

from uuid import uuid4

import httpx
import pytest

from services.background import jobs
from services.background.job_routes import body_of
from services.background.jobs import JobState
from services.kit.database import Database
from tests.kit.counting import ask, find
from tests.support.callers import bearer

OURS = bearer("notes:write", service="notes")
THEIRS = bearer("notes:write", service="notes", organisation="hospital")


async def test_a_job_is_watched_from_its_queue_to_its_result(client: httpx.AsyncClient, database: Database) -> None:
    job_id = (await client.post("/v1/work", headers=OURS)).json()["id"]
    seen = (await client.get(f"/v1/jobs/{job_id}", headers=OURS)).json()
    assert (seen["state"], seen["progress"], seen["result"], seen["started_at"]) == ("queued", None, None, None)
    context = await jobs.start(database, job_id)
    assert context
    async with database.sessions.begin() as session:
        await context.progress(session, done=1, total=3)
    seen = (await client.get(f"/v1/jobs/{job_id}", headers=OURS)).json()
    assert (seen["state"], seen["done"], seen["total"], seen["progress"]) == ("running", 1, 3, 33.3)
    await jobs.end(database, job_id, JobState.SUCCEEDED, result={"counted": 3})
    seen = (await client.get(f"/v1/jobs/{job_id}", headers=OURS)).json()
    assert (seen["state"], seen["result"]) == ("succeeded", {"counted": 3})
    assert seen["started_at"] <= seen["finished_at"]
    assert "organisation" not in seen


async def test_a_failed_job_tells_its_code(client: httpx.AsyncClient, database: Database) -> None:
    job_id = await ask(database)
    await jobs.end(database, job_id, JobState.FAILED, error_code="unavailable")
    seen = (await client.get(f"/v1/jobs/{job_id}", headers=OURS)).json()
    assert (seen["state"], seen["error_code"], seen["result"]) == ("failed", "unavailable", None)


async def test_nothing_to_do_is_all_of_it_done(database: Database) -> None:
    job_id = await ask(database)
    context = await jobs.start(database, job_id)
    assert context
    async with database.sessions.begin() as session:
        await context.progress(session, done=0, total=0)
    assert body_of(await find(database, job_id)).progress == 100.0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_organisation_gets_the_answer_of_a_job_that_is_not_there(
    client: httpx.AsyncClient, database: Database, method: str
) -> None:
    job_id = await ask(database)
    theirs = await client.request(
        method, f"/v1/jobs/{job_id}", headers=THEIRS | {"x-request-id": "0199a0c1-0000-4000-8000-0000000000aa"}
    )
    absent = await client.request(
        method, f"/v1/jobs/notes-{uuid4()}", headers=OURS | {"x-request-id": "0199a0c1-0000-4000-8000-0000000000aa"}
    )
    assert (theirs.status_code, absent.status_code) == (404, 404)
    assert theirs.content == absent.content
    assert theirs.headers == absent.headers
    assert not (await find(database, job_id)).cancel_requested


@pytest.mark.parametrize("job_id", ["x", "notes-1", "NOTES-" + "a" * 36, "notes-" + "g" * 36, "notes-" + "a" * 37])
async def test_an_id_of_another_shape_is_refused(client: httpx.AsyncClient, job_id: str) -> None:
    assert (await client.get(f"/v1/jobs/{job_id}", headers=OURS)).status_code == 422


async def test_a_cancelled_job_says_so_and_may_be_cancelled_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    job_id = await ask(database)
    for _ in range(2):
        answer = await client.delete(f"/v1/jobs/{job_id}", headers=OURS)
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["cancel_requested"]) == ("cancelled", True)


async def test_without_a_token_no_job_is_shown(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/v1/jobs/notes-{uuid4()}")).status_code == 401
