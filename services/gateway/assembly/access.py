"""Keys, tokens and the gates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import FastAPI

from services.gateway.access.domain.errors import AccessRefusedError
from services.gateway.access.domain.records import KeyUse, Represented, StoredKey
from services.gateway.access.operations.admit import admit
from services.gateway.access.operations.ensure_signing_keys import ensure_signing_keys
from services.gateway.access.operations.vouch import vouch
from services.gateway.access.store.keyring import Keyring, KeySourceOf
from services.gateway.access.store.sealing import Seal
from services.gateway.forwarding.api.passports import Admitted, Passports
from services.gateway.forwarding.clients.service_calls import ServiceCalls
from services.gateway.forwarding.clients.upstream import Upstream
from services.gateway.forwarding.domain.errors import TokenInvalidError
from services.gateway.forwarding.domain.operations import LOCAL
from services.gateway.settings import GatewaySettings
from services.gateway.spokesman import Spokesman
from services.kit import clock
from services.kit.callers import Caller, Share, resource_of
from services.kit.tokens import INTERNAL_ISSUER, TokenVerifier


def wire_access(
    control: FastAPI, settings: GatewaySettings, upstreams: Mapping[str, tuple[bytes, Upstream]]
) -> Passports:
    """Wire keys, tokens and the gates into the control plane's state; return the passports for the data plane."""
    state = control.state
    database = state.database
    seal = Seal(bytes.fromhex(settings.key_encryption_key.get_secret_value()))

    def forget() -> None:
        for holder in (verifier, state.verifier, passports, spokesman):
            holder.forget()

    async def load(at: datetime) -> Sequence[StoredKey]:
        async with database.sessions.begin() as session:
            return await ensure_signing_keys(session, seal=seal, at=at)

    keyring = Keyring(load, seal, clock.now, forget)
    verifier = TokenVerifier(
        KeySourceOf(keyring, KeyUse.ACCESS), issuer=settings.public_url, audience=settings.audience
    )

    async def admit_token(token: str, at: datetime) -> Admitted:
        try:
            return await admit(token, verifier=verifier, database=database, at=at)
        except AccessRefusedError:
            raise TokenInvalidError from None

    async def vouch_for(who: Caller, service: str, at: datetime) -> str:
        represented = Represented(who.subject, who.client_id, who.organisation)
        key = await keyring.current(KeyUse.INTERNAL)
        return vouch(
            represented, service=service, scopes=who.scopes, purpose=who.purpose, shares=who.shares, key=key, at=at
        )

    async def vouch_for_bearer(bearer: Admitted, service: str, purpose: str | None, at: datetime) -> str:
        shares = _whole(bearer.scopes)
        caller = Caller(
            bearer.subject, bearer.client_id, bearer.organisation, bearer.scopes, purpose=purpose, shares=shares
        )
        return await vouch_for(caller, service, at)

    async def vouch_for_caller(caller: Caller, service: str, scopes: frozenset[str], at: datetime) -> str:
        lent = _whole(scopes - caller.scopes)  # what the gateway asks for itself, such as the registry's facts
        return await vouch_for(replace(caller, scopes=scopes, shares=caller.shares | lent), service, at)

    passports = Passports(admit_token, vouch_for_bearer)
    spokesman = Spokesman(ServiceCalls(upstreams), vouch_for_caller, clock.now)
    state.keyring, state.passports, state.services = keyring, passports, spokesman
    # the control plane verifies the internal token that the data plane hands on, like any other service
    state.verifier = TokenVerifier(
        KeySourceOf(keyring, KeyUse.INTERNAL), issuer=INTERNAL_ISSUER, audience=f"svc:{LOCAL}"
    )
    return passports


def _whole(scopes: Iterable[str]) -> frozenset[Share]:
    """Return the shares that hold nothing back of the resources that scopes are about."""
    return frozenset(Share(resource_of(scope)) for scope in scopes)
