"""The gates of the door, in order: scope, purpose, agreement; the token is checked by whoever holds the keys."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from services.gateway.forwarding.domain.errors import (
    ActingForRequiredError,
    ActingForUnreadableError,
    AgreementExpiredError,
    FieldNotAgreedError,
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    ResourceNotAgreedError,
    ScopeMissingError,
    TokenInvalidError,
    TokenMissingError,
)
from services.gateway.forwarding.domain.operations import Operation

LARGEST_HEADER = 8192 + len("Bearer ")


class Given(Protocol):
    """What agreements give of one scope."""

    @property
    def fields(self) -> frozenset[str] | None:
        """The members that may be shown and written; None for all."""
        ...

    @property
    def own(self) -> bool:
        """Whether only the organisation's own rows."""
        ...


class Lapsed(Protocol):
    """The agreement that last gave what none gives now."""

    @property
    def authorisation_number(self) -> str:
        """Its number."""
        ...

    @property
    def ended_on(self) -> date:
        """Its last day."""
        ...


class Bearer(Protocol):
    """Whom a good token stands for, and what the gates let through."""

    @property
    def client_id(self) -> str:
        """The OAuth client."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """What the token allows."""
        ...

    @property
    def serves_persons(self) -> bool:
        """Whether the client acts for one person at a time."""
        ...

    def given(self, purpose: str, on: date) -> Mapping[str, Given]:
        """Return what the agreements in force on a day give for a purpose, by scope."""
        ...

    def lapsed(self, purpose: str, on: date) -> Lapsed | None:
        """Return the agreement that gave a purpose until last; None where none ever did."""
        ...


def token_of(authorization: bytes) -> str:
    """Return the token of an Authorization header, under the scheme `Bearer` or `DPoP`.

    Raises:
        TokenMissingError: There is no token.
        TokenInvalidError: It is too long, or holds what no token holds.
    """
    scheme, _, token = authorization.partition(b" ")
    token = token.strip(b" ")
    if scheme.lower() not in (b"bearer", b"dpop") or not token:
        raise TokenMissingError
    if len(authorization) > LARGEST_HEADER or not token.isascii() or b" " in token:
        raise TokenInvalidError
    return token.decode("ascii")


def check_scheme(authorization: bytes, confirmation: str | None) -> None:
    """Let a token through that comes under the scheme of its kind (RFC 9449 section 7.1).

    Args:
        authorization: The Authorization header.
        confirmation: Thumbprint of the key that the token in it is bound to.

    Raises:
        TokenInvalidError: A bound token came as a bearer token, or the reverse.
    """
    if (authorization.partition(b" ")[0].lower() == b"dpop") != (confirmation is not None):
        raise TokenInvalidError


def check_scope(operation: Operation, bearer: Bearer) -> None:
    """Let a caller through who holds every scope of one of the operation's alternatives.

    Raises:
        ScopeMissingError: None of them is held in full.
    """
    for alternative in operation.scopes:
        if alternative <= bearer.scopes:
            return
    if operation.scopes:
        raise ScopeMissingError


def check_purpose(operation: Operation, named: bytes | None, known: frozenset[str]) -> str | None:
    """Return the purpose that the call is made for.

    Args:
        operation: What is called.
        named: The Purpose header; it may be sent, and is then checked, where the operation needs none.
        known: Every purpose there is.

    Raises:
        PurposeRequiredError: Personal data, and none named.
        PurposeUnknownError: Not on the published list.
    """
    if named is None or not named.strip():
        if operation.personal:
            raise PurposeRequiredError
        return None
    purpose = named.strip().decode("latin-1")
    if purpose not in known:
        raise PurposeUnknownError
    return purpose


def check_acting_for(operation: Operation, named: bytes | None, bearer: Bearer) -> UUID | None:
    """Return the person on whose behalf the call is made; None where it is made for the organisation.

    Any client may name one, and then sees no more than she may; a client that serves persons must.

    Args:
        operation: What is called.
        named: The Acting-For header.
        bearer: Who calls.

    Raises:
        ActingForRequiredError: Persons' data, from a client that serves persons, and nobody named.
        ActingForUnreadableError: No id; an empty header is none either, and never taken for nobody.
    """
    if named is None:
        if bearer.serves_persons and (operation.personal or operation.for_persons):
            raise ActingForRequiredError
        return None
    try:
        return UUID(named.strip().decode("ascii"))
    except ValueError:
        raise ActingForUnreadableError from None


def check_agreement(operation: Operation, purpose: str | None, bearer: Bearer, on: date) -> Mapping[str, Given]:
    """Return what the agreements in force give for the call's purpose, by scope; nothing where none was named.

    Args:
        operation: What is called.
        purpose: What for.
        bearer: Who calls.
        on: Civil date of the call, Africa/Casablanca.

    Raises:
        PurposeNotAgreedError: No agreement has ever given the purpose, or none does yet.
        AgreementExpiredError: Only agreements that are over gave it.
        ResourceNotAgreedError: Personal data of a resource, or an action on it, that none in force gives for it.
    """
    if purpose is None:
        return {}
    given = bearer.given(purpose, on)
    if not given:
        over = bearer.lapsed(purpose, on)
        if over is None:
            raise PurposeNotAgreedError
        raise AgreementExpiredError(over.authorisation_number, over.ended_on)
    if operation.personal and operation.scopes and not _agreed(operation, bearer, given):
        raise ResourceNotAgreedError
    return given


def check_field(operation: Operation, bearer: Bearer, given: Mapping[str, Given]) -> None:
    """Let a call through that is not, as a whole, about a field that is held back.

    Raises:
        FieldNotAgreedError: It is.
    """
    if operation.field is None or not operation.personal:
        return
    for alternative in _agreed(operation, bearer, given):
        shown = [given[scope].fields for scope in alternative]
        if all(fields is None or operation.field in fields for fields in shown):
            return
    raise FieldNotAgreedError


def _agreed(operation: Operation, bearer: Bearer, given: Mapping[str, Given]) -> list[frozenset[str]]:
    """Return the operation's alternatives that the caller holds and the agreements give."""
    return [scopes for scopes in operation.scopes if scopes <= bearer.scopes and scopes <= given.keys()]
