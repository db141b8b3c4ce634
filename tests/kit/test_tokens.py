"""Tokens: what is forged, foreign or late opens nothing, and the issuer's keys are asked for sparingly."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from joserfc.jwk import KeySet

from services.kit import tokens
from services.kit.tokens import INTERNAL_ISSUER, SigningKey, StaticKeys, TokenRefusedError, TokenVerifier, key_set, sign

KEY, THIEF = SigningKey.generate(), SigningKey.generate()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp())
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}
CLAIMS: dict[str, Any] = {
    "iss": INTERNAL_ISSUER,
    "aud": "svc:notes",
    "sub": "agent-1",
    "client_id": "ministry",
    "jti": "a",
    "iat": STAMP,
    "exp": STAMP + 60,
}


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def es256(message: bytes, key: SigningKey, *, der: bool = False) -> bytes:
    private = load_pem_private_key(key.private_pem(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    signature = private.sign(message, ec.ECDSA(SHA256()))
    if der:
        return signature
    return b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(signature))


def token(header: Any = None, claims: Any = None, *, key: SigningKey = KEY, **signing: Any) -> str:
    """A compact JWS put together by hand, so that it can say what no library would sign."""
    head = segment({**HEADER, **header} if isinstance(header, dict) else header or HEADER)
    signed = f"{head}.{segment(CLAIMS if claims is None else claims)}"
    return f"{signed}.{segment(es256(signed.encode(), key, **signing))}"


def claims(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}


def hs256(secret: bytes) -> str:
    signed = f"{segment({**HEADER, 'alg': 'HS256'})}.{segment(CLAIMS)}"
    return f"{signed}.{segment(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def public_pem() -> bytes:
    private = load_pem_private_key(KEY.private_pem(), None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def without_signature(alg: str) -> str:
    return f"{segment({**HEADER, 'alg': alg})}.{segment(CLAIMS)}."


THIEFS_JWK = THIEF.public_jwk()
FORGED = {
    "alg none": without_signature("none"),
    "alg None": without_signature("None"),
    "ES256 without a signature": without_signature("ES256"),
    "HS256 with the public key as PEM": hs256(public_pem()),
    "HS256 with the public key as JWK": hs256(json.dumps(KEY.public_jwk()).encode()),
    "HS256 with an empty key": hs256(b""),
    "ES384 in the header": token({"alg": "ES384"}),
    "embedded jwk": token({"jwk": THIEFS_JWK}, key=THIEF),
    "embedded jwk with its own kid": token({"jwk": THIEFS_JWK, "kid": THIEF.kid}, key=THIEF),
    "jku": token({"jku": "https://thief.example/jwks.json"}, key=THIEF),
    "x5u": token({"x5u": "https://thief.example/cert.pem"}, key=THIEF),
    "another key under our kid": token(key=THIEF),
    "unknown kid": token({"kid": "other"}),
    "kid a path": token({"kid": "../../etc/passwd"}),
    "kid a number": token({"kid": 1}),
    "kid a list": token({"kid": [KEY.kid]}),
    "no kid": token(json.dumps({"alg": "ES256", "typ": "at+jwt"}).encode()),
    "typ JWT": token({"typ": "JWT"}),
    "typ id_token": token({"typ": "id+jwt"}),
    "no typ": token(json.dumps({"alg": "ES256", "kid": KEY.kid}).encode()),
    "crit of an unknown extension": token({"crit": ["exp"], "exp": 1}),
    "crit of b64": token({"crit": ["b64"], "b64": False}),
    "header not an object": token(b"[]"),
    "header not JSON": token(b"{"),
    "payload a list": token(claims=[CLAIMS]),
    "payload not JSON": token(claims=b"{"),
    "payload not UTF-8": token(claims=b"\xff"),
    "signature in DER": token(der=True),
    "signature cut": token()[:-10],
    "signature of zeros": token().rpartition(".")[0] + "." + segment(bytes(64)),
    "four parts": token() + ".AAAA",
    "two parts": token().rpartition(".")[0],
    "one word": "token",
    "empty": "",
    "dots": "..",
    "a space inside": token().replace(".", " .", 1),
    "other letters": token() + "é",
    "too long": token(claims=claims(padding="x" * 9000)),
    "JSON serialisation": json.dumps({"payload": segment(CLAIMS), "signatures": []}),
    "aud of another service": token(claims=claims(aud="svc:health")),
    "aud of two services": token(claims=claims(aud=["svc:notes", "svc:health"])),
    "aud empty": token(claims=claims(aud=[])),
    "aud missing": token(claims=claims(aud=...)),
    "aud an object": token(claims=claims(aud={"svc:notes": 1})),
    "iss another": token(claims=claims(iss=INTERNAL_ISSUER + "/")),
    "iss missing": token(claims=claims(iss=...)),
    "exp missing": token(claims=claims(exp=...)),
    "exp in words": token(claims=claims(exp="2099-01-01")),
    "exp true": token(claims=claims(exp=True)),
    "exp past": token(claims=claims(exp=STAMP - 5)),
    "iat missing": token(claims=claims(iat=...)),
    "iat in the future": token(claims=claims(iat=STAMP + 6)),
    "nbf in the future": token(claims=claims(nbf=STAMP + 6)),
    "nbf in words": token(claims=claims(nbf="now")),
    "sub missing": token(claims=claims(sub=...)),
    "sub a number": token(claims=claims(sub=7)),
    "client_id missing": token(claims=claims(client_id=...)),
    "jti missing": token(claims=claims(jti=...)),
}


def verifier(source: Any = None) -> TokenVerifier:
    found = source or StaticKeys(key_set({"keys": [KEY.public_jwk()]}))
    return TokenVerifier(found, issuer=INTERNAL_ISSUER, audience="svc:notes")


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused_and_the_refusal_says_nothing(forged: str) -> None:
    with pytest.raises(TokenRefusedError) as refusal:
        await verifier().verify(forged, at=NOW)
    assert not refusal.value.args
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(claims=claims(aud=["svc:notes"])),
        token(claims=claims(exp=STAMP - 4)),
        token(claims=claims(iat=STAMP + 5, nbf=STAMP + 5.0)),
        token({"cty": "x"}),
    ],
)
async def test_a_good_token_gives_its_claims(good: str) -> None:
    assert (await verifier().verify(good, at=NOW))["sub"] == "agent-1"


async def test_what_is_signed_here_is_verified_here_and_every_token_has_a_name_of_its_own() -> None:
    restored = SigningKey.from_pem(KEY.kid, KEY.private_pem())
    body = claims(iat=..., exp=..., jti=...)
    first = sign(restored, body, issued_at=NOW, lifetime_s=60)
    second = sign(KEY, body, issued_at=NOW, lifetime_s=60)
    checker = verifier()
    one, other = await checker.verify(first, at=NOW), await checker.verify(second, at=NOW)
    assert one["jti"] != other["jti"]
    assert (one["iat"], one["exp"]) == (STAMP, STAMP + 60)


def test_the_published_key_holds_nothing_private() -> None:
    assert set(KEY.public_jwk()) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


class Counted:
    """Known keys that count how often they are asked for."""

    def __init__(self) -> None:
        self.asked = 0

    async def keys(self, kid: str | None) -> KeySet:
        assert kid == KEY.kid
        self.asked += 1
        return key_set({"keys": [KEY.public_jwk()]})


async def test_a_remembered_token_is_not_checked_again_for_a_minute_and_never_lives_past_its_end() -> None:
    source = Counted()
    checker = verifier(source)
    long = token(claims=claims(exp=STAMP + 3600))
    for seconds in (0, 1, 59):
        await checker.verify(long, at=NOW + timedelta(seconds=seconds))
    assert source.asked == 1
    await checker.verify(long, at=NOW + timedelta(seconds=60))
    assert source.asked == 2
    short = token(claims=claims(exp=STAMP + 10))
    await checker.verify(short, at=NOW)
    await checker.verify(short, at=NOW + timedelta(seconds=9))
    assert source.asked == 3
    await checker.verify(short, at=NOW + timedelta(seconds=14))  # past its end, within the leeway: checked again
    assert source.asked == 4
    with pytest.raises(TokenRefusedError):
        await checker.verify(short, at=NOW + timedelta(seconds=15))


async def test_forgetting_makes_every_token_be_checked_again() -> None:
    source = Counted()
    checker = verifier(source)
    good = token()
    await checker.verify(good, at=NOW)
    checker.forget()
    await checker.verify(good, at=NOW)
    assert source.asked == 2


async def test_the_memory_is_bounded_and_keeps_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHE_ENTRIES", 3)
    source = Counted()
    checker = verifier(source)
    many = [token(claims=claims(jti=str(number))) for number in range(5)]
    for good in many[:3]:
        await checker.verify(good, at=NOW)
    await checker.verify(many[0], at=NOW)
    for good in many[3:]:
        await checker.verify(good, at=NOW)
    assert len(checker._cache) == 3
    asked = source.asked
    await checker.verify(many[0], at=NOW)
    assert source.asked == asked
    await checker.verify(many[1], at=NOW)
    assert source.asked == asked + 1


async def test_a_refused_token_is_not_remembered() -> None:
    checker = verifier()
    for name in ("alg none", "exp past", "unknown kid"):
        with pytest.raises(TokenRefusedError):
            await checker.verify(FORGED[name], at=NOW)
    assert not checker._cache


def test_a_document_without_keys_is_no_key_set() -> None:
    reads: list[Callable[[], KeySet]] = [lambda: key_set({}), lambda: key_set({"keys": None})]
    for read in reads:
        with pytest.raises((KeyError, TypeError)):
            read()
