"""A process that follows a feed, applies its first page, and hangs before it commits; the test kills it there."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.background.follower import Follower
from services.kit.database import Database
from tests.kit.feed import CREDENTIALS, apply


async def main(database_url: str, gateway_url: str, sign: str) -> None:
    """Follow until killed."""

    async def apply_and_hang(session: AsyncSession, items: Any) -> None:
        await apply(session, items)
        await asyncio.to_thread(Path(sign).touch)
        await asyncio.Event().wait()

    follower = Follower(
        Database(database_url),
        gateway_url=gateway_url,
        credentials=CREDENTIALS,
        purpose="TRAINING",
        apply=apply_and_hang,
    )
    await follower.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
