"""Clients that prove themselves by a signed assertion: for us, by their own key, short, and once."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.conftest import ISSUER
from tests.gateway.oauth.parties import ASSERTION, TOKEN, Key, Parties, basic
from tests.gateway.tokens import claims_of, hmac_signed, part, unsigned

GRANT = {"grant_type": "client_credentials"}


async def test_a_signed_assertion_is_proof_enough(parties: Parties) -> None:
    for claims in ({}, {"aud": [ISSUER]}, {"iat": None}, {"nbf": int(time.time()) - 500}):
        response = await parties.post("/oauth2/token", GRANT | parties.signed(**claims))
        assert response.status_code == 200, claims
        assert claims_of(response.json()["access_token"])["sub"] == parties.web
    named = GRANT | parties.signed() | {"client_id": parties.web}
    assert (await parties.post("/oauth2/token", named)).status_code == 200
    typed = {"client_assertion_type": ASSERTION, "client_assertion": parties.key.assertion(parties.web, {"kid": None})}
    assert (await parties.post("/oauth2/token", GRANT | typed)).status_code == 200


async def test_an_assertion_is_good_once_however_many_send_it(parties: Parties) -> None:
    form = GRANT | parties.signed()
    answers = await asyncio.gather(*[parties.post("/oauth2/token", form) for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    # another client's assertion may have the same jti
    jti = {"jti": "the-same"}
    first = await parties.post("/oauth2/token", GRANT | parties.signed(**jti))
    bound = GRANT | parties.signed(parties.bound, **jti)
    second = await parties.post("/oauth2/token", bound, dpop=parties.key.proof())
    again = await parties.post("/oauth2/token", GRANT | parties.signed(**jti))
    assert (first.status_code, second.status_code, again.status_code) == (200, 200, 401)


Forge = Callable[[Parties], str]


def soon(seconds: int) -> Callable[[], int]:
    """Return an instant as seen when the assertion is made: this module may have been read long before."""
    return lambda: int(time.time()) + seconds


def with_claims(**claims: Any) -> Forge:
    return lambda it: it.key.assertion(
        it.web, **{name: value() if callable(value) else value for name, value in claims.items()}
    )


FORGED: dict[str, Forge] = {
    "empty": lambda _: "",
    "no token": lambda _: "abc",
    "dots": lambda _: "..",
    "claims a list": lambda _: f"{part({})}.{part(b'[]')}.x",
    "claims too deep": lambda _: f"{part({})}.{part(b'[' * 5000)}.x",
    "alg none": lambda it: unsigned({"alg": "none"}, claims_of(it.key.assertion(it.web))),
    "HS256 with the public key": lambda it: hmac_signed(
        {"alg": "HS256", "kid": it.key.kid}, claims_of(it.key.assertion(it.web)), it.key.jwk["x"].encode()
    ),
    "a stranger's key": lambda it: Key(kid=it.key.kid).assertion(it.web),
    "a stranger's key brought along": lambda it: (key := Key(kid=it.key.kid)).assertion(it.web, {"jwk": key.jwk}),
    "a stranger's key to be fetched": lambda it: Key().assertion(it.web, {"jku": "https://evil.example/jwks"}),
    "unknown kid": lambda it: it.key.assertion(it.web, {"kid": "other"}),
    "kid a list": lambda it: it.key.assertion(it.web, {"kid": [it.key.kid]}),
    "an access token's type": lambda it: it.key.assertion(it.web, {"typ": "at+jwt"}),
    "a proof's type": lambda it: it.key.assertion(it.web, {"typ": "dpop+jwt"}),
    "unknown crit": lambda it: it.key.assertion(it.web, {"crit": ["x"], "x": 1}),
    "the token endpoint as audience": with_claims(aud=TOKEN),
    "another server's audience": with_claims(aud="https://other.example"),
    "two audiences": with_claims(aud=[ISSUER, "https://other.example"]),
    "no audience": with_claims(aud=None),
    "another's subject": with_claims(sub="bound-machine"),
    "another's issuer": with_claims(iss="bound-machine"),
    "no subject": with_claims(sub=None),
    "no end": with_claims(exp=None),
    "over": with_claims(exp=soon(-60), iat=soon(-90)),
    "two minutes long": with_claims(exp=soon(120)),
    "issued long ago to last long": with_claims(iat=soon(-3600), exp=soon(30)),
    "without iat, to last long": with_claims(iat=None, exp=soon(3600)),
    "issued in the future": with_claims(iat=soon(600), exp=soon(630)),
    "not yet": with_claims(nbf=soon(600)),
    "end as text": with_claims(exp=lambda: str(soon(30)())),
    "end as NaN": with_claims(exp=float("nan")),
    "end as true": with_claims(exp=True),
    "no jti": with_claims(jti=None),
    "empty jti": with_claims(jti=""),
    "jti too long": with_claims(jti="j" * 1000),
    "jti a number": with_claims(jti=1),
    "an unknown client": lambda it: it.key.assertion("nobody-here"),
    "a client that cannot be": lambda it: it.key.assertion("../../x"),
    "a client with a secret": lambda it: it.key.assertion(it.rival),
    "a client without keys": lambda it: it.key.assertion("mobile-app"),
}


async def test_no_forged_or_misused_assertion_is_proof(parties: Parties) -> None:
    answers = {}
    for name, forge in FORGED.items():
        form = GRANT | {"client_assertion_type": ASSERTION, "client_assertion": forge(parties)}
        response = await parties.post("/oauth2/token", form)
        answers[name] = (response.status_code, response.json()["error"])
    assert {name for name, answer in answers.items() if answer != (401, "invalid_client")} == set()


async def test_one_proof_at_a_time_and_of_one_client(parties: Parties) -> None:
    secret = {"client_id": parties.rival, "client_secret": parties.secret}
    twice = [
        (GRANT | parties.signed() | {"client_secret": parties.secret}, {}, 400),
        (GRANT | parties.signed(), basic(parties.rival, parties.secret), 400),
        (GRANT | secret, basic(parties.rival, parties.secret), 400),
        (GRANT | parties.signed() | {"client_id": parties.bound}, {}, 401),
        (GRANT | {"client_id": parties.web}, basic(parties.rival, parties.secret), 401),
        (GRANT | {"client_assertion": parties.key.assertion(parties.web)}, {}, 401),
        (GRANT | parties.signed() | {"client_assertion_type": "urn:other"}, {}, 401),
        (GRANT | {"client_id": parties.web, "client_secret": parties.secret}, {}, 401),
        (GRANT | {"client_id": parties.web}, {}, 401),
        (GRANT | {"client_id": parties.native}, {}, 400),
    ]
    for form, headers, status in twice:
        assert (await parties.post("/oauth2/token", form, **headers)).status_code == status, form
    both = await parties.house.client.post(
        "/oauth2/token", data=GRANT | {"client_id": parties.rival}, headers=basic(parties.rival, parties.secret)
    )
    assert both.status_code == 200


async def test_every_parameter_comes_once(parties: Parties) -> None:
    form = "&".join(f"{name}={value}" for name, value in (GRANT | parties.signed()).items())
    media = {"content-type": "application/x-www-form-urlencoded"}
    for more in ("client_assertion=x", "grant_type=refresh_token", "scope=a&scope=b"):
        response = await parties.house.client.post("/oauth2/token", content=f"{form}&{more}", headers=media)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_an_assertion_is_no_access_token_and_an_access_token_no_assertion(parties: Parties) -> None:
    assert (await parties.read(parties.key.assertion(parties.web, {"typ": "at+jwt"}))).status_code == 401
    token = (await parties.post("/oauth2/token", GRANT | parties.signed())).json()["access_token"]
    form = GRANT | {"client_assertion_type": ASSERTION, "client_assertion": token}
    assert (await parties.post("/oauth2/token", form)).status_code == 401


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"])
async def test_a_stopped_client_is_refused_everywhere(parties: Parties, path: str) -> None:
    async with parties.house.gateway.state.database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE client SET active = false")
    form = GRANT | {"token": "x"}
    assert (await parties.post(path, form | parties.signed())).status_code == 401
    assert (await parties.post(path, form, **basic(parties.rival, parties.secret))).status_code == 401
    assert (await parties.post(path, form | {"client_id": parties.native})).status_code == 401
