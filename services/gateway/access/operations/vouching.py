"""Tokens that the gateway writes for its services: for one of them, for one minute."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from services.gateway.access.domain.records import KeyUse
from services.gateway.access.operations.keyring import Keyring
from services.kit.tokens import INTERNAL_ISSUER, sign

LIFETIME_S = 60
REUSED_S = 30.0
"""One is handed on for at most half of its life, so that no service ever sees one that is just ending."""

ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Represented:
    """For whom the gateway speaks."""

    subject: str
    client_id: str
    organisation: str


class Vouchers:
    """Internal tokens, written once and handed on for half a minute.

    Args:
        keyring: Signs.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._held: OrderedDict[tuple[Represented, str, frozenset[str], str | None], tuple[float, str]] = OrderedDict()

    def forget(self) -> None:
        """Drop all, as when the key has changed."""
        self._held.clear()

    async def token(
        self, principal: Represented, *, service: str, scopes: frozenset[str], purpose: str | None, at: datetime
    ) -> str:
        """Return a token that says who calls, what for, and what they may do.

        Args:
            principal: For whom the gateway speaks.
            service: The audience is `svc:<service>`.
            scopes: What the service is to allow; where the gateway composes, less or other than the principal's own.
            purpose: Why, where personal data are asked for.
            at: The instant of issue.
        """
        name = (principal, service, scopes, purpose)
        held = self._held.get(name)
        if held is not None and at.timestamp() < held[0]:
            self._held.move_to_end(name)
            return held[1]
        claims: dict[str, object] = {
            "iss": INTERNAL_ISSUER,
            "aud": f"svc:{service}",
            "sub": principal.subject,
            "client_id": principal.client_id,
            "org": principal.organisation,
            "scope": " ".join(sorted(scopes)),
            "act": {"sub": INTERNAL_ISSUER},
        }
        if purpose is not None:
            claims["purpose"] = purpose
        token = sign(await self._keyring.current(KeyUse.INTERNAL), claims, issued_at=at, lifetime_s=LIFETIME_S)
        self._held[name] = (at.timestamp() + REUSED_S, token)
        if len(self._held) > ENTRIES:
            self._held.popitem(last=False)
        return token
