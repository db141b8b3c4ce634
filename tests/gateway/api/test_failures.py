"""Services that are down, slow, half-open or lying; callers that hang up; input that must not pass. Never a 500."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from services.gateway.app import Gateway, create_app
from services.gateway.forwarding.api import bodies
from services.gateway.forwarding.api.bodies import LARGEST_BODY
from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.reqwest import ReqwestUpstream
from services.stack.stores import Store
from tests.gateway import published
from tests.gateway.conftest import House, gateway_settings
from tests.gateway.peer import Asked, answer, nobody


def slow(name: str, seconds: float) -> Any:
    """Return a script that answers late."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer(200, name.encode()))

    return script


def quickened(gateway: Gateway, deadline_s: float) -> None:
    """Give every operation a short deadline."""
    for operation in gateway.table.operations:
        object.__setattr__(operation, "deadline_s", deadline_s)


async def test_a_service_that_is_down_is_a_503_that_says_when_to_come_back(house: House) -> None:
    async with nobody() as port:
        inner = getattr(house.gateway.upstreams["registry"][1], "inner", None)
        kind = Pool if isinstance(inner, Pool) else ReqwestUpstream
        house.gateway.plane._upstreams = {"registry": (b"", kind(f"http://127.0.0.1:{port}"))}
        response = await house.client.get("/v1/persons/canary-1", headers=await house.headers())
    assert (response.status_code, response.json()["code"]) == (503, "service-unavailable")
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"].startswith("urn:uuid:")
    assert "canary" not in response.text
    assert "127.0.0.1" not in response.text


async def test_a_service_that_is_slow_is_a_504(house: House) -> None:
    headers = await house.headers()  # its token has all the time it needs
    quickened(house.gateway, 0.1)
    house.registry.script = slow("late", 5)
    response = await house.client.get("/v1/persons/abc", headers=headers)
    assert (response.status_code, response.json()["code"]) == (504, "service-timeout")


async def test_a_service_that_does_not_speak_http_is_a_502(house: House) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"canary: not http\r\n\r\n")

    house.registry.script = script
    response = await house.client.get("/v1/persons/abc", headers=await house.headers())
    assert (response.status_code, response.json()["code"]) == (502, "service-misbehaved")
    assert "canary" not in response.text


async def test_a_service_that_refuses_the_gateways_token_is_not_the_callers_fault(house: House) -> None:
    house.registry.default = answer(401, b'{"code":"unauthenticated"}')
    response = await house.client.get("/v1/persons/abc", headers=await house.headers())
    assert (response.status_code, response.json()["code"]) == (503, "service-unavailable")
    assert "www-authenticate" not in response.headers
    response = await house.client.get("/v1/open")
    assert response.status_code == 401


async def test_a_service_that_restarts_costs_a_read_nothing(house: House) -> None:
    headers = await house.headers()
    for _ in range(3):
        assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200
        house.registry.hang_up()
        await asyncio.sleep(0.02)


async def test_problems_are_told_in_the_language_asked_for(house: House) -> None:
    for language, title in (("ar", "الرمز"), ("en-GB", "The token"), ("de, fr;q=0.5", "Jeton")):
        response = await house.client.get("/v1/persons/abc", headers={"accept-language": language})
        assert response.json()["title"].startswith(title)


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_body_past_the_limit_never_reaches_a_service(house: House) -> None:
    headers = await house.headers() | {"content-type": "application/json"}
    fits = await house.client.post("/v1/persons", content=b" " * LARGEST_BODY, headers=headers)
    assert fits.status_code == 200

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65_536

    for content in (b" " * (LARGEST_BODY + 1), endless()):
        response = await house.client.post("/v1/persons", content=content, headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    assert len(house.registry.asked) == 1


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_body_that_does_not_come_is_given_up_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SLOWEST_BODY_S", 0.1)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    for path in ("/v1/persons", "/v1/imports"):
        response = await house.client.post(path, content=trickle(), headers=await house.headers())
        assert (response.status_code, response.json()["code"]) == (408, "body-too-slow")


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_headers_and_queries_that_cannot_be_passed_on_are_refused(house: House) -> None:
    token = (await house.headers())["authorization"]
    for headers in (
        [("authorization", token), ("authorization", token)],
        [("authorization", token), ("purpose", "REGISTRATION"), ("purpose", "TRAINING")],
        [("authorization", token), ("purpose", "REGISTRATION"), ("accept", "canary\r\nx: y")],
    ):
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "malformed-header")
        assert "canary" not in response.text
    long = "x" * 20_000
    plain = await house.headers()
    for path, sent, status in (
        (f"/v1/persons/abc?q={long}", plain, 414),
        (f"/v1/{long}", plain, 414),
        ("/v1/persons/abc", plain | {"accept": long}, 431),
        ("/v1/persons/abc", plain | {f"x-{number}": "1" for number in range(101)}, 431),
        ("/v1/persons/abc", plain | {"authorization": f"Bearer {long}"}, 431),
    ):
        response = await house.client.get(path, headers=sent)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
        assert long not in response.text
    assert house.registry.asked == []


async def test_the_database_being_away_is_a_503(gateway_database: Store, tmp_path: Path) -> None:
    async with nobody() as port:
        settings = gateway_settings(gateway_database, published.write(tmp_path / "openapi"))
        away = settings.model_copy(
            update={"database_url": type(settings.database_url)(f"postgresql://x:y@127.0.0.1:{port}/z")}
        )
        gateway = create_app(away)
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            form = {"grant_type": "client_credentials", "client_id": "hospital", "client_secret": "x" * 43}
            for response in (
                await client.get("/v1/persons/abc", headers={"authorization": "Bearer a.b.c"}),
                await client.post("/oauth2/token", data=form),
                await client.get("/.well-known/jwks.json"),
            ):
                assert response.status_code in {401, 503}, response.text
                assert "127.0.0.1" not in response.text
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_what_fails_while_a_token_is_looked_at_says_nothing_and_is_no_stack_trace(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await house.headers()
    for trouble, status, code in (
        (ConnectionError("canary"), 503, "service-unavailable"),
        (RuntimeError("canary"), 500, "unexpected-error"),
    ):

        async def fail(_token: str, _at: Any, trouble: Exception = trouble) -> Any:
            raise trouble

        monkeypatch.setattr(house.gateway.state.passports, "_admit", fail)
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert "canary" not in response.text


# --- over a real socket


@asynccontextmanager
async def listening(house: House) -> AsyncIterator[int]:
    """Serve the gateway on a port."""
    config = uvicorn.Config(
        house.gateway, port=0, log_level="critical", access_log=False, lifespan="off", ws="none", http="httptools"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def exchange(port: int, request: bytes) -> bytes:
    """Send raw bytes and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    found = await reader.read(-1)
    writer.close()
    return found


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_paths_that_could_be_read_in_two_ways_are_refused_on_the_wire(house: House) -> None:
    headers = await house.headers()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with listening(house) as port:
        for path in (
            "//v1/persons/42", "/v1//persons/42", "/v1/persons/../imports", "/v1/persons/%2e%2e/imports",
            "/v1/persons/a%2Ffacts", "/v1/persons/42;x=1", "/v1/./persons/42", "/v1/persons/%00",
        ):  # fmt: skip
            request = f"GET {path} HTTP/1.1\r\nhost: evil.test/?x#\r\n{lines}connection: close\r\n\r\n"
            found = await exchange(port, request.encode())
            assert found.split(b" ", 2)[1] == b"400", path
            assert b"malformed-path" in found
        request = f"GET /v1/persons/42 HTTP/1.1\r\nhost: evil.test/?x#\r\n{lines}connection: close\r\n\r\n"
        assert (await exchange(port, request.encode())).startswith(b"HTTP/1.1 200")
    assert len(house.registry.asked) == 1


async def test_an_answer_that_breaks_off_is_not_passed_on_as_whole(house: House) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 300_000)
        await writer.drain()
        writer.close()

    house.registry.script = script
    headers = await house.headers()
    async with listening(house) as port, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/v1/persons/abc", headers=headers)
        house.registry.script = None
        assert (await client.get(f"http://127.0.0.1:{port}/v1/persons/abc", headers=headers)).status_code == 200


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_caller_that_hangs_up_ends_the_call_to_the_service(house: House) -> None:
    async def script(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        """Never answer, and go on reading: the end of the connection is seen at once."""

    house.registry.script = script
    headers = await house.headers()
    async with listening(house) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET /v1/persons/abc HTTP/1.1\r\nhost: x\r\n{lines}\r\n".encode())
        await asyncio.wait_for(house.registry.arrived.wait(), 3)
        writer.close()
        await asyncio.wait_for(house.registry.left.wait(), 3)


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_caller_that_hangs_up_in_the_middle_of_a_body_leaves_no_half_request_behind(house: House) -> None:
    headers = await house.headers()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with listening(house) as port:
        for path in ("/v1/persons", "/v1/imports"):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\n{lines}content-length: 1000\r\n\r\nhalf".encode())
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
        await asyncio.sleep(0.2)
    assert house.registry.asked == []
