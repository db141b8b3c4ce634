"""Introspection tells an organisation of its own tokens alone; revocation acts at once, and says 200 to all."""

from typing import Any

from services.gateway.access.domain.records import KeyUse
from services.kit import clock
from services.kit.tokens import sign
from tests.gateway.conftest import ISSUER
from tests.gateway.oauth.parties import Hour, Key, Parties, basic

GRANT = {"grant_type": "client_credentials"}


async def introspect(parties: Parties, token: str, **headers: str) -> dict[str, Any]:
    proof = {} if headers else parties.signed()
    response = await parties.post("/oauth2/introspect", {"token": token, **proof}, **headers)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    found: dict[str, Any] = response.json()
    return found


async def test_an_organisation_learns_what_its_tokens_are_worth(parties: Parties) -> None:
    tokens = await parties.signed_in()
    access = await introspect(parties, tokens["access_token"])
    assert access["active"] is True
    assert (access["client_id"], access["sub"]) == (parties.native, str(parties.account_id))
    assert (access["token_type"], access["iss"], access["org"]) == ("Bearer", ISSUER, "ministry")
    assert access["scope"] == tokens["scope"]
    assert {"exp", "iat", "jti", "aud", "auth_time"} <= access.keys()
    refresh = await introspect(parties, tokens["refresh_token"])
    assert (refresh["active"], refresh["client_id"]) == (True, parties.native)
    assert refresh["exp"] > access["exp"]
    key = Key()
    bound = await parties.signed_in(dpop=key.proof())
    for name in ("access_token", "refresh_token"):
        assert (await introspect(parties, bound[name]))["cnf"] == {"jkt": key.jkt}


async def test_of_anothers_token_and_of_none_it_says_the_same(parties: Parties) -> None:
    tokens = await parties.signed_in()
    rival = basic(parties.rival, parties.secret)
    keyring = parties.house.gateway.state.keyring
    claims = {"iss": ISSUER, "aud": "indimaj-api", "sub": "x", "client_id": "../x", "org": "ministry", "scope": ""}
    odd = sign(await keyring.current(KeyUse.ACCESS), claims, issued_at=clock.now(), lifetime_s=60)
    for token in (tokens["access_token"], tokens["refresh_token"], "x", "é" * 20, "x" * 9000, odd):
        assert await introspect(parties, token, **rival) == {"active": False}
    assert await introspect(parties, odd) == {"active": False}
    internal = sign(await keyring.current(KeyUse.INTERNAL), claims, issued_at=clock.now(), lifetime_s=60)
    assert await introspect(parties, internal) == {"active": False}


async def test_spent_and_late_tokens_are_inactive(parties: Parties, hour: Hour) -> None:
    first = await parties.signed_in()
    second = (await parties.refresh(first["refresh_token"])).json()
    hour.passes(minutes=6)
    proof = {"client_id": parties.rival, "client_secret": parties.secret}
    async with parties.house.gateway.state.database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE client SET organisation_id = (SELECT id FROM organisation WHERE code = 'cnss')"
        )

    async def active(token: str) -> bool:
        return bool((await parties.post("/oauth2/introspect", {"token": token, **proof})).json()["active"])

    assert not await active(second["access_token"])
    assert await active(second["refresh_token"])
    assert not await active(first["refresh_token"])
    hour.passes(days=8)
    assert not await active(second["refresh_token"])


async def test_who_proves_nothing_learns_nothing(parties: Parties) -> None:
    tokens = await parties.signed_in()
    for form in ({}, {"client_id": parties.native}, {"client_id": parties.web}):
        response = await parties.post("/oauth2/introspect", {"token": tokens["access_token"], **form})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    for path in ("/oauth2/introspect", "/oauth2/revoke"):
        response = await parties.post(path, parties.signed())
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        response = await parties.house.client.post(path, json={"token": "x"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_revoked_access_token_is_refused_at_once_and_no_other(parties: Parties) -> None:
    first = (await parties.post("/oauth2/token", GRANT | parties.signed())).json()["access_token"]
    other = (await parties.post("/oauth2/token", GRANT | parties.signed())).json()["access_token"]
    assert (await parties.read(first)).status_code == 200
    response = await parties.post("/oauth2/revoke", {"token": first, **parties.signed()})
    assert (response.status_code, response.content) == (200, b"")
    assert (await parties.read(first)).status_code == 401
    assert await introspect(parties, first) == {"active": False}
    assert (await parties.read(other)).status_code == 200
    again = await parties.post("/oauth2/revoke", {"token": first, **parties.signed()})
    assert again.status_code == 200


async def test_a_revoked_refresh_token_ends_all_that_came_of_the_sign_in(parties: Parties) -> None:
    first = await parties.signed_in()
    second = (await parties.refresh(first["refresh_token"])).json()
    assert (await parties.read(second["access_token"])).status_code == 200
    form = {"token": second["refresh_token"], "token_type_hint": "refresh_token", "client_id": parties.native}
    assert (await parties.post("/oauth2/revoke", form)).status_code == 200
    assert (await parties.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert (await parties.read(token)).status_code == 401


async def test_anothers_token_is_not_revoked_and_nobody_learns_that_it_is_one(parties: Parties) -> None:
    tokens = await parties.signed_in()
    rival = basic(parties.rival, parties.secret)
    for token in (tokens["access_token"], tokens["refresh_token"], "unknown", "x" * 9000):
        response = await parties.post("/oauth2/revoke", {"token": token}, **rival)
        assert (response.status_code, response.content) == (200, b"")
    assert (await parties.read(tokens["access_token"])).status_code == 200
    assert (await parties.refresh(tokens["refresh_token"])).status_code == 200
    response = await parties.post("/oauth2/revoke", {"token": tokens["access_token"], "client_id": parties.web})
    assert response.status_code == 401


async def test_a_token_of_an_account_that_is_none_is_refused(parties: Parties) -> None:
    key = await parties.house.gateway.state.keyring.current(KeyUse.ACCESS)
    who = {"client_id": parties.native, "org": "ministry", "scope": "persons:read"}
    base = {"iss": ISSUER, "aud": "indimaj-api", **who}
    good = base | {"sub": str(parties.account_id)}
    bad: list[dict[str, Any]] = [
        base | {"sub": "somebody"},
        base | {"sub": "0198c0de-0000-7000-8000-000000000001"},
        good | {"org": "cnss"},
        good | {"cnf": {"jkt": "short"}},
        good | {"cnf": {"x5t#S256": "x" * 43}},
        good | {"cnf": "x"},
        good | {"typ": "ID"},
    ]

    async def status(claims: dict[str, Any]) -> int:
        return (await parties.read(sign(key, claims, issued_at=clock.now(), lifetime_s=60))).status_code

    assert await status(good) == 200
    assert [await status(claims) for claims in bad] == [401] * len(bad)
