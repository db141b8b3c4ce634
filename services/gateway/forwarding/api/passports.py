"""Verified tokens and the gates that they have passed, remembered for a short while: the door costs microseconds."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from services.gateway.forwarding.domain.gates import (
    Bearer,
    Given,
    check_acting_for,
    check_agreement,
    check_field,
    check_purpose,
    check_scheme,
    check_scope,
    token_of,
)
from services.gateway.forwarding.domain.operations import Operation
from services.kit.callers import PURPOSES
from services.kit.clock import CASABLANCA

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

    @property
    def confirmation(self) -> str | None:
        """Thumbprint of the key that the token is bound to; None for a bearer token."""
        ...


Admit = Callable[[str, datetime], Awaitable[Admitted]]
"""Say whom an access token stands for.

Raises TokenInvalidError where it is not good.
"""


class Reason(NamedTuple):
    """What a call is made for.

    Attributes:
        purpose: Why; None where no person's data are asked for.
        acting_for: On whose behalf; None where it is made for the organisation.
    """

    purpose: str | None
    acting_for: UUID | None = None


class Named(NamedTuple):
    """The headers in which a call says what it is made for."""

    purpose: bytes | None
    acting_for: bytes | None = None


Vouch = Callable[[Admitted, Operation, Reason, Mapping[str, Given], datetime], Awaitable[str]]
"""Write a token for the service of an operation that says who calls, why, and what is agreed for it, by scope."""


Prove = Callable[[Admitted, bytes, bytes | None, str, bytes, datetime], Awaitable[None]]
"""Check the proof that a caller holds the key of her token: bearer, Authorization and DPoP headers, method, raw path.

Raises ProofInvalidError where there is none, or it is no good, or came before.
"""


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
        prove: Checks a proof of possession.
    """

    def __init__(self, admit: Admit, vouch: Vouch, prove: Prove) -> None:
        self._admit, self._vouch, self._prove = admit, vouch, prove
        self._held: OrderedDict[bytes, Passport] = OrderedDict()
        self._forgotten = 0

    def forget(self) -> None:
        """Drop all, as when a key has changed or a client was stopped; what is just being looked up is not kept."""
        self._held.clear()
        self._forgotten += 1

    async def of(self, authorization: bytes | None, at: datetime) -> Passport:
        """Return the passport for an Authorization header.

        Raises:
            TokenMissingError: There is no token.
            TokenInvalidError: It is not good, or came under the scheme of another kind.
        """
        header = authorization or b""
        digest = hashlib.sha256(header).digest()
        passport = self._held.get(digest)
        instant = at.timestamp()
        if passport is not None and instant < passport.until:
            self._held.move_to_end(digest)
            return passport
        known_since = self._forgotten
        bearer = await self._admit(token_of(header), at)
        check_scheme(header, bearer.confirmation)
        passport = Passport(bearer, min(instant + REMEMBERED_S, bearer.expires_at))
        if known_since == self._forgotten:
            self._held[digest] = passport
            if len(self._held) > ENTRIES:
                self._held.popitem(last=False)
        return passport

    async def prove(  # noqa: PLR0917  # the whole of a request that a proof is about
        self,
        passport: Passport,
        authorization: bytes | None,
        proof: bytes | None,
        method: str,
        raw_path: bytes,
        at: datetime,
    ) -> None:
        """Let a caller through who holds the key that her token is bound to; a bearer token needs no proof.

        Args:
            passport: Who calls.
            authorization: The Authorization header.
            proof: The DPoP header.
            method: As it was sent.
            raw_path: As it was sent, without query.
            at: The instant of the call.

        Raises:
            ProofInvalidError: She does not show that she does. Never remembered: each call brings its own proof.
        """
        if passport.bearer.confirmation is not None:
            await self._prove(passport.bearer, authorization or b"", proof, method, raw_path, at)

    async def let_through(self, passport: Passport, operation: Operation, named: Named, at: datetime) -> bytes:
        """Pass the gates of an operation; return the Authorization header for the service that answers it.

        Args:
            passport: Who calls.
            operation: What is called.
            named: The headers Purpose and Acting-For.
            at: The instant of the call.

        Raises:
            RefusedError: A gate is closed; see `services.gateway.forwarding.domain.gates`.
        """
        key = (operation.operation_id, named.purpose)
        # a program that acts for persons acts for many: its passes are not kept, and a refusal never is
        known = passport.passes.get(key) if named.acting_for is None else None
        instant = at.timestamp()
        if known is not None and instant < known[0]:
            return known[1]
        check_scope(operation, passport.bearer)
        purpose = check_purpose(operation, named.purpose, PURPOSES)
        acting_for = check_acting_for(operation, named.acting_for, passport.bearer)
        on = at.astimezone(CASABLANCA).date()
        given = check_agreement(operation, purpose, passport.bearer, on)
        check_field(operation, passport.bearer, given)
        token = await self._vouch(passport.bearer, operation, Reason(purpose, acting_for), given, at)
        header = b"Bearer " + token.encode("ascii")
        if acting_for is None:
            passport.passes[key] = (min(instant + PASS_S, _end_of(on)), header)
        return header


def _end_of(day: date) -> float:
    """Return the midnight that ends a civil day in Morocco, in epoch seconds: agreements end with their last day."""
    return datetime.combine(day + timedelta(days=1), time(), CASABLANCA).timestamp()
