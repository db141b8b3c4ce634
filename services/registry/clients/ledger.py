"""The ledger of erasures: outside the databases and their backups, so that a restore brings nobody back.

An entry is written once and never changed or removed. It lies in the blob store under `erasures/`; who restores that
store keeps this folder as it is (docs/operations.md).
"""

from collections.abc import AsyncIterator

import orjson

from services.registry.clients.blobs import Blobs
from services.registry.domain.erasures import Entry

PREFIX = "erasures"


async def write(blobs: Blobs, entry: Entry) -> None:
    """Write an entry; the same again changes nothing.

    Raises:
        BlobStoreUnavailableError: It was not written.
    """

    async def parts() -> AsyncIterator[bytes]:
        yield orjson.dumps(entry.to_json())

    await blobs.put(entry.key, parts())


async def entries(blobs: Blobs) -> list[Entry]:
    """Return every entry, the oldest first.

    Raises:
        BlobStoreUnavailableError: They could not all be read.
        BlobDamagedError: One is not what was written.
    """
    found = []
    async for key in blobs.keys(PREFIX):
        content = b"".join([part async for part in blobs.read(key)])
        found.append(Entry.from_json(orjson.loads(content)))
    return sorted(found, key=lambda entry: (entry.erased_at, entry.erasure_id))
