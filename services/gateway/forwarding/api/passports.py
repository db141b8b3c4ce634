"""Verified tokens and the gates that they have passed, remembered for a short while: the door costs microseconds."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from services.gateway.forwarding.domain.gates import Bearer, check_purpose, check_scope, token_of
from services.gateway.forwarding.domain.operations import Operation
from services.kit.callers import PURPOSES

REMEMBERED_S = 60.0
PASS_S = 30.0
"""How long a pass for one operation and purpose is used again: half the life of the token in it."""

ENTRIES = 20_000


class Admitted(Bearer, Protocol):
    """Whom a good token stands for, and until when it is good (epoch seconds)."""

    @property
    def subject(self) -> str:
        """Who acts."""
        ...

    @property
    def organisation(self) -> str:
        """The partner whom the client belongs to."""
        ...

    @property
    def expires_at(self) -> float:
        """End of the token."""
        ...


Admit = Callable[[str, datetime], Awaitable[Admitted]]
"""Say whom an access token stands for.

Raises TokenInvalidError where it is not good.
"""

Vouch = Callable[[Admitted, str, str | None, datetime], Awaitable[str]]
"""Write a token for one service that says who calls and why."""


class Passport:
    """One token's bearer, and what she has been let through for.

    Attributes:
        until: Epoch seconds until which it may be believed.
        passes: By operation and Purpose header: until when, and the Authorization header for the service.
    """

    __slots__ = ("bearer", "passes", "until")

    def __init__(self, bearer: Admitted, until: float) -> None:
        self.bearer = bearer
        self.until = until
        self.passes: dict[tuple[str, bytes | None], tuple[float, bytes]] = {}


class Passports:
    """Passports by the hash of their token: bounded, at most a minute old, never past the token's end.

    Args:
        admit: Verifies a token.
        vouch: Writes an internal token.
    """

    def __init__(self, admit: Admit, vouch: Vouch) -> None:
        self._admit, self._vouch = admit, vouch
        self._held: OrderedDict[bytes, Passport] = OrderedDict()

    def forget(self) -> None:
        """Drop all, as when a key has changed or a client was stopped."""
        self._held.clear()

    async def of(self, authorization: bytes | None, at: datetime) -> Passport:
        """Return the passport for an Authorization header.

        Raises:
            TokenMissingError: There is no bearer token.
            TokenInvalidError: It is not good.
        """
        header = authorization or b""
        digest = hashlib.sha256(header).digest()
        passport = self._held.get(digest)
        instant = at.timestamp()
        if passport is not None and instant < passport.until:
            self._held.move_to_end(digest)
            return passport
        bearer = await self._admit(token_of(header), at)
        passport = Passport(bearer, min(instant + REMEMBERED_S, bearer.expires_at))
        self._held[digest] = passport
        if len(self._held) > ENTRIES:
            self._held.popitem(last=False)
        return passport

    async def let_through(self, passport: Passport, operation: Operation, named: bytes | None, at: datetime) -> bytes:
        """Pass the gates of an operation; return the Authorization header for the service that answers it.

        Args:
            passport: Who calls.
            operation: What is called.
            named: The Purpose header.
            at: The instant of the call.

        Raises:
            RefusedError: A gate is closed; see `services.gateway.forwarding.domain.gates`.
        """
        key = (operation.operation_id, named)
        known = passport.passes.get(key)
        instant = at.timestamp()
        if known is not None and instant < known[0]:
            return known[1]
        check_scope(operation, passport.bearer)
        purpose = check_purpose(operation, named, passport.bearer, PURPOSES)
        token = await self._vouch(passport.bearer, operation.service, purpose, at)
        header = b"Bearer " + token.encode("ascii")
        passport.passes[key] = (instant + PASS_S, header)
        return header
