"""Webhook secrets at rest: sealed under the key-encryption key, bound to the subscription that they belong to.

They must be read again to sign with, so they are sealed, not hashed.
"""

import secrets
from typing import Protocol
from uuid import UUID

SECRET_BYTES = 32


class Sealing(Protocol):
    """Wraps and unwraps secrets; what was wrapped for one place does not open at another."""

    def wrap_at(self, place: bytes, plain: bytes) -> bytes:
        """Return the sealed secret."""
        ...

    def unwrap_at(self, place: bytes, sealed: bytes) -> bytes:
        """Return the secret; raises where it was not sealed here, for this place."""
        ...


class SecretBox:
    """Makes and opens the secrets of subscriptions.

    Args:
        sealing: Holds the key.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def new(self, subscription_id: UUID) -> tuple[bytes, bytes]:
        """Make a secret of 256 random bits; return it plain and sealed."""
        plain = secrets.token_bytes(SECRET_BYTES)
        return plain, self._sealing.wrap_at(_place(subscription_id), plain)

    def open(self, subscription_id: UUID, sealed: bytes) -> bytes:
        """Return a secret."""
        return self._sealing.unwrap_at(_place(subscription_id), sealed)


def _place(subscription_id: UUID) -> bytes:
    return f"subscription|secret|{subscription_id}".encode()
