"""Refresh tokens: each good once, for its own client and person; one that comes twice ends them all."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from services.gateway.access.operations.prune_grants import prune_grants
from tests.gateway.oauth.parties import SCOPES, Hour, Key, Parties, basic
from tests.gateway.tokens import claims_of


async def test_each_refresh_gives_the_next_and_the_same_sign_in(parties: Parties) -> None:
    for client_id in (parties.native, parties.web):
        first = await parties.signed_in(client_id)
        response = await parties.refresh(first["refresh_token"], client_id)
        second = response.json()
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert second["refresh_token"] != first["refresh_token"]
        old, new = claims_of(first["access_token"]), claims_of(second["access_token"])
        assert (old["sub"], old["auth_time"], old["scope"]) == (new["sub"], new["auth_time"], new["scope"])
        assert (await parties.refresh(second["refresh_token"], client_id)).status_code == 200


async def test_one_that_comes_twice_ends_them_all(parties: Parties) -> None:
    first = await parties.signed_in()
    second = (await parties.refresh(first["refresh_token"])).json()
    assert (await parties.read(second["access_token"])).status_code == 200
    assert (await parties.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await parties.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    parties.house.gateway.state.passports.forget()  # another process has forgotten within the minute
    assert (await parties.read(second["access_token"])).status_code == 401
    assert (await parties.read(first["access_token"])).status_code == 401
    other = await parties.signed_in()
    assert (await parties.refresh(other["refresh_token"])).status_code == 200


async def test_of_many_at_once_one_at_most_wins_and_the_family_ends(parties: Parties) -> None:
    first = await parties.signed_in()
    answers = await asyncio.gather(*[parties.refresh(first["refresh_token"]) for _ in range(20)])
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert (await parties.refresh(won[0]["refresh_token"])).json()["error"] == "invalid_grant"
    parties.house.gateway.state.passports.forget()
    assert (await parties.read(won[0]["access_token"])).status_code == 401


async def test_anothers_refresh_token_is_worth_nothing_and_ends_nothing(parties: Parties) -> None:
    first = await parties.signed_in()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    stolen = await parties.post("/oauth2/token", form, **basic(parties.rival, parties.secret))
    assert stolen.json()["error"] == "invalid_grant"
    assert (await parties.refresh(first["refresh_token"], parties.web)).json()["error"] == "invalid_grant"
    assert (await parties.refresh(first["access_token"])).json()["error"] == "invalid_grant"
    missing = {"grant_type": "refresh_token", "client_id": parties.native}
    assert (await parties.post("/oauth2/token", missing)).json()["error"] == "invalid_request"
    assert (await parties.refresh(first["refresh_token"])).status_code == 200


async def test_less_may_be_asked_for_never_more_and_the_next_has_all_again(parties: Parties) -> None:
    first = await parties.signed_in()
    named = {"grant_type": "refresh_token", "client_id": parties.native}
    for more in ("persons:write", "persons:read persons:write", "care:read"):
        form = named | {"refresh_token": first["refresh_token"], "scope": more}
        assert (await parties.post("/oauth2/token", form)).json()["error"] == "invalid_scope"
    form = named | {"refresh_token": first["refresh_token"], "scope": "courses:read"}
    second = (await parties.post("/oauth2/token", form)).json()
    assert second["scope"] == "courses:read"
    third = (await parties.refresh(second["refresh_token"])).json()
    assert set(third["scope"].split()) == SCOPES


async def test_idle_for_a_week_or_busy_for_a_month_she_signs_in_again(parties: Parties, hour: Hour) -> None:
    idle = await parties.signed_in()
    hour.passes(days=7, seconds=1)
    assert (await parties.refresh(idle["refresh_token"])).json()["error"] == "invalid_grant"
    busy, begun = await parties.signed_in(), hour.at
    while hour.at - begun < timedelta(days=29):
        hour.passes(days=6)
        response = await parties.refresh(busy["refresh_token"])
        if response.status_code != 200:
            break
        busy = response.json()
    assert timedelta(days=24) <= hour.at - begun <= timedelta(days=30)
    hour.at = begun + timedelta(days=30, seconds=1)
    assert (await parties.refresh(busy["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_stopped_person_gets_no_more_and_one_with_fewer_rights_gets_fewer(parties: Parties) -> None:
    first, second = await parties.signed_in(), await parties.signed_in()

    async def change(values: str) -> None:
        async with parties.house.gateway.state.database.engine.begin() as connection:
            await connection.execute(text(f"UPDATE account SET {values}"))
        parties.house.gateway.state.passports.forget()

    await change("scopes = '{courses:read}'")
    first = (await parties.refresh(first["refresh_token"])).json()
    assert first["scope"] == "courses:read"
    assert (await parties.read(second["access_token"])).status_code == 403
    await change("scopes = '{care:read}'")
    assert (await parties.refresh(first["refresh_token"])).json()["error"] == "invalid_scope"
    await change("scopes = '{courses:read}', active = false")
    assert (await parties.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await parties.read(second["access_token"])).status_code == 401
    await change("active = true")
    assert (await parties.refresh(first["refresh_token"])).status_code == 200
    await change("organisation_id = (SELECT id FROM organisation WHERE code = 'cnss')")
    assert (await parties.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await parties.read(second["access_token"])).status_code == 401


async def test_the_tokens_of_an_application_that_proves_its_key_stay_with_that_key(parties: Parties) -> None:
    key, thief = Key(), Key()
    first = await parties.signed_in(dpop=key.proof())
    assert first["token_type"] == "DPoP"
    assert claims_of(first["access_token"])["cnf"] == {"jkt": key.jkt}
    assert (await parties.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    stolen = await parties.refresh(first["refresh_token"], dpop=thief.proof())
    assert stolen.json()["error"] == "invalid_grant"
    assert (await parties.refresh(first["refresh_token"], dpop=key.proof())).json()["token_type"] == "DPoP"
    # a back end has its own key to prove itself by: it may change the one that tokens are bound to
    web = await parties.signed_in(parties.web, dpop=key.proof())
    moved = await parties.refresh(web["refresh_token"], parties.web, dpop=thief.proof())
    assert claims_of(moved.json()["access_token"])["cnf"] == {"jkt": thief.jkt}


async def test_a_client_that_may_not_refresh_is_given_nothing_to_refresh_with(parties: Parties) -> None:
    async with parties.house.gateway.state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE client SET grant_types = '{authorization_code}'"))
    verifier = secrets.token_urlsafe(40)
    code = await parties.code(parties.native, verifier)
    form = parties.redeeming(code, verifier, client_id=parties.native)
    tokens = (await parties.post("/oauth2/token", form)).json()
    assert "refresh_token" not in tokens
    assert (await parties.post("/oauth2/token", form)).json()["error"] == "invalid_grant"
    assert (await parties.read(tokens["access_token"])).status_code == 401


async def test_what_has_expired_is_forgotten_and_what_has_not_is_kept(parties: Parties) -> None:
    tokens = await parties.signed_in()
    database = parties.house.gateway.state.database
    names = ("authorisation_code", "token_family", "refresh_token", "family_access_token")

    async def counts() -> list[int]:
        async with database.engine.begin() as connection:
            return [(await connection.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() for name in names]

    async with database.sessions.begin() as session:
        await prune_grants(session, at=datetime.now(UTC) + timedelta(hours=1))
    assert await counts() == [1, 1, 1, 0]
    assert (await parties.refresh(tokens["refresh_token"])).status_code == 200
    async with database.sessions.begin() as session:
        await prune_grants(session, at=datetime.now(UTC) + timedelta(days=31))
    assert await counts() == [0, 0, 0, 0]
