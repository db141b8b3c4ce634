"""Tokens that are not ours, not for us, not now, or not whole: none passes, and all are refused alike."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.gateway.access.domain.records import KeyUse
from services.kit import clock
from services.kit.tokens import SigningKey, sign
from tests.gateway.conftest import ISSUER, House
from tests.gateway.tokens import claims_of, ec_signed, header_of, hmac_signed, part, unsigned

pytestmark = pytest.mark.parametrize("upstream", ["pool"], indirect=True)
STRANGER = ec.generate_private_key(ec.SECP256R1())
NOW = clock.now().timestamp()


class Forger:
    """What an attacker has: a good token, the public keys, a key pair of her own; and our key, where we misuse it."""

    def __init__(self, good: str, jwk: dict[str, Any], key: SigningKey, internal: SigningKey) -> None:
        self.good, self.jwk, self.key, self.internal = good, jwk, key, internal
        self.header, self.claims = header_of(good), claims_of(good)
        numbers = [int.from_bytes(base64.urlsafe_b64decode(jwk[axis] + "="), "big") for axis in ("x", "y")]
        public = ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], ec.SECP256R1()).public_key()
        self.pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def ours(self, at: float = 0, **claims: Any) -> str:
        """Sign with our own key, what should not have been signed."""
        body = {name: value for name, value in (self.claims | claims).items() if value is not None}
        return sign(self.key, body, issued_at=clock.now() + timedelta(seconds=at), lifetime_s=300)

    def private(self) -> ec.EllipticCurvePrivateKey:
        found = serialization.load_pem_private_key(self.key.private_pem(), None)
        assert isinstance(found, ec.EllipticCurvePrivateKey)
        return found

    def stranger_jwk(self) -> dict[str, Any]:
        numbers = STRANGER.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": part(numbers.x.to_bytes(32, "big")),
            "y": part(numbers.y.to_bytes(32, "big")),
        }


FORGERIES: dict[str, Callable[[Forger], str]] = {
    "empty": lambda _: " ",
    "no token at all": lambda _: "abc",
    "two parts": lambda it: ".".join(it.good.split(".")[:2]),
    "alg none": lambda it: unsigned(it.header | {"alg": "none"}, it.claims),
    "alg None": lambda it: unsigned(it.header | {"alg": "None"}, it.claims, b"x"),
    "signature cut off": lambda it: it.good.rsplit(".", 1)[0] + ".",
    "signature of another": lambda it: it.good[:-6] + ("AAAAAA" if not it.good.endswith("AAAAAA") else "BBBBBB"),
    "claims changed": lambda it: ".".join(
        [it.good.split(".")[0], part(it.claims | {"scope": "partners:admin"}), it.good.split(".")[2]]
    ),
    "HS256 with our public key as PEM": lambda it: hmac_signed(it.header | {"alg": "HS256"}, it.claims, it.pem),
    "HS256 with an empty key": lambda it: hmac_signed(it.header | {"alg": "HS256"}, it.claims, b""),
    "HS256 with our public x": lambda it: hmac_signed(it.header | {"alg": "HS256"}, it.claims, it.jwk["x"].encode()),
    "RS256 named": lambda it: unsigned(it.header | {"alg": "RS256"}, it.claims, b"x" * 256),
    "a stranger's key under our kid": lambda it: ec_signed(it.header, it.claims, STRANGER),
    "a stranger's key under her kid": lambda it: ec_signed(it.header | {"kid": "stranger"}, it.claims, STRANGER),
    "a stranger's key brought along": lambda it: ec_signed(it.header | {"jwk": it.stranger_jwk()}, it.claims, STRANGER),
    "a stranger's key to be fetched": lambda it: ec_signed(
        it.header | {"jku": "https://evil.test/jwks.json"}, it.claims, STRANGER
    ),
    "a stranger's certificate": lambda it: ec_signed(it.header | {"x5u": "https://evil.test/x"}, it.claims, STRANGER),
    "no kid": lambda it: ec_signed({"alg": "ES256", "typ": "at+jwt"}, it.claims, STRANGER),
    "kid as a path": lambda it: ec_signed(it.header | {"kid": "../../dev/null"}, it.claims, STRANGER),
    "kid as SQL": lambda it: ec_signed(it.header | {"kid": "x' OR '1'='1"}, it.claims, STRANGER),
    "kid as a list": lambda it: ec_signed(it.header | {"kid": ["a"]}, it.claims, STRANGER),
    "unknown crit": lambda it: ec_signed(it.header | {"crit": ["x"], "x": 1}, it.claims, it.private()),
    "another audience": lambda it: it.ours(aud="another-api"),
    "a list of audiences": lambda it: it.ours(aud=["another-api", "indimaj-api"]),
    "no audience": lambda it: it.ours(aud=None),
    "a service's audience": lambda it: it.ours(aud="svc:registry"),
    "another issuer": lambda it: it.ours(iss="https://evil.test"),
    "an issuer that only begins like ours": lambda it: it.ours(iss=f"{ISSUER}.evil.test"),
    "the inside's issuer": lambda it: it.ours(iss="indimaj-gateway"),
    "an internal token": lambda it: sign(
        it.internal,
        it.claims | {"iss": "indimaj-gateway", "aud": "svc:registry"},
        issued_at=clock.now(),
        lifetime_s=60,
    ),
    "the inside's key": lambda it: sign(it.internal, it.claims, issued_at=clock.now(), lifetime_s=60),
    "an id token": lambda it: ec_signed(it.header | {"typ": "JWT"}, it.claims, it.private()),
    "a client assertion": lambda it: ec_signed(
        {"alg": "ES256", "kid": it.header["kid"]}, it.claims | {"aud": ISSUER}, it.private()
    ),
    "expired": lambda it: it.ours(at=-400),
    "not yet": lambda it: it.ours(nbf=NOW + 3600),
    "issued in the future": lambda it: it.ours(at=600),
    "no expiry": lambda it: ec_signed(
        it.header, {name: value for name, value in it.claims.items() if name != "exp"}, it.private()
    ),
    "expiry as text": lambda it: ec_signed(it.header, it.claims | {"exp": "4102444800"}, it.private()),
    "expiry as NaN": lambda it: ec_signed(it.header, it.claims | {"exp": float("nan")}, it.private()),
    "no client": lambda it: it.ours(client_id=None),
    "an unknown client": lambda it: it.ours(client_id="nobody"),
    "a client that cannot be": lambda it: it.ours(client_id="no\0body"),
    "oversized": lambda it: it.ours(scope="x" * 9000),
    "two tokens": lambda it: f"{it.good} {it.good}",
    "claims as a list": lambda it: ".".join([it.good.split(".")[0], part(b"[]"), it.good.split(".")[2]]),
}


@pytest.fixture
async def forger(house: House) -> Forger:
    keyring = house.gateway.state.keyring
    good = await house.token("integrator")
    jwks = await keyring.published(KeyUse.ACCESS)
    return Forger(
        good, dict(jwks["keys"][0]), await keyring.current(KeyUse.ACCESS), await keyring.current(KeyUse.INTERNAL)
    )


async def test_no_forged_or_misused_token_passes_and_all_are_refused_alike(house: House, forger: Forger) -> None:
    assert len(FORGERIES) >= 25
    answers = {}
    for name, forge in FORGERIES.items():
        headers = {"authorization": f"Bearer {forge(forger)}", "purpose": "REGISTRATION"}
        for path in ("/v1/persons/0198c0de-0000-7000-8000-000000000001", "/v1/jobs/registry-" + "0" * 36):
            response = await house.client.get(path, headers=headers)
            body = response.json()
            kind, challenge = response.headers["content-type"], response.headers["www-authenticate"].split()[0]
            answers[name, path] = (response.status_code, kind, challenge, body["code"])
    wanted = (401, "application/problem+json", "Bearer", "unauthenticated")
    assert {name for name, answer in answers.items() if answer != wanted} == set()
    assert house.registry.asked == []


async def test_the_good_one_passes(house: House, forger: Forger) -> None:
    headers = {"authorization": f"Bearer {forger.good}", "purpose": "REGISTRATION"}
    assert (await house.client.get("/v1/persons/42", headers=headers)).status_code == 200
    lower = headers | {"authorization": f"bearer {forger.good}"}
    assert (await house.client.get("/v1/persons/42", headers=lower)).status_code == 200
