"""Calls to peers: every failure is one of two kinds, and the environment has no say in where they go."""

import socket

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse

from services.kit import http
from tests.kit.serving import serving

peer = FastAPI()


@peer.get("/good")
async def good() -> dict[str, int]:
    return {"a": 1}


@peer.get("/list")
async def a_list() -> list[int]:
    return [1]


@peer.get("/moved")
async def moved() -> Response:
    return RedirectResponse("/good")


@peer.get("/text")
async def plain() -> Response:
    return Response("hello")


def nobody() -> str:
    """A URL at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_an_object_is_fetched_and_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody())
    async with serving(peer) as url:
        assert await http.fetch_json(f"{url}/good") == {"a": 1}


@pytest.mark.parametrize("path", ["/missing", "/moved", "/list"])
async def test_an_answer_that_is_no_object_is_a_connection_error(path: str) -> None:
    async with serving(peer) as url:
        with pytest.raises(ConnectionError):
            await http.fetch_json(url + path)


async def test_an_answer_that_is_no_json_is_a_value_error() -> None:
    async with serving(peer) as url:
        with pytest.raises(ValueError, match="Expecting value"):
            await http.fetch_json(f"{url}/text")


async def test_a_peer_that_is_away_is_a_connection_error_without_its_address() -> None:
    url = nobody()
    with pytest.raises(ConnectionError) as refusal:
        await http.fetch_json(f"{url}/good")
    assert url not in str(refusal.value)


async def test_a_client_has_the_timeouts_it_is_given() -> None:
    async with http.client("http://peer", timeout_s=50) as client:
        assert (client.timeout.read, client.timeout.connect) == (50, 3.0)
    async with http.client("http://peer") as client:
        assert (client.timeout.read, client.timeout.connect) == (10.0, 3.0)
