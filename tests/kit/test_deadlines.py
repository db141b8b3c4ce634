"""Nobody works for a caller who is gone."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from services.kit import deadlines
from services.kit.application import build
from services.kit.database import ReadSession, WriteSession
from services.kit.routes import Router
from services.kit.settings import ServiceSettings
from services.stack.stores import Store
from tests.support.asgi import settings_for

router = Router()


@router.get("/sleep")
async def sleep(session: ReadSession) -> None:
    await session.execute(text("SELECT pg_sleep(30)"))


@router.get("/pooled")
async def pooled(request: Request) -> None:
    pool = await request.app.state.database.pool()
    await pool.fetchval("SELECT pg_sleep(4)")


@router.post("/write")
async def write(session: WriteSession) -> None:
    await session.execute(text("CREATE TEMP TABLE written (a int) ON COMMIT DROP"))
    await session.execute(text("SELECT pg_sleep(30)"))


@router.get("/remaining")
async def remaining() -> list[float]:
    return [deadlines.remaining_s(5.0), deadlines.remaining_s(0.01)]


@router.get("/long")
async def long() -> StreamingResponse:
    async def parts() -> object:
        for _ in range(4):
            yield b"part"
            await asyncio.sleep(0.1)

    return StreamingResponse(parts())  # type: ignore[arg-type]  # an async generator of bytes


@pytest.fixture
def app(registry_database: Store) -> FastAPI:
    """A service of a few slow routes."""
    return build("registry", settings=ServiceSettings(**settings_for(registry_database)), routers=[router])


async def asked(app: FastAPI, path: str, told: str | None, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    headers = {} if told is None else {"request-timeout-ms": told}
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize(("method", "path"), [("GET", "/sleep"), ("GET", "/pooled"), ("POST", "/write")])
async def test_work_ends_with_the_callers_patience_and_the_statement_with_it(
    app: FastAPI, method: str, path: str
) -> None:
    loop = asyncio.get_running_loop()
    await asked(app, "/remaining", None)
    began = loop.time()
    response = await asked(app, path, "300", method)
    assert (response.status_code, response.json()["code"]) == (504, "service-timeout")
    assert response.headers["x-request-id"]
    assert loop.time() - began < 2
    pool = await app.state.database.pool()
    for _ in range(50):
        running = await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%'"
            " AND pid <> pg_backend_pid()"
        )
        if not running:
            break
        await asyncio.sleep(0.02)
    assert running == 0
    await app.state.database.close()


async def test_an_answer_that_has_begun_is_seen_through(app: FastAPI) -> None:
    response = await asked(app, "/long", "200")
    assert (response.status_code, response.text) == (200, "part" * 4)


async def test_what_is_left_is_given_on_less_the_share_of_ones_own_answer(app: FastAPI) -> None:
    left, small = (await asked(app, "/remaining", "1000")).json()
    assert 0.5 < left <= deadlines.HOP_SHARE
    assert small == 0.01
    for told in (None, "", "-5", "1e3", "999999999", "x"):
        assert (await asked(app, "/remaining", told)).json() == [5.0, 0.01]
