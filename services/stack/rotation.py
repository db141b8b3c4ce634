"""Take up new signing keys by hand, as before a planned date, or when one may have been stolen."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from services.gateway.access.domain.records import StoredKey
from services.gateway.access.operations.rotate_signing_keys import rotate_signing_keys
from services.gateway.access.store.sealing import Seal
from services.kit import clock
from services.kit.database import Database
from services.stack.installation import DEFAULT_FOLDER, Installation


def rotate(url: str, *, seal: Seal, at_once: bool, revoke: bool) -> list[StoredKey]:
    """Begin a rotation, or carry it out at once; return every key as it stands then.

    Args:
        url: The gateway's database.
        seal: Wraps the private parts.
        at_once: New keys sign from now on; else they are published now, and sign after the overlap.
        revoke: Nothing that the keys of before have signed is believed any longer; with `at_once` alone.
    """

    async def run() -> list[StoredKey]:
        database = Database(url, pool_size=2)
        try:
            async with database.sessions.begin() as session:
                return await rotate_signing_keys(
                    session, seal=seal, at=clock.now(), force=at_once, begin=True, revoke=revoke
                )
        finally:
            await database.close()

    return asyncio.run(run())


def seal_of_gateway() -> Seal:
    """Return the seal of the environment's key-encryption key, or of the installation that `up` runs."""
    key = os.environ.get("INDIMAJ_GATEWAY_KEY_ENCRYPTION_KEY")
    if key is None:
        folder = Path(os.environ.get("INDIMAJ_FOLDER", DEFAULT_FOLDER)).resolve()
        key = Installation(folder).secrets()["key_encryption_key"]
    return Seal(bytes.fromhex(key))
