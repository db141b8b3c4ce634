"""A process that leases what is due and sends it; the test kills it when the receiver has it, before it is recorded."""

import asyncio
import sys

from services.kit.database import Database
from tests.gateway.events.desk import Desk


async def main(database_url: str) -> None:
    """Deliver until killed."""
    desk = Desk(Database(database_url))
    await desk.deliver_due()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
