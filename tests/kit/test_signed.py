"""What others sign with keys of their own: assertions by registered keys, proofs by the key that they bring along."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.kit.tokens import (
    LARGEST_TOKEN,
    FetchedKeys,
    SigningKey,
    StaticKeys,
    TokenRefusedError,
    TokenVerifier,
    key_set,
    read_proof,
    read_signed,
    sign,
)

OWN, OTHER = SigningKey.generate(), SigningKey.generate()
JWK, OTHER_JWK = OWN.public_jwk(), OTHER.public_jwk()
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUBLIC = {name: JWK[name] for name in ("kty", "crv", "x", "y")}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: Any = None, key: SigningKey = OWN) -> str:
    private = load_pem_private_key(key.private_pem(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    message = f"{part({'alg': 'ES256', **header})}.{part({'a': 1} if claims is None else claims)}"
    r, s = decode_dss_signature(private.sign(message.encode(), ec.ECDSA(SHA256())))
    return f"{message}.{part(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_a_registered_key_is_found_by_its_name_or_tried() -> None:
    for header in ({"kid": OWN.kid}, {}, {"typ": "JWT"}):
        assert read_signed(signed(header), [OTHER_JWK, JWK], types=(None, "JWT")) == {"a": 1}
    unnamed = [PUBLIC, {**OTHER_JWK, "kid": "other"}]
    assert read_signed(signed({}), unnamed, types=(None,)) == {"a": 1}


@pytest.mark.parametrize(
    ("token", "keys"),
    [
        (signed({}), []),
        (signed({}), [OTHER_JWK]),
        (signed({"kid": "other"}), [JWK]),
        (signed({"kid": [OWN.kid]}), [JWK]),
        (signed({"typ": "at+jwt"}), [JWK]),
        (signed({"typ": ["JWT"]}), [JWK]),
        (signed({"alg": "RS256"}), [JWK]),
        (signed({"crit": ["x"], "x": 1}), [JWK]),
        (signed({}, [1]), [JWK]),
        (signed({}), [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]),
        (signed({}), [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]),
        (signed({}), [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]),
        (signed({}), [{"kty": "EC", "crv": "P-256", "x": 1, "y": 2}]),
        (signed({}), [{"kty": "EC", "crv": "P-256"}]),
        (signed({}), [{}]),
        (signed({}) + "A", [JWK]),
        ("x" * (LARGEST_TOKEN + 1), [JWK]),
        ("é.é.é", [JWK]),
        ("", [JWK]),
    ],
)
def test_what_no_registered_key_has_signed_is_refused(token: str, keys: list[dict[str, Any]]) -> None:
    with pytest.raises(TokenRefusedError):
        read_signed(token, keys, types=(None, "JWT"))


def test_a_proof_names_the_key_that_signed_it() -> None:
    claims, thumbprint = read_proof(signed({"typ": "dpop+jwt", "jwk": {**PUBLIC, "use": "sig", "alg": "ES256"}}))
    canonical = json.dumps({name: JWK[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    assert claims == {"a": 1}
    assert thumbprint == part(hashlib.sha256(canonical.encode()).digest())


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "dpop+jwt"},
        {"typ": "dpop+jwt", "jwk": None},
        {"typ": "dpop+jwt", "jwk": "x"},
        {"typ": "dpop+jwt", "jwk": 5},
        {"typ": "dpop+jwt", "jwk": ["kty"]},
        {"typ": "dpop+jwt", "jwk": {}},
        {"typ": "dpop+jwt", "jwk": {**PUBLIC, "d": "x"}},
        {"typ": "dpop+jwt", "jwk": {name: OTHER_JWK[name] for name in PUBLIC}},
        {"typ": "dpop+jwt", "jwk": {**PUBLIC, "x": PUBLIC["y"]}},
        {"typ": "JWT", "jwk": PUBLIC},
        {"jwk": PUBLIC},
        {"typ": "dpop+jwt", "jwk": PUBLIC, "alg": "HS256"},
    ],
)
def test_what_is_no_proof_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(TokenRefusedError):
        read_proof(signed(header))


def test_a_token_may_bring_its_name_along() -> None:
    claims = read_signed(sign(OWN, {"jti": "mine"}, issued_at=AT, lifetime_s=60), [JWK], types=("at+jwt",))
    assert (claims["jti"], claims["exp"] - claims["iat"]) == ("mine", 60)


async def test_a_verifier_takes_what_it_was_told_to_take_of_another_issuer() -> None:
    source = StaticKeys(key_set({"keys": [JWK]}))
    strict = TokenVerifier(source, issuer="i", audience="a")
    lenient = TokenVerifier(
        source, issuer="i", audience="a", types=["JWT"], required=("sub", "azp"), shared=True, algorithms=["ES256"]
    )
    stamp = int(AT.timestamp())
    base = {"iss": "i", "aud": ["b", "a"], "sub": "s", "azp": "c", "iat": stamp, "exp": stamp + 60}
    token = signed({"typ": "JWT", "kid": OWN.kid}, base)
    assert (await lenient.verify(token, at=AT))["azp"] == "c"
    with pytest.raises(TokenRefusedError):
        await strict.verify(token, at=AT)
    changes: list[dict[str, Any]] = [{"aud": ["b"]}, {"aud": "b"}, {"azp": 1}, {"exp": stamp - 60}]
    for change in changes:
        with pytest.raises(TokenRefusedError):
            await lenient.verify(signed({"typ": "JWT", "kid": OWN.kid}, base | change), at=AT)
    with pytest.raises(TokenRefusedError):
        await lenient.verify(signed({"kid": OWN.kid}, base), at=AT + timedelta(seconds=1))


async def test_keys_that_could_not_be_renewed_for_too_long_are_not_believed() -> None:
    seconds, answers = [0.0], [True]
    now: Callable[[], float] = lambda: seconds[0]  # noqa: E731  # a clock in one line

    async def fetch() -> dict[str, Any]:
        if not answers[0]:
            raise ConnectionRefusedError
        return {"keys": [JWK]}

    keys = FetchedKeys(fetch, clock=now, kept_s=600, stale_s=86_400)
    assert (await keys.keys(OWN.kid)).keys
    answers[0] = False
    seconds[0] = 86_400
    assert (await keys.keys(OWN.kid)).keys
    seconds[0] = 86_401
    with pytest.raises(ConnectionError):
        await keys.keys(OWN.kid)
    answers[0] = True
    seconds[0] += 60
    assert (await keys.keys(OWN.kid)).keys
