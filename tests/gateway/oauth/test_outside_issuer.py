"""Another issuer writes the tokens: found by discovery, pinned, believed for what its keys sign, and not for more."""

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.gateway.access.clients.issuer import OutsideIssuer
from services.gateway.access.domain.errors import IssuerRefusedError
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.gateway.conftest import ISSUER, House, gateway_settings, seeded
from tests.gateway.oauth.parties import Key, ath
from tests.gateway.tokens import ec_signed, hmac_signed, part, unsigned

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DISCOVERY = b"/realms/r/.well-known/openid-configuration"
JWKS = b"/realms/r/certs"
URL = f"{ISSUER}/v1/persons/42"


def rsa_jwk(**more: str) -> dict[str, Any]:
    numbers = RSA.public_key().public_numbers()
    modulus, exponent = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
    return {"kty": "RSA", "kid": "rsa", "alg": "RS256", "use": "sig", "n": part(modulus), "e": part(exponent), **more}


def rsa_signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    message = f"{part(header)}.{part(claims)}"
    return f"{message}.{part(RSA.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Provider:
    """An OIDC provider that the test starts."""

    def __init__(self, server: peer.Peer) -> None:
        self.server, self.key = server, Key(kid="ec")
        self.issuer = f"{server.url}/realms/r"
        self.publish()

    def publish(self, *keys: dict[str, Any], issuer: str | None = None, jwks_uri: str | None = None) -> None:
        named = {"issuer": issuer or self.issuer, "jwks_uri": jwks_uri or f"{self.issuer}/certs"}
        self.server.answers[DISCOVERY] = peer.json_answer(named)
        encrypting = {"kty": "RSA", "kid": "enc", "use": "enc", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"}
        odd = [encrypting, {"kty": "OKP", "kid": "okp"}, {"kty": "EC", "kid": "p384", "crv": "P-384"}, {"kid": "x"}, 1]
        found = keys or ({**self.key.jwk, "kid": "ec"}, rsa_jwk())
        self.server.answers[JWKS] = peer.json_answer({"keys": [*odd, *found]})

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        base = {
            "iss": self.issuer,
            "aud": ["indimaj-api", "account"],
            "sub": "f:1234:amina",
            "azp": "integrator",
            "scope": "openid persons:read persons:write",
            "iat": now,
            "exp": now + 300,
            "jti": "j",
            "typ": "Bearer",
            "org": {"is": "not read"},
            "partner": "integrator",
        }
        return {name: value for name, value in (base | changes).items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        head = {"alg": "ES256", "typ": "at+jwt", "kid": "ec", **(header or {})}
        return ec_signed(head, self.claims(**changes), self.key.private)


@asynccontextmanager
async def trusting(store: Store, folder: Path, **options: Any) -> AsyncIterator[tuple[House, Provider]]:
    """Yield a gateway that takes an outside issuer's tokens, and that issuer."""
    async with peer.running() as server, peer.running() as registry:
        provider = Provider(server)
        settings = gateway_settings(
            store,
            published.write(folder / "openapi"),
            registry_url=registry.url,
            **{"oidc_issuer": provider.issuer, "oidc_client_claim": "azp"} | options,
        )
        gateway = create_app(settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url=ISSUER) as client:
            yield House(gateway, client, registry, registry, registry, await seeded(gateway)), provider
        for _, one in gateway.upstreams.values():
            await one.close()
        await gateway.state.database.close()


async def status(house: House, token: str, scheme: str = "Bearer", **headers: str) -> int:
    sent = {"authorization": f"{scheme} {token}", "purpose": "REGISTRATION", **headers}
    return (await house.client.get("/v1/persons/42", headers=sent)).status_code


async def test_its_tokens_open_the_door_for_a_client_that_is_known_here(
    gateway_database: Store, tmp_path: Path
) -> None:
    async with trusting(gateway_database, tmp_path) as (house, provider):
        assert await status(house, provider.token()) == 200
        assert await status(house, provider.token({"typ": "application/at+jwt"}, aud="indimaj-api")) == 200
        rs256 = rsa_signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, provider.claims())
        assert await status(house, rs256) == 200
        internal = house.registry.asked[-1].headers[b"authorization"].decode().split(".")[1]
        said = base64.urlsafe_b64decode(internal + "==").decode()
        assert '"sub":"f:1234:amina"' in said
        assert '"org":"integrator"' in said
        assert provider.server.paths() == [DISCOVERY, JWKS]
        assert await status(house, provider.token(scope="openid")) == 403
        assert await status(house, provider.token(scope=["persons:read"])) == 200
        assert await status(house, provider.token(scope=7)) == 403


async def test_what_it_has_not_signed_for_us_opens_nothing(gateway_database: Store, tmp_path: Path) -> None:
    async with trusting(gateway_database, tmp_path) as (house, provider):
        stranger, good = Key(), provider.claims()
        forged = {
            "own token": ec_signed({"alg": "ES256", "typ": "at+jwt", "kid": "ec"}, good, stranger.private),
            "alg none": unsigned({"alg": "none", "typ": "at+jwt", "kid": "ec"}, good),
            "HS256": hmac_signed({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}, good, rsa_jwk()["n"].encode()),
            "RS256 under the EC key's name": rsa_signed({"alg": "RS256", "typ": "at+jwt", "kid": "ec"}, good),
            "RS256 named, ES256 signed": provider.token({"alg": "RS256"}),
            "the encryption key's name": rsa_signed({"alg": "RS256", "typ": "at+jwt", "kid": "enc"}, good),
            "jku": ec_signed(
                {"alg": "ES256", "typ": "at+jwt", "kid": "s", "jku": f"{house.registry.url}/jwks"},
                good,
                stranger.private,
            ),
            "plain JWT": provider.token({"typ": "JWT"}),
            "ID token": provider.token(typ="ID"),
            "refresh token": provider.token(typ="Refresh"),
            "another audience": provider.token(aud=["account"]),
            "another issuer": provider.token(iss="https://evil.example"),
            "the gateway as issuer": provider.token(iss=ISSUER),
            "no client": provider.token(azp=None),
            "a client that is not known": provider.token(azp="nobody"),
            "a client that cannot be": provider.token(azp="../x"),
            "over": provider.token(exp=int(time.time()) - 60),
            "a binding that we do not know": provider.token(cnf={"x5t#S256": "x" * 43}),
        }
        refused = {name: await status(house, token) for name, token in forged.items()}
        assert refused == dict.fromkeys(forged, 401)
        assert house.registry.asked == []
        assert provider.server.paths() == [DISCOVERY, JWKS]  # forged kids make nobody ask again


async def test_a_token_that_it_binds_to_a_key_needs_the_key(gateway_database: Store, tmp_path: Path) -> None:
    async with trusting(gateway_database, tmp_path) as (house, provider):
        key = Key()
        token = provider.token(cnf={"jkt": key.jkt})
        assert await status(house, token) == 401
        assert await status(house, token, "DPoP", dpop=key.proof("GET", URL, ath=ath(token))) == 200


async def test_keycloaks_plain_jwts_are_taken_where_that_is_said(gateway_database: Store, tmp_path: Path) -> None:
    options = {"oidc_plain_jwt": True, "oidc_algorithms": "RS256", "oidc_organisation_claim": "partner"}
    async with trusting(gateway_database, tmp_path, **options) as (house, provider):
        head = {"alg": "RS256", "typ": "JWT", "kid": "rsa"}
        assert await status(house, rsa_signed(head, provider.claims())) == 200
        assert await status(house, rsa_signed(head, provider.claims(typ="ID"))) == 401
        assert await status(house, rsa_signed(head, provider.claims(partner="cnss"))) == 401
        assert await status(house, rsa_signed(head, provider.claims(partner=None))) == 401
        assert await status(house, provider.token({"typ": "JWT"})) == 401  # ES256 is not on its list


async def test_its_tokens_may_narrow_the_purposes(gateway_database: Store, tmp_path: Path) -> None:
    async with trusting(gateway_database, tmp_path, oidc_purposes_claim="why") as (house, provider):
        assert await status(house, provider.token(why=["REGISTRATION"])) == 200
        assert await status(house, provider.token(why="TRAINING REGISTRATION")) == 200
        assert await status(house, provider.token(why="TRAINING")) == 403
        assert await status(house, provider.token()) == 403


async def test_the_embedded_server_is_off_and_says_where_to_look(gateway_database: Store, tmp_path: Path) -> None:
    async with trusting(gateway_database, tmp_path) as (house, provider):
        form = {"grant_type": "client_credentials"}
        auth = ("integrator", house.secrets["integrator"])
        for path in ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"):
            assert (await house.client.post(path, data=form, auth=auth)).status_code == 404
        for path in ("/.well-known/jwks.json", "/oauth2/authorize?client_id=x"):
            assert (await house.client.get(path)).status_code == 404
        for name in ("oauth-authorization-server", "openid-configuration"):
            answer = await house.client.get(f"/.well-known/{name}")
            assert answer.status_code == 307
            assert answer.headers["location"] == f"{provider.issuer}/.well-known/openid-configuration"
        resource = (await house.client.get("/.well-known/oauth-protected-resource")).json()
        assert resource["authorization_servers"] == [provider.issuer]
        assert (await house.client.get("/internal/jwks.json")).status_code == 200


async def test_one_that_is_away_or_lies_opens_nothing(gateway_database: Store, tmp_path: Path) -> None:
    async with trusting(gateway_database, tmp_path) as (house, provider):
        token = provider.token()
        lies: list[dict[str, Any]] = [
            {"issuer": "https://evil.example"},
            {"issuer": provider.issuer + "/"},
            {"jwks_uri": "http://evil.example/certs"},
            {"jwks_uri": "file:///etc/passwd"},
            {"jwks_uri": 7},
        ]
        for lie in lies:
            provider.server.answers[DISCOVERY] = peer.json_answer(
                {"issuer": provider.issuer, "jwks_uri": f"{provider.issuer}/certs"} | lie
            )
            house.gateway.state.access_verifier._source._tried_at = float("-inf")
            assert await status(house, token) == 503, lie
        provider.publish()
        provider.server.answers[JWKS] = peer.json_answer({"keys": "none"})
        house.gateway.state.access_verifier._source._tried_at = float("-inf")
        assert await status(house, token) == 503
        provider.publish()
        house.gateway.state.access_verifier._source._tried_at = float("-inf")
        assert await status(house, token) == 200


@pytest.mark.parametrize(
    ("issuer", "loopback", "good"),
    [
        ("https://id.example/realms/r", False, True),
        ("http://127.0.0.1:8080/realms/r", True, True),
        ("http://[::1]:8080/realms/r", True, True),
        ("http://localhost:8080", True, True),
        ("http://127.0.0.1:8080/realms/r", False, False),
        ("http://id.example", True, False),
        ("http://127.0.0.1.evil.example", True, False),
        ("ftp://id.example", True, False),
        ("id.example", True, False),
        ("https://", True, False),
    ],
)
async def test_its_documents_come_by_https(issuer: str, loopback: bool, good: bool) -> None:
    async def fetch(url: str) -> dict[str, Any]:
        raise ConnectionRefusedError(url)

    if not good:
        with pytest.raises(IssuerRefusedError):
            OutsideIssuer(issuer, fetch=fetch, loopback=loopback)
        return
    with pytest.raises(ConnectionRefusedError, match="openid-configuration"):
        await OutsideIssuer(issuer, fetch=fetch, loopback=loopback).keys()


def test_the_settings_are_read_under_either_name_and_allow_no_shared_secret(
    gateway_database: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OIDC_ISSUER", "INDIMAJ_GATEWAY_OIDC_ISSUER"):
        monkeypatch.setenv(name, "https://id.example")
        settings: GatewaySettings = gateway_settings(gateway_database, tmp_path)
        assert settings.oidc_issuer == "https://id.example"
        monkeypatch.delenv(name)
    assert gateway_settings(gateway_database, tmp_path).oidc_issuer is None
    for algorithms in ("HS256", "ES256,none", ""):
        with pytest.raises(ValueError, match="alone are taken"):
            gateway_settings(gateway_database, tmp_path, oidc_algorithms=algorithms)
