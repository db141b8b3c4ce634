"""The short way to a person gives what the long way gives, to everybody."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import Request

from tests.registry.people import AWA, MONONYM, path_of
from tests.support.callers import OTHER_KEY, bearer

NOBODY = "/v1/persons/01900000-0000-7000-8000-0000000000ff"


@pytest.fixture
def long_way_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Closes the short way when it is called."""

    async def nobody(_request: Request) -> None:
        return None

    def close() -> None:
        monkeypatch.setattr("services.registry.api.hot_reads._caller", nobody)

    return close


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept-language": "en"},
        bearer("persons:read", service="registry"),
        bearer("persons:write", service="registry"),
        bearer("persons:read", service="registry", purpose=None),
        bearer("persons:read", service="health"),
        bearer("persons:read", service="registry", key=OTHER_KEY),
        {"authorization": "Bearer x"},
        {"authorization": ""},
        {"if-none-match": '"v1"'},
        {"if-none-match": '"v9"'},
    ],
)
@pytest.mark.parametrize("body", [AWA, MONONYM, None])
async def test_both_ways_answer_alike(
    client: httpx.AsyncClient, long_way_only: Callable[[], None], headers: dict[str, str], body: dict[str, Any] | None
) -> None:
    path = NOBODY if body is None else await path_of(client, body)
    short = await client.get(path, headers=headers)
    long_way_only()
    long = await client.get(path, headers=headers)
    assert short.status_code == long.status_code
    assert {**_plain(short), "instance": None} == {**_plain(long), "instance": None}
    for name in ("etag", "content-type", "cache-control", "www-authenticate", "content-language"):
        assert short.headers.get(name) == long.headers.get(name)


def _plain(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


async def test_an_id_that_is_none_takes_the_long_way(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/persons/not-an-id")).status_code == 422
    assert (await client.get("/v1/persons/not-an-id", params={"x": 1})).status_code == 400
