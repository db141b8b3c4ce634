"""The blob store: one port for a local folder and for any S3-compatible store.

Keys are ours and name nobody (`documents/<uuid>`). An object appears whole or not at all. What lies here is in no
database and in no database's backup: uploads, and the ledger that an erasure leaves.
"""

import atexit
import time
from collections.abc import AsyncIterator, Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

CHUNK = 256 * 1024
_PART = 5 * 1024 * 1024  # the least that S3 takes as a part
_AT_ONCE = 2
_PAUSE_AT_EXIT_S = 0.05


class BlobMissingError(LookupError):
    """There is no object under the key."""


class BlobStoreUnavailableError(ConnectionError):
    """The store does not answer, or refuses."""


class Blobs(Protocol):
    """Objects by key."""

    async def put(self, key: str, parts: AsyncIterator[bytes]) -> None:
        """Store an object in one piece; whoever reads sees all of it or nothing.

        Raises:
            BlobStoreUnavailableError: It was not stored.
        """
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object in parts of at most `CHUNK` bytes or so.

        Raises:
            BlobMissingError: There is none.
            BlobStoreUnavailableError: It could not be read to its end.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already.

        Raises:
            BlobStoreUnavailableError: The store did not answer.
        """
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys below a prefix such as `erasures`, in no order.

        Raises:
            BlobStoreUnavailableError: The store did not answer.
        """
        ...


class ObjectStoreBlobs:
    """Blobs in whatever `obstore` speaks to.

    Args:
        opened: Opens the folder or bucket; called once, when it is first needed.
    """

    def __init__(self, opened: Callable[[], LocalStore | S3Store]) -> None:
        self._opened = opened

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        # A thread of obstore's that is still letting go of its last result when the interpreter ends aborts the
        # process (0.12.1: 3 runs of 25 without the pause, none of 35 with it).
        atexit.register(time.sleep, _PAUSE_AT_EXIT_S)
        return self._opened()

    async def put(self, key: str, parts: AsyncIterator[bytes]) -> None:
        """Store an object in one piece."""
        try:
            await obstore.put_async(self._store, key, parts, chunk_size=_PART, max_concurrency=_AT_ONCE)
        except (BaseError, OSError) as error:
            raise BlobStoreUnavailableError(type(error).__name__) from None

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object in parts."""
        try:
            found = await obstore.get_async(self._store, key)
            async for part in found.stream(min_chunk_size=CHUNK):
                yield bytes(part)
        except FileNotFoundError:
            raise BlobMissingError from None
        except (BaseError, OSError) as error:
            raise BlobStoreUnavailableError(type(error).__name__) from None

    async def delete(self, key: str) -> None:
        """Remove an object; none is no error."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise BlobStoreUnavailableError(type(error).__name__) from None

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys below a prefix."""
        try:
            async for page in obstore.list(self._store, prefix=prefix):
                for found in page:
                    yield found["path"]
        except (BaseError, OSError) as error:
            raise BlobStoreUnavailableError(type(error).__name__) from None


def open_blobs(url: str) -> ObjectStoreBlobs:
    """Return the store that a URL names; nothing is asked of it yet.

    Args:
        url: A folder (`/var/lib/indimaj/blobs`, made when it is not there), or `s3://bucket/prefix`; for S3 the
            region, keys and endpoint are read from the usual AWS_* variables of the environment.

    Raises:
        ValueError: It names neither.
    """
    place = urlsplit(url)
    if place.scheme == "s3" and place.netloc:
        return ObjectStoreBlobs(partial(S3Store.from_url, url))
    if place.scheme in {"", "file"} and place.path:
        folder = Path(place.path).absolute()
        return ObjectStoreBlobs(partial(LocalStore, folder, mkdir=True))
    raise ValueError("the blob store is a folder or s3://bucket/prefix")
