"""Blobs that are readable with our key alone: who copies the folder or the bucket has nothing.

Each object is a salt and then frames of at most `FRAME` bytes under AES-256-GCM, with a key derived for the object.
A frame's nonce is its number and whether it is the last, so that none can be dropped, doubled or moved; its additional
data are the object's key, so that no object can stand for another.
"""

import secrets
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.registry.clients.blobs import Blobs

FRAME = 64 * 1024
_SALT, _TAG, _COUNTER = 16, 16, 11


class BlobDamagedError(Exception):
    """An object is not what was stored: changed, cut short, or sealed under another key."""


class SealedBlobs:
    """Blobs, sealed on their way into another store.

    Args:
        inner: Where they lie.
        key: 32 bytes, kept outside that store.
    """

    def __init__(self, inner: Blobs, key: bytes) -> None:
        self._inner, self._key = inner, key

    async def put(self, key: str, parts: AsyncIterator[bytes]) -> None:
        """Seal and store an object."""
        await self._inner.put(key, self._sealed(key, parts))

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object in parts, each proven before it is given out.

        Raises:
            BlobDamagedError: It is not what was stored; what was yielded before was.
        """
        held, cipher, number = b"", None, 0
        async for part in self._inner.read(key):
            held += part
            if cipher is None and len(held) >= _SALT:
                cipher, held = self._cipher(held[:_SALT]), held[_SALT:]
            while cipher is not None and len(held) > FRAME + _TAG:
                frame, held = held[: FRAME + _TAG], held[FRAME + _TAG :]
                yield _opened(cipher, frame, key, number, last=False)
                number += 1
        if cipher is None:
            raise BlobDamagedError
        yield _opened(cipher, held, key, number, last=True)

    async def delete(self, key: str) -> None:
        """Remove an object; none is no error."""
        await self._inner.delete(key)

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys below a prefix; keys are not sealed and say nothing."""
        async for found in self._inner.keys(prefix):
            yield found

    async def _sealed(self, key: str, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        salt = secrets.token_bytes(_SALT)
        cipher, held, number = self._cipher(salt), b"", 0
        yield salt
        async for part in parts:
            held += part
            while len(held) > FRAME:
                frame, held = held[:FRAME], held[FRAME:]
                yield cipher.encrypt(_nonce(number, last=False), frame, key.encode())
                number += 1
        yield cipher.encrypt(_nonce(number, last=True), held, key.encode())

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"indimaj blob").derive(self._key))


def _opened(cipher: AESGCM, frame: bytes, key: str, number: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), frame, key.encode())
    except (InvalidTag, ValueError):
        raise BlobDamagedError from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + bytes([last])
