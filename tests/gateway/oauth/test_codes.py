"""Codes: given to who may have them, good once, for a minute, for whoever asked and can show it."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from services.gateway.access.domain.errors import AuthorisationRefusedError
from tests.gateway.conftest import ISSUER
from tests.gateway.oauth.parties import CALLBACK, SCOPES, Key, Parties, basic
from tests.gateway.tokens import claims_of

VERIFIER = secrets.token_urlsafe(40)


async def test_a_person_lets_an_application_act_for_her(parties: Parties) -> None:
    tokens = await parties.signed_in()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    claims = claims_of(tokens["access_token"])
    assert claims["sub"] == str(parties.account_id)
    assert (claims["client_id"], claims["org"], claims["iss"]) == (parties.native, "ministry", ISSUER)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["auth_time"] <= claims["iat"]
    assert set(claims["scope"].split()) == SCOPES
    assert (await parties.read(tokens["access_token"])).status_code == 200


async def test_a_back_end_proves_itself_by_its_key_as_well(parties: Parties) -> None:
    tokens = await parties.signed_in(parties.web)
    assert claims_of(tokens["access_token"])["client_id"] == parties.web
    code = await parties.code(parties.web, VERIFIER)
    response = await parties.post("/oauth2/token", parties.redeeming(code, VERIFIER, client_id=parties.web))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_fifty_redeem_one_code_and_one_wins_and_is_then_stopped(parties: Parties) -> None:
    code = await parties.code(parties.native, VERIFIER)
    form = parties.redeeming(code, VERIFIER, client_id=parties.native)
    answers = await asyncio.gather(*[parties.post("/oauth2/token", form) for _ in range(50)])
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    # somebody had the code twice: what came of it ends, the winner's tokens too
    assert (await parties.refresh(won[0]["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await parties.read(won[0]["access_token"])).status_code == 401


async def test_a_code_that_comes_again_ends_everything_that_came_of_it(parties: Parties) -> None:
    code = await parties.code(parties.native, VERIFIER)
    form = parties.redeeming(code, VERIFIER, client_id=parties.native)
    first = (await parties.post("/oauth2/token", form)).json()
    second = (await parties.refresh(first["refresh_token"])).json()
    assert (await parties.post("/oauth2/token", form)).json()["error"] == "invalid_grant"
    assert (await parties.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert (await parties.read(token)).status_code == 401


async def test_a_code_is_worth_nothing_to_anybody_else_and_stays_good(parties: Parties) -> None:
    code = await parties.code(parties.native, VERIFIER)
    rival = parties.redeeming(code, VERIFIER)
    stolen = await parties.post("/oauth2/token", rival, **basic(parties.rival, parties.secret))
    assert stolen.json()["error"] == "invalid_grant"
    right = parties.redeeming(code, VERIFIER, client_id=parties.native)
    wrong = [
        (right | {"code_verifier": secrets.token_urlsafe(40)}, "invalid_grant"),
        (right | {"code_verifier": VERIFIER[:-1]}, "invalid_grant"),
        (right | {"code_verifier": "short"}, "invalid_request"),
        ({name: value for name, value in right.items() if name != "code_verifier"}, "invalid_request"),
        (right | {"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        (right | {"redirect_uri": CALLBACK + "?x=1"}, "invalid_grant"),
        ({name: value for name, value in right.items() if name != "redirect_uri"}, "invalid_grant"),
        (right | {"code": code[:-1]}, "invalid_grant"),
        ({name: value for name, value in right.items() if name != "code"}, "invalid_request"),
    ]
    for form, error in wrong:
        answer = await parties.post("/oauth2/token", form)
        assert (answer.status_code, answer.json()["error"]) == (400, error), form
    assert (await parties.post("/oauth2/token", right)).status_code == 200


async def test_a_code_is_good_for_a_minute(parties: Parties) -> None:
    late = await parties.code(parties.native, VERIFIER, ago=timedelta(seconds=61))
    form = parties.redeeming(late, VERIFIER, client_id=parties.native)
    assert (await parties.post("/oauth2/token", form)).json()["error"] == "invalid_grant"


async def test_a_code_may_be_bound_to_a_key_from_the_start(parties: Parties) -> None:
    key = Key()
    code = await parties.code(parties.native, VERIFIER, dpop_jkt=key.jkt)
    form = parties.redeeming(code, VERIFIER, client_id=parties.native)
    assert (await parties.post("/oauth2/token", form)).json()["error"] == "invalid_grant"
    assert (await parties.post("/oauth2/token", form, dpop=Key().proof())).json()["error"] == "invalid_grant"
    assert (await parties.post("/oauth2/token", form, dpop=key.proof())).json()["token_type"] == "DPoP"


REQUESTS: list[tuple[dict[str, str], str, bool]] = [
    ({"client_id": "nobody"}, "invalid_client", False),
    ({"client_id": "../../x"}, "invalid_client", False),
    ({"redirect_uri": "https://evil.example/callback"}, "invalid_request", False),
    ({"redirect_uri": CALLBACK + "/../x"}, "invalid_request", False),
    ({"redirect_uri": CALLBACK.upper()}, "invalid_request", False),
    ({"redirect_uri": ""}, "invalid_request", False),
    ({"response_type": "token"}, "unsupported_response_type", True),
    ({"response_mode": "fragment"}, "invalid_request", True),
    ({"code_challenge_method": "plain"}, "invalid_request", True),
    ({"code_challenge_method": ""}, "invalid_request", True),
    ({"code_challenge": "short"}, "invalid_request", True),
    ({"scope": "persons:write"}, "invalid_scope", True),
    ({"request": "x.y.z"}, "request_not_supported", True),
    ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported", True),
    ({"dpop_jkt": "short"}, "invalid_request", True),
    ({"prompt": "surprise"}, "invalid_request", True),
    ({"client_id": "bound-machine"}, "unauthorized_client", True),
]


@pytest.mark.parametrize(("changes", "error", "told"), REQUESTS)
async def test_what_is_asked_badly_is_refused_and_only_a_known_address_is_told(
    parties: Parties, changes: dict[str, str], error: str, told: bool
) -> None:
    with pytest.raises(AuthorisationRefusedError) as refused:
        await parties.request(**{"client_id": parties.native, "verifier": VERIFIER, "state": "s"} | changes)
    assert refused.value.error == error
    assert (refused.value.redirect_uri, refused.value.state) == ((CALLBACK, "s") if told else (None, None))


async def test_a_request_without_scope_asks_for_all_and_too_long_a_state_is_not_given_back(parties: Parties) -> None:
    asked = await parties.request(parties.native, VERIFIER, scope="", state="s", nonce="n", prompt="consent")
    assert (asked.scopes, asked.state, asked.nonce, asked.prompt) == (SCOPES, "s", "n", "consent")
    assert (asked.client_name, asked.organisation) == (parties.native, "ministry")
    with pytest.raises(AuthorisationRefusedError) as refused:
        await parties.request(parties.native, VERIFIER, state="s" * 600)
    assert (refused.value.error, refused.value.state) == ("invalid_request", None)
