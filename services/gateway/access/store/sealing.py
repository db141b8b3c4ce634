"""Secrets at rest: AES-256-GCM under the key-encryption key, bound to the row they belong to."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.gateway.access.domain.records import KeyUse

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class SealBrokenError(Exception):
    """A stored key does not open: another key-encryption key, another row's bytes, or damage."""


class Seal:
    """Wraps and unwraps private keys, and the secrets of code generators.

    Args:
        key: 32 bytes, kept outside the database.

    Raises:
        ValueError: The key has another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("the key-encryption key has 32 bytes")
        self._cipher = AESGCM(key)

    def wrap(self, kid: str, use: KeyUse, private: bytes) -> bytes:
        """Return format version, nonce and ciphertext."""
        return self.wrap_at(_place(kid, use), private)

    def unwrap(self, kid: str, use: KeyUse, sealed: bytes) -> bytes:
        """Return the private part.

        Raises:
            SealBrokenError: It was not sealed here, for this row.
        """
        return self.unwrap_at(_place(kid, use), sealed)

    def wrap_at(self, place: bytes, plain: bytes) -> bytes:
        """Return the same for any secret; `place` names its table, column and row."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, place)

    def unwrap_at(self, place: bytes, sealed: bytes) -> bytes:
        """Return the secret of a place.

        Raises:
            SealBrokenError: It was not sealed here, for this place.
        """
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
            raise SealBrokenError
        try:
            return self._cipher.decrypt(nonce, ciphertext, place)
        except InvalidTag:
            raise SealBrokenError from None


def _place(kid: str, use: KeyUse) -> bytes:
    """Return the associated data: ciphertext moved to another row, column or use does not open."""
    return f"signing_key|sealed|{kid}|{use.value}".encode()
