"""Clients that hold keys, and a person who lets them act for her."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from services.gateway.access.domain.credentials import digest
from services.gateway.access.domain.grants import AuthorisationRequest
from services.gateway.access.domain.records import Client
from services.gateway.access.operations.issue_code import issue_code
from services.gateway.access.operations.read_authorisation_request import read_authorisation_request
from services.gateway.access.store import accounts, clients
from services.kit import clock
from tests.gateway.conftest import ISSUER, House
from tests.gateway.tokens import ec_signed, part

TOKEN = f"{ISSUER}/oauth2/token"
CALLBACK = "https://app.example/callback"
SCOPES = frozenset({"persons:read", "courses:read"})
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def thumbprint(jwk: Mapping[str, Any]) -> str:
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    return part(hashlib.sha256(canonical.encode()).digest())


@dataclass
class Key:
    """A P-256 key pair of somebody outside."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    @property
    def jwk(self) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": part(numbers.x.to_bytes(32, "big")),
            "y": part(numbers.y.to_bytes(32, "big")),
        }

    @property
    def jkt(self) -> str:
        return thumbprint(self.jwk)

    def assertion(self, client_id: str, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        now = int(clock.now().timestamp())
        body = {
            "iss": client_id,
            "sub": client_id,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(8),
        }
        head = _set({"alg": "ES256", "kid": self.kid}, header or {})
        return ec_signed(head, _set(body, claims), self.private)

    def proof(
        self, method: str = "POST", url: str = TOKEN, header: Mapping[str, Any] | None = None, **claims: Any
    ) -> str:
        body = {"htm": method, "htu": url, "iat": int(clock.now().timestamp()), "jti": secrets.token_urlsafe(8)}
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        return ec_signed(_set(head, header or {}), _set(body, claims), self.private)


def _set(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def ath(token: str) -> str:
    return part(hashlib.sha256(token.encode()).digest())


def challenge(verifier: str) -> str:
    return part(hashlib.sha256(verifier.encode()).digest())


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@dataclass
class Parties:
    """Clients of `ministry` and a person of it; `rival` is another organisation's.

    Attributes:
        native: An application on a device: no secret, PKCE alone.
        web: A back end with a key pair, registered by its public half.
        bound: A machine whose tokens must be bound.
        rival: A back end of `cnss` with a secret.
    """

    house: House
    account_id: UUID
    key: Key
    native: str = "mobile-app"
    web: str = "web-app"
    bound: str = "bound-machine"
    rival: str = "rival-app"
    secret: str = "r" * 43

    def now(self) -> datetime:
        """Return the instant by the gateway's clock."""
        return self.house.gateway.plane._now()

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        return await self.house.client.post(path, data=dict(form), headers=headers)

    def signed(self, client_id: str | None = None, **claims: Any) -> dict[str, str]:
        """Return the form parameters of a client that proves itself by its key."""
        who = client_id or self.web
        return {"client_assertion_type": ASSERTION, "client_assertion": self.key.assertion(who, **claims)}

    async def request(self, client_id: str, verifier: str, **changes: str) -> AuthorisationRequest:
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "scope": " ".join(sorted(SCOPES)),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        async with self.house.gateway.state.database.sessions.begin() as session:
            return await read_authorisation_request(session, query, at=self.now())

    async def code(self, client_id: str, verifier: str, *, ago: timedelta = timedelta(), **changes: str) -> str:
        """Let the person agree to everything; return the code."""
        asked = await self.request(client_id, verifier, **changes)
        async with self.house.gateway.state.database.sessions.begin() as session:
            return await issue_code(
                session,
                asked,
                account_id=self.account_id,
                scopes=asked.scopes,
                authenticated_at=self.now(),
                at=self.now() - ago,
            )

    def redeeming(self, code: str, verifier: str, **more: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
            **more,
        }

    async def signed_in(self, client_id: str | None = None, **headers: str) -> dict[str, Any]:
        """Return the tokens of a whole flow."""
        who, verifier = client_id or self.native, secrets.token_urlsafe(40)
        code = await self.code(who, verifier)
        named = self.signed(who) if who == self.web else {"client_id": who}
        response = await self.post("/oauth2/token", self.redeeming(code, verifier, **named), **headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def refresh(self, token: str, client_id: str | None = None, **headers: str) -> httpx.Response:
        who = client_id or self.native
        named = self.signed(who) if who == self.web else {"client_id": who}
        form = {"grant_type": "refresh_token", "refresh_token": token, **named}
        return await self.post("/oauth2/token", form, **headers)

    async def read(self, token: str, scheme: str = "Bearer", **headers: str) -> httpx.Response:
        """Call the API with an access token."""
        return await self.house.client.get(
            "/v1/persons/42", headers={"authorization": f"{scheme} {token}", "purpose": "REGISTRATION", **headers}
        )


async def parties_of(house: House) -> Parties:
    """Store the clients and the person."""
    at, key = clock.now(), Key()
    made = Parties(house, UUID(int=0), key)
    code = frozenset({"authorization_code", "refresh_token"})
    signed = frozenset({"private_key_jwt"})
    async with house.gateway.state.database.sessions.begin() as session:
        ministry = await clients.ensure_organisation(session, code="ministry", name="m", kind="public_body")
        cnss = await clients.ensure_organisation(session, code="cnss", name="c", kind="public_body")
        common: dict[str, Any] = {
            "scopes": SCOPES,
            "active": True,
            "redirect_uris": frozenset({CALLBACK}),
            "organisation": "ministry",
        }
        native = Client(
            id=made.native, grant_types=code, auth_methods=frozenset({"none"}), application_type="native", **common
        )
        jwks = ({**key.jwk, "kid": key.kid},)
        web = Client(
            id=made.web,
            grant_types=code | {"client_credentials"},
            auth_methods=signed,
            application_type="web",
            jwks=jwks,
            **common,
        )
        bound = Client(
            id=made.bound,
            grant_types=frozenset({"client_credentials"}),
            auth_methods=signed,
            jwks=jwks,
            dpop_required=True,
            **common,
        )
        methods = frozenset({"client_secret_basic", "client_secret_post"})
        rival = Client(
            id=made.rival, grant_types=code | {"client_credentials"}, auth_methods=methods, application_type="web",
            **{**common, "organisation": "cnss"},
        )  # fmt: skip
        for organisation_id, record in ((ministry, native), (ministry, web), (ministry, bound), (cnss, rival)):
            assert await clients.add_client(
                session, organisation_id=organisation_id, name=record.id, record=record, at=at
            )
        await clients.add_secret(session, made.rival, digest(made.secret), at=at)
        account_id = await accounts.add_account(
            session,
            organisation_id=ministry,
            username="amina.test",
            display_name="Amina",
            language="fr",
            scopes=SCOPES | {"persons:write"},
            at=at,
        )
    assert account_id is not None
    made.account_id = account_id
    return made


class Hour:
    """A clock that a test moves; the routes read it."""

    def __init__(self, house: House) -> None:
        self.at: datetime = clock.now()

        async def read() -> datetime:
            return self.at

        house.gateway.control.dependency_overrides[clock.read_now] = read
        house.gateway.plane._now = lambda: self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)
