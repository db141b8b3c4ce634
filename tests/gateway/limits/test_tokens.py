"""Limits where nobody has proven who she is yet: tokens and sign-ins, by name and by address."""

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from services.gateway.forwarding.api import token_limits as module
from services.gateway.forwarding.api.token_limits import LINES, Addresses
from services.gateway.forwarding.domain.limits import LimitClass, Policy
from tests.gateway.conftest import House, gateway_settings
from tests.gateway.limits.conftest import Clock, code, told

AT = datetime(2026, 11, 23, tzinfo=UTC)
FORM = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits: 5 calls for a name, 8 from an address, 3 and 4 sign-ins; ten seconds bring one back."""
    numbers = {"token": 5, "token-address": 8, "sign-in": 3, "sign-in-address": 4}
    made = {name: LimitClass(name, "", (Policy(name, 6, 60, burst, strict=True),)) for name, burst in numbers.items()}
    monkeypatch.setattr(module, "class_named", made.__getitem__)


async def ask(house: House, client_id: str, secret: str | None = None) -> httpx.Response:
    auth = (client_id, secret or house.secrets[client_id])
    return await house.client.post("/oauth2/token", data=FORM, auth=auth)


async def test_a_guesser_is_held_up_before_any_secret_is_looked_at(house: House, stopped: Clock) -> None:
    for left in (4, 3, 2, 1, 0):
        response = await ask(house, "hospital", "x" * 43)
        assert response.status_code == 401
        assert told(response) == {"token": {"r": left, "t": 10 * (5 - left)}}
    response = await ask(house, "hospital")  # the true secret, one too late
    assert (response.status_code, response.json()["error"]) == (429, "temporarily_unavailable")
    assert (response.headers["retry-after"], response.headers["cache-control"]) == ("10", "no-store")
    assert response.headers["content-type"] == "application/json"
    assert told(response) == {"token": {"r": 0, "t": 50}}
    assert told(response, "ratelimit-policy") == {"token": {"q": 6, "w": 60}}
    assert (await ask(house, "ministry")).status_code == 200  # another client from the same address
    stopped.pass_by(10)
    assert (await ask(house, "hospital")).status_code == 200


async def test_an_address_is_held_up_whatever_it_names(house: House, stopped: Clock) -> None:
    del stopped
    statuses = [(await ask(house, f"nobody-{number}", "x" * 43)).status_code for number in range(10)]
    assert statuses == [401] * 8 + [429] * 2
    refused = await house.client.post("/oauth2/token", data=FORM)
    assert (refused.status_code, told(refused)) == (429, {"token-address": {"r": 0, "t": 80}})


async def test_a_partners_limit_is_not_used_up_from_elsewhere(house: House, stopped: Clock) -> None:
    del stopped
    transport = httpx.ASGITransport(app=house.gateway, client=("198.51.100.9", 5))
    async with httpx.AsyncClient(transport=transport, base_url="https://indimaj.test") as elsewhere:
        for _ in range(7):
            await elsewhere.post("/oauth2/token", data=FORM, auth=("hospital", "x" * 43))
    assert (await ask(house, "hospital")).status_code == 200


def request_from(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    return Request(scope)


async def test_sign_ins_are_counted_by_account_wherever_they_come_from(house: House) -> None:
    limits = house.gateway.state.token_limits
    waits = [await limits.sign_in(request_from(f"198.51.100.{number}"), "amina", AT) for number in range(5)]
    assert waits == [None, None, None, 10, 10]
    request = request_from("198.51.100.77")
    assert await limits.sign_in(request, "youssef", AT) is None
    assert request.scope["state"][LINES][1] == (b"ratelimit", b'"sign-in";r=2;t=10')
    waits = [await limits.sign_in(request_from("203.0.113.5"), None, AT) for _ in range(6)]
    assert waits == [None] * 4 + [10] * 2


async def test_names_that_fit_into_no_key_are_counted_all_the_same(house: House) -> None:
    limits = house.gateway.state.token_limits
    for name in ("x" * 5000, "\ud800", "a\0b"):
        request = request_from(f"198.51.100.{len(name) % 250}")
        seen = [await limits.refusal(request, name, AT) for _ in range(6)]
        assert [one and one.status_code for one in seen] == [None] * 5 + [429]


def test_only_trusted_proxies_are_believed_about_where_a_call_comes_from() -> None:
    key = b"k" * 32
    plain = Addresses([], key)
    behind = Addresses([ip_network("10.0.0.0/8"), ip_network("fd00::/8")], key)

    def place(addresses: Addresses, peer: str | None, *forwarded: str) -> str:
        return addresses.of(request_from(peer, *forwarded).scope)

    outside = place(plain, "203.0.113.7")
    assert place(plain, "203.0.113.7", "198.51.100.1") == outside
    assert place(behind, "203.0.113.7", "198.51.100.1") == outside
    assert place(behind, "10.1.2.3", "198.51.100.1, 203.0.113.7") == outside  # the nearest says, not the farthest
    assert place(behind, "10.1.2.3", "198.51.100.1", "203.0.113.7, 10.9.9.9") == outside
    assert place(behind, "fd00::1", "203.0.113.7") == outside
    assert place(behind, "::ffff:10.1.2.3") == place(plain, "10.1.2.3")
    assert place(behind, "10.1.2.3", "not an address, at all") != outside
    assert place(plain, "2001:db8:1:2::1") == place(plain, "2001:db8:1:2:ffff::9") != place(plain, "2001:db8:1:3::1")
    assert place(plain, None) == place(plain, "")
    assert "203" not in outside
    assert Addresses([], b"other").of(request_from("203.0.113.7").scope) != outside


async def test_open_operations_are_counted_by_address(house: House, stopped: Clock) -> None:
    del stopped
    first = await house.client.get("/v1/open")
    second = await house.client.get("/v1/open")
    assert told(first)["open"]["r"] - told(second)["open"]["r"] == 1
    transport = httpx.ASGITransport(app=house.gateway, client=("198.51.100.9", 5))
    async with httpx.AsyncClient(transport=transport, base_url="https://indimaj.test") as elsewhere:
        assert told(await elsewhere.get("/v1/open")) == told(first)
    assert "ratelimit" in (await house.client.get("/.well-known/jwks.json")).headers
    assert "ratelimit" not in (await house.client.get("/livez")).headers
    assert code(await house.client.get("/v1/nothing"))[0] == 404


def test_networks_that_are_none_are_refused_at_start(gateway_database: Any, tmp_path: Any) -> None:
    made = gateway_settings(gateway_database, tmp_path, trusted_proxies="10.0.0.0/8, 192.0.2.7")
    assert made.trusted_networks == [ip_network("10.0.0.0/8"), ip_network("192.0.2.7")]
    with pytest.raises(ValueError, match="trusted_proxies"):
        gateway_settings(gateway_database, tmp_path, trusted_proxies="everybody")
