"""DPoP: a token is of use to who holds the key that it is bound to, for one request at a time."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from tests.gateway.conftest import ISSUER
from tests.gateway.oauth.parties import TOKEN, Key, Parties, ath
from tests.gateway.tokens import claims_of, hmac_signed, part, unsigned

GRANT = {"grant_type": "client_credentials"}
URL = f"{ISSUER}/v1/persons/42"
NOW = int(time.time())


async def bound(parties: Parties, key: Key) -> str:
    response = await parties.post("/oauth2/token", GRANT | parties.signed(parties.bound), dpop=key.proof())
    assert response.status_code == 200, response.text
    assert response.json()["token_type"] == "DPoP"
    return str(response.json()["access_token"])


async def test_a_bound_token_opens_the_door_to_who_holds_its_key(parties: Parties) -> None:
    key = Key()
    token = await bound(parties, key)
    assert claims_of(token)["cnf"] == {"jkt": key.jkt}
    for scheme in ("DPoP", "dpop"):
        for url in (URL, URL + "?a=b", URL + "#c", URL.replace("https", "HTTPS"), f"{ISSUER}:443/v1/persons/42"):
            proof = key.proof("GET", url, ath=ath(token))
            assert (await parties.read(token, scheme, dpop=proof)).status_code == 200, url
    head = await parties.house.client.head(
        "/v1/persons/42",
        headers={
            "authorization": f"DPoP {token}",
            "purpose": "REGISTRATION",
            "dpop": key.proof("HEAD", URL, ath=ath(token)),
        },
    )
    assert head.status_code == 200


async def test_a_client_that_must_bind_its_tokens_is_given_no_other(parties: Parties) -> None:
    response = await parties.post("/oauth2/token", GRANT | parties.signed(parties.bound))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
    plain = (await parties.post("/oauth2/token", GRANT | parties.signed())).json()
    assert plain["token_type"] == "Bearer"
    assert (await parties.read(plain["access_token"])).status_code == 200
    async with parties.house.gateway.state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE client SET dpop_required = true"))
    parties.house.gateway.state.passports.forget()
    assert (await parties.read(plain["access_token"])).status_code == 401


Forge = Callable[[Key, str], str]


def changed(method: str = "GET", url: str = URL, header: Any = None, **claims: Any) -> Forge:
    return lambda key, token: key.proof(method, url, header, **{"ath": ath(token)} | claims)


class Other:
    """Somebody else's key."""

    key = Key()


BAD: dict[str, Forge] = {
    "empty": lambda _key, _token: "",
    "no token": lambda _key, _token: "abc",
    "another method": changed("POST"),
    "method in lower case": changed("get"),
    "another path": changed(url=f"{ISSUER}/v1/persons/43"),
    "another host": changed(url="https://evil.example/v1/persons/42"),
    "another port": changed(url=f"{ISSUER}:8443/v1/persons/42"),
    "no port at all": changed(url=f"{ISSUER}:x/v1/persons/42"),
    "http": changed(url=URL.replace("https", "http")),
    "no htu": changed(htu=None),
    "htu a list": changed(htu=[URL]),
    "another token": changed(ath=ath("other")),
    "no token named": changed(ath=None),
    "ath a number": changed(ath=1),
    "too old": changed(iat=NOW - 600),
    "of the future": changed(iat=NOW + 86_400),
    "no iat": changed(iat=None),
    "iat as text": changed(iat=str(NOW)),
    "no jti": changed(jti=None),
    "jti too long": changed(jti="j" * 300),
    "another type": changed(header={"typ": "jwt"}),
    "no type": changed(header={"typ": None}),
    "no key": changed(header={"jwk": None}),
    "another key named": changed(header={"jwk": Other.key.jwk}),
    "another key": lambda _key, token: Other.key.proof("GET", URL, ath=ath(token)),
    "a private key": lambda key, token: key.proof("GET", URL, {"jwk": {**key.jwk, "d": "x"}}, ath=ath(token)),
    "a key that is none": changed(header={"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
    "a key of another curve": changed(header={"jwk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}}),
    "a symmetric key": lambda key, token: hmac_signed(
        {"typ": "dpop+jwt", "alg": "HS256", "jwk": {"kty": "oct", "k": part(b"k")}},
        claims_of(key.proof("GET", URL, ath=ath(token))),
        b"k",
    ),
    "a key as text": changed(header={"jwk": "x"}),
    "a key as a list": changed(header={"jwk": ["x"]}),
    "alg none": lambda key, token: unsigned(
        {"typ": "dpop+jwt", "alg": "none", "jwk": key.jwk}, claims_of(key.proof("GET", URL, ath=ath(token)))
    ),
    "an assertion": lambda key, _token: key.assertion("bound-machine", {"jwk": key.jwk}),
    "the token itself": lambda _key, token: token,
}


async def test_no_bad_proof_opens_the_door(parties: Parties) -> None:
    key = Key()
    token = await bound(parties, key)
    answers = {}
    for name, forge in BAD.items():
        response = await parties.read(token, "DPoP", dpop=forge(key, token))
        answers[name] = (response.status_code, response.headers.get("www-authenticate"))
    wanted = (401, 'DPoP realm="indimaj", error="invalid_dpop_proof", algs="ES256"')
    assert {name: answer for name, answer in answers.items() if answer != wanted} == {}
    assert (await parties.read(token, "DPoP")).headers["www-authenticate"] == wanted[1]
    assert parties.house.registry.asked == []


async def test_no_bad_proof_binds_a_token(parties: Parties) -> None:
    key = Key()
    for proof in (
        key.proof("GET"),
        key.proof(url=f"{ISSUER}/oauth2/revoke"),
        key.proof(iat=NOW - 600),
        key.proof(header={"jwk": Other.key.jwk}),
        "x",
    ):
        response = await parties.post("/oauth2/token", GRANT | parties.signed(), dpop=proof)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
    two = [("dpop", key.proof()), ("dpop", key.proof())]
    response = await parties.house.client.post("/oauth2/token", data=GRANT | parties.signed(), headers=two)
    assert response.status_code == 400


async def test_a_bound_token_is_no_bearer_token_and_a_bearer_token_needs_no_key(parties: Parties) -> None:
    key = Key()
    token = await bound(parties, key)
    proof = key.proof("GET", URL, ath=ath(token))
    assert (await parties.read(token, "Bearer")).status_code == 401
    assert (await parties.read(token, "Bearer", dpop=proof)).status_code == 401
    plain = (await parties.post("/oauth2/token", GRANT | parties.signed())).json()["access_token"]
    assert (await parties.read(plain, "DPoP", dpop=key.proof("GET", URL, ath=ath(plain)))).status_code == 401
    assert (await parties.read(token, "DPoP", dpop=proof)).status_code == 200


async def test_a_proof_is_good_once_however_many_send_it(parties: Parties) -> None:
    key = Key()
    token = await bound(parties, key)
    proof = key.proof("GET", URL, ath=ath(token))
    answers = await asyncio.gather(*[parties.read(token, "DPoP", dpop=proof) for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    at_the_token_endpoint = key.proof()
    first = await parties.post("/oauth2/token", GRANT | parties.signed(), dpop=at_the_token_endpoint)
    again = await parties.post("/oauth2/token", GRANT | parties.signed(), dpop=at_the_token_endpoint)
    assert (first.status_code, again.status_code) == (200, 400)
    # the proof for a token is none for a call, nor for another endpoint
    assert (await parties.read(token, "DPoP", dpop=key.proof("POST", TOKEN))).status_code == 401
