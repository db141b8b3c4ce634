"""Verified tokens, remembered for a short while: what makes the door cost microseconds."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from services.gateway.forwarding.domain.gates import Bearer, token_of

REMEMBERED_S = 60.0
INTERNAL_S = 15.0
"""How long the header written for one passport is used again. The token in it lives for 60 s and may be 30 s old."""

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
    """One token's bearer, and the internal tokens written for her so far."""

    __slots__ = ("bearer", "internal", "until")

    def __init__(self, bearer: Admitted, until: float) -> None:
        self.bearer = bearer
        self.until = until
        self.internal: dict[tuple[str, str | None], tuple[float, bytes]] = {}


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
        if authorization is None:
            authorization = b""
        digest = hashlib.sha256(authorization).digest()
        passport = self._held.get(digest)
        if passport is not None and at.timestamp() < passport.until:
            self._held.move_to_end(digest)
            return passport
        bearer = await self._admit(token_of(authorization), at)
        passport = Passport(bearer, min(at.timestamp() + REMEMBERED_S, bearer.expires_at))
        self._held[digest] = passport
        if len(self._held) > ENTRIES:
            self._held.popitem(last=False)
        return passport

    async def internal(self, passport: Passport, service: str, purpose: str | None, at: datetime) -> bytes:
        """Return the Authorization header for a service on behalf of the bearer."""
        known = passport.internal.get((service, purpose))
        if known is not None and at.timestamp() < known[0]:
            return known[1]
        header = b"Bearer " + (await self._vouch(passport.bearer, service, purpose, at)).encode("ascii")
        passport.internal[service, purpose] = (at.timestamp() + INTERNAL_S, header)
        return header
