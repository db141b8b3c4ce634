"""The gates of the door, in order: scope, then purpose; the token itself is checked by whoever holds the keys."""

from typing import Protocol

from services.gateway.forwarding.domain.errors import (
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    ScopeMissingError,
    TokenInvalidError,
    TokenMissingError,
)
from services.gateway.forwarding.domain.operations import Operation

LARGEST_HEADER = 8192 + len("Bearer ")


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
    def purposes(self) -> frozenset[str]:
        """What the organisation has agreed to ask for personal data for."""
        ...


def token_of(authorization: bytes) -> str:
    """Return the token of an Authorization header.

    Raises:
        TokenMissingError: There is no bearer token.
        TokenInvalidError: It is too long, or holds what no token holds.
    """
    scheme, _, token = authorization.partition(b" ")
    token = token.strip(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise TokenMissingError
    if len(authorization) > LARGEST_HEADER or not token.isascii() or b" " in token:
        raise TokenInvalidError
    return token.decode("ascii")


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


def check_purpose(operation: Operation, named: bytes | None, bearer: Bearer, known: frozenset[str]) -> str | None:
    """Return the purpose that the call is made for.

    Args:
        operation: What is called.
        named: The Purpose header; it may be sent, and is then checked, where the operation needs none.
        bearer: Who calls.
        known: Every purpose there is.

    Raises:
        PurposeRequiredError: Personal data, and none named.
        PurposeUnknownError: Not on the published list.
        PurposeNotAgreedError: Not in the agreement.
    """
    if named is None or not named.strip():
        if operation.personal:
            raise PurposeRequiredError
        return None
    purpose = named.strip().decode("latin-1")
    if purpose not in known:
        raise PurposeUnknownError
    if purpose not in bearer.purposes:
        raise PurposeNotAgreedError
    return purpose
