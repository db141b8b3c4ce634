"""Seals a store in small batches until it is killed; run by a test."""

import asyncio
import os

from services.kit.database import Database
from services.trail.sealing import Sealer
from tests.trail.trails import SIGNER


async def main() -> None:
    """Seal for ever."""
    database = Database(os.environ["DRILL_URL"], pool_size=2)
    sealer = Sealer(database, SIGNER, batch=50)
    await sealer.step()
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        await sealer.step()


asyncio.run(main())
