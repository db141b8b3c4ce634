"""Exports over HTTP: a job, a file, cut to what the caller may see."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.background import jobs, worker
from services.background.jobs import JobCancelledError
from services.kit import clock
from services.kit.audit import Pseudonyms
from services.registry.clients import row_files
from services.registry.clients.workbooks import read_rows
from services.registry.domain.import_files import Format
from services.registry.domain.import_rows import COLUMNS
from services.registry.operations import run_export as module
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.operations.run_export import ExportTools, run_export
from services.registry.store import exports
from services.registry.worker import export_tasks
from services.stack.stores import Store
from tests.registry.builders import TODAY, act, row
from tests.registry.imports import context, fetched, file_of, findings, resumed, run, simple_rows, started
from tests.support.callers import bearer

PSEUDONYMS = Pseudonyms(bytes(32))


async def exported(app: FastAPI, client: httpx.AsyncClient, file_format: str = "csv", **headers: str) -> dict[str, Any]:
    """Make an export as the worker does; return the job's result."""
    accepted = await client.get("/v1/persons/export", params={"format": file_format}, headers=headers)
    assert accepted.status_code == 202, accepted.text
    job_id = accepted.json()["id"]
    assert accepted.headers["location"] == f"/v1/jobs/{job_id}"
    task = export_tasks(PSEUDONYMS)["export_persons"]
    await worker.perform(app.state.database, job_id, task, last_attempt=True)
    job = (await client.get(f"/v1/jobs/{job_id}", headers=headers)).json()
    assert job["state"] == "succeeded", job
    result: dict[str, Any] = job["result"]
    return result


def rows_in(content: bytes, file_format: str) -> list[dict[str, str]]:
    """Return the rows of a file, without empty cells."""
    if file_format == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    if file_format == "csv":
        return [
            {name: text for name, text in one.items() if text} for one in csv.DictReader(io.StringIO(content.decode()))
        ]
    header, *rows = read_rows(io.BytesIO(content))
    return [{name: text for name, text in zip(header, one, strict=False) if text} for one in rows]


@pytest.mark.parametrize("file_format", [*Format])
async def test_what_was_imported_comes_out_again(app: FastAPI, client: httpx.AsyncClient, file_format: Format) -> None:
    sent = [row(email="awa@example.org", safe_to_call="no", safe_hours="Mo-Fr 14:00-17:00", address_line="12 rue X"),
            row(row_id="2", passport="", permit_number="", household="", relation="", birth="vers 1988")]  # fmt: skip
    await run(app.state.database, file_of(*sent, columns=COLUMNS))
    result = await exported(app, client, file_format.value)
    assert (result["format"], result["rows"]) == (file_format.value, 2)
    file = await client.get(result["file"])
    assert file.status_code == 200
    assert file.headers["content-type"] == row_files.MEDIA_TYPES[file_format]
    assert len(file.content) == result["bytes"]
    first, second = rows_in(file.content, file_format.value)
    renamed = {"row_id", "household", "birth", "nationality"}
    given = {name: text for name, text in sent[0].items() if text and name not in renamed}
    assert {**first, **given} == first
    assert (first["birth"], first["nationality"], second["birth"]) == ("1990-05-12", "GIN", "vers 1988")
    assert first["household"]


@pytest.mark.parametrize("file_format", [*Format])
async def test_an_export_is_taken_in_by_another_register_and_doubles_nobody_in_its_own(
    app: FastAPI, client: httpx.AsyncClient, file_format: Format
) -> None:
    await run(app.state.database, file_of(row(passport="", permit_number=""), *simple_rows(3, start=50)))
    content = (await client.get((await exported(app, client, file_format.value))["file"])).content
    job = await started(app.state.database, content, file_format=file_format)
    assert (await resumed(app.state.database, job.id))["refused"] == 4
    assert {code for _, _, code in await findings(app.state.database, job.id)} >= {"already-registered"}


async def test_the_file_has_the_agreed_fields_and_own_rows_alone(app: FastAPI, client: httpx.AsyncClient) -> None:
    await run(app.state.database, file_of(*simple_rows(2)), organisation="prefecture-fes")
    await run(app.state.database, file_of(*simple_rows(3, start=50)))
    agreed = bearer(
        "persons:read", service="registry", organisation="prefecture-fes",
        agreed={"persons": {"fields": ["names"], "own": True}},
    )  # fmt: skip
    result = await exported(app, client, **agreed)
    assert result["columns"] == ["row_id", "given", "family", "given_ar", "family_ar", "name_as_written"]
    content = (await client.get(result["file"], headers=agreed)).content
    assert [set(one) for one in rows_in(content, "csv")] == [{"row_id", "given", "family"}] * 2
    assert (await client.get(result["file"])).status_code == 404


async def test_who_is_withheld_is_left_out(app: FastAPI, client: httpx.AsyncClient) -> None:
    await run(app.state.database, file_of(*simple_rows(3)))
    ids = [found[0] for found in await fetched(app.state.database, "SELECT id FROM person ORDER BY id")]
    async with app.state.database.sessions.begin() as session:
        await session.execute(
            text("INSERT INTO barrier (protected_id, from_id, organisation, placed_by, since)"
                 " VALUES (:her, :him, 'x', 'y', now())"), {"her": ids[0], "him": ids[1]},
        )  # fmt: skip
        await session.execute(
            text("INSERT INTO representative (person_id, organisation, capacity, valid, known, source_record_id)"
                 " VALUES (:him, 'prefecture-fes', 'LAWYER', '[2020-01-01,)', '[2020-01-01,)', :him)"),
            {"him": ids[1]},
        )  # fmt: skip
    assert (await exported(app, client))["rows"] == 3
    his = bearer("persons:read", service="registry", organisation="prefecture-fes")
    assert (await exported(app, client, **his))["rows"] == 2


async def test_a_file_made_before_she_was_withheld_is_not_given_out_after(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await run(app.state.database, file_of(*simple_rows(2)))
    her, other = [found[0] for found in await fetched(app.state.database, "SELECT id FROM person ORDER BY id")]
    lawyers, clinic = (bearer("persons:read", service="registry", organisation=name) for name in ("lawyers", "clinic"))
    files = [(headers, (await exported(app, client, **headers))["file"]) for headers in (lawyers, clinic)]
    async with app.state.database.sessions.begin() as session:
        await refresh_sharing(session, other, act(at=clock.now()))  # nobody is kept from him
        await session.execute(
            text("INSERT INTO sharing_stop (person_id, organisation, purposes, cause, cause_id, since)"
                 " VALUES (:her, 'lawyers', '{REGISTRATION}', 'opposition', uuidv7(), now())"), {"her": her},
        )  # fmt: skip
    assert [(await client.get(file, headers=headers)).status_code for headers, file in files] == [200, 200]
    async with app.state.database.sessions.begin() as session:
        await refresh_sharing(session, her, act(at=clock.now()))
    assert [(await client.get(file, headers=headers)).status_code for headers, file in files] == [404, 200]
    async with app.state.database.sessions.begin() as session:
        await exports.drop_expired(session, clock.now())
    assert len(await fetched(app.state.database, "SELECT FROM export_run")) == 1
    async with app.state.database.sessions.begin() as session:
        await exports.close_files(session, her, None, clock.now())  # as her erasure does
    assert (await client.get(files[1][1], headers=clinic)).status_code == 404


async def test_every_person_of_the_file_can_see_who_took_her_data_out(
    app: FastAPI, client: httpx.AsyncClient, registry_database: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    await run(app.state.database, file_of(*simple_rows(5)))
    await exported(app, client)
    ids = [found[0] for found in await fetched(app.state.database, "SELECT id FROM person ORDER BY id")]
    with psycopg.connect(registry_database.admin_url) as connection:
        rows = connection.execute(
            "SELECT persons, request_id FROM audit_record WHERE action = 'export_persons' ORDER BY at"
        ).fetchall()
    assert [len(persons) for persons, _ in rows] == [0, 2, 2, 1]
    assert {name for persons, _ in rows for name in persons} == {PSEUDONYMS.of(one) for one in ids}
    assert len({request_id for _, request_id in rows}) == 1


async def test_a_long_file_is_made_and_sent_in_pieces(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(module, "PIECE", 300)
    monkeypatch.setattr(row_files, "PIECE", 1_000)
    monkeypatch.setattr(row_files, "ROWS_OF_A_SHEET", 20)
    await run(app.state.database, file_of(*simple_rows(45)))
    for file_format in ("csv", "jsonl"):
        result = await exported(app, client, file_format)
        assert len(rows_in((await client.get(result["file"])).content, file_format)) == result["rows"] == 45
    result = await exported(app, client, "xlsx")
    assert len(rows_in((await client.get(result["file"])).content, "xlsx")) == 20
    pieces = await fetched(app.state.database, "SELECT job_id, count(*) FROM export_chunk GROUP BY job_id")
    assert min(count for _, count in pieces) > 4


async def test_an_export_of_nobody_is_a_header(app: FastAPI, client: httpx.AsyncClient) -> None:
    for file_format in Format:
        result = await exported(app, client, file_format.value)
        content = (await client.get(result["file"])).content
        assert (result["rows"], rows_in(content, file_format.value)) == (0, [])


async def test_the_file_is_not_there_before_its_job_has_ended_nor_after_its_time(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    waiting = (await client.get("/v1/persons/export")).json()["id"]
    early = await client.get(f"/v1/exports/{waiting}/file")
    assert (early.status_code, early.json()["code"]) == (409, "export-unfinished")
    result = await exported(app, client)
    later = clock.now() + timedelta(hours=3)
    app.dependency_overrides[clock.read_now] = lambda: later
    other_day = bearer("persons:read", service="registry")
    assert (await client.get(result["file"], headers=other_day)).status_code in {401, 404}
    app.dependency_overrides.pop(clock.read_now)
    async with app.state.database.sessions.begin() as session:
        assert await exports.drop_expired(session, clock.now()) == 0
        assert await exports.drop_expired(session, later) == 2
    assert (await client.get(result["file"])).status_code == 404
    assert (await client.get("/v1/exports/registry-00000000-0000-4000-8000-000000000000/file")).status_code == 404


async def test_a_cancelled_export_leaves_no_file(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "PIECE", 10)
    database = app.state.database
    await run(database, file_of(*simple_rows(9)))
    job_id = (await client.get("/v1/persons/export")).json()["id"]
    original, pages = exports.page, 0

    async def page(*arguments: Any, **options: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            async with database.sessions.begin() as other:
                await jobs.request_cancel(other, job_id)
        return await original(*arguments, **options)

    async with database.sessions.begin() as session:
        await session.execute(jobs._JOB.update().values(state="running"))
    monkeypatch.setattr(exports, "page", page)
    with pytest.raises(JobCancelledError):
        await run_export(context(database, job_id), ExportTools(TODAY, PSEUDONYMS))
    assert await fetched(database, "SELECT 1 FROM export_chunk") == []


async def test_who_may_not_read_persons_may_not_export_them(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/persons/export", headers=bearer("persons:search", service="registry"))
    assert answer.status_code == 403
    assert (await client.get("/v1/persons/export", params={"format": "pdf"})).status_code == 422
