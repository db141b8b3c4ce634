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
from services.gateway.access.reference import catalogue
from services.gateway.access.store.keyring import Keyring, KeySourceOf
from services.gateway.access.store.sealing import Seal
from services.gateway.assembly.issuer import issuer_of
from services.gateway.assembly.proving import prover
from services.gateway.forwarding.api.passports import Admitted, Passports, Reason
from services.gateway.forwarding.clients.service_calls import ServiceCalls
from services.gateway.forwarding.clients.upstream import Upstream
from services.gateway.forwarding.domain.errors import TokenInvalidError
from services.gateway.forwarding.domain.gates import Given
from services.gateway.forwarding.domain.operations import LOCAL, Operation
from services.gateway.settings import GatewaySettings
from services.gateway.spokesman import Spokesman
from services.kit import clock
from services.kit.callers import Caller, Share, resource_of
from services.kit.tokens import INTERNAL_ISSUER, TokenVerifier

PERSONS = "persons"


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
    verifier, names = issuer_of(settings, keyring)

    async def admit_token(token: str, at: datetime) -> Admitted:
        try:
            return await admit(token, verifier=verifier, database=database, at=at, names=names)
        except AccessRefusedError:
            raise TokenInvalidError from None

    async def vouch_for(who: Caller, service: str, at: datetime) -> str:
        represented = Represented(who.subject, who.client_id, who.organisation)
        key = await keyring.current(KeyUse.INTERNAL)
        return vouch(
            represented,
            service=service,
            scopes=who.scopes,
            purpose=who.purpose,
            shares=who.shares,
            key=key,
            at=at,
            acting_for=who.acting_for,
        )

    async def vouch_for_bearer(
        bearer: Admitted, operation: Operation, why: Reason, given: Mapping[str, Given], at: datetime
    ) -> str:
        caller = Caller(
            bearer.subject,
            bearer.client_id,
            bearer.organisation,
            _usable(bearer.scopes, given) if operation.personal else bearer.scopes,
            purpose=why.purpose,
            shares=_shares(operation, bearer, given),
            acting_for=why.acting_for,
        )
        return await vouch_for(caller, operation.service, at)

    async def vouch_for_caller(caller: Caller, service: str, scopes: frozenset[str], at: datetime) -> str:
        lent = _whole(scopes - caller.scopes)  # what the gateway asks for itself, such as the registry's facts
        lent = frozenset(share for share in lent if caller.share_of(share.resource) is None)
        return await vouch_for(replace(caller, scopes=scopes, shares=caller.shares | lent), service, at)

    passports = Passports(admit_token, vouch_for_bearer, prover(database, settings.public_url))
    spokesman = Spokesman(ServiceCalls(upstreams), vouch_for_caller, clock.now)
    state.keyring, state.passports, state.services = keyring, passports, spokesman
    state.access_verifier = verifier
    # the control plane verifies the internal token that the data plane hands on, like any other service
    state.verifier = TokenVerifier(
        KeySourceOf(keyring, KeyUse.INTERNAL), issuer=INTERNAL_ISSUER, audience=f"svc:{LOCAL}"
    )
    return passports


def _usable(scopes: frozenset[str], given: Mapping[str, Given]) -> frozenset[str]:
    """Return the scopes that a call about persons may use: those on persons' data as far as they are agreed for it."""
    about_nobody = {name for name, resource in catalogue.resources().items() if not resource.personal}
    return frozenset(scope for scope in scopes if scope in given or resource_of(scope) in about_nobody)


def _shares(operation: Operation, bearer: Admitted, given: Mapping[str, Given]) -> frozenset[Share]:
    """Return what agreements give of the resources that an operation is about, for what it does with them."""
    found: dict[str, Share] = {}
    for alternative in operation.scopes:
        for scope in sorted(alternative & bearer.scopes & given.keys()):
            resource, terms = resource_of(scope), given[scope]
            found.setdefault(resource, Share(resource, terms.fields, terms.own))
    for scope in sorted(given):
        if resource_of(scope) == PERSONS:  # whose persons a question may be about, whatever it asks
            found.setdefault(PERSONS, Share(PERSONS, given[scope].fields, given[scope].own))
    return frozenset(found.values())


def _whole(scopes: Iterable[str]) -> frozenset[Share]:
    """Return the shares that hold nothing back of the resources that scopes are about."""
    return frozenset(Share(resource_of(scope)) for scope in scopes)
