"""Send what is due, for as long as the worker lives."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from services.gateway.events.domain.records import Claimed
from services.gateway.events.reference.settings import Patience
from services.gateway.events.store import claiming
from services.kit.database import Database
from services.kit.logs import log

LOOK_AGAIN_S = 0.2
PAUSE_AFTER_TROUBLE_S = 2.0
Deliver = Callable[[Claimed], Awaitable[None]]


async def dispatch_deliveries(
    database: Database, deliver: Deliver, *, patience: Patience, now: Callable[[], datetime], stopping: asyncio.Event
) -> None:
    """Lease what is due and send it, many receivers at once, a few messages of each; a slow one holds back nobody else.

    Told to stop, it leases nothing more and sees through what is under way.

    Args:
        database: Where deliveries are kept.
        deliver: Sends one and keeps what became of it.
        patience: How many at once, and for how long a lease lasts.
        now: The clock.
        stopping: Set to end.
    """
    under_way: set[asyncio.Task[None]] = set()
    while not stopping.is_set():
        free = patience.most_at_once - len(under_way)
        claimed, pause_s = await _claim(database, patience, now(), free) if free else ([], LOOK_AGAIN_S)
        for each in claimed:
            task = asyncio.create_task(_guarded(deliver, each))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if not claimed:
            await _wait(stopping, pause_s)
    await asyncio.gather(*under_way)


async def _claim(database: Database, patience: Patience, at: datetime, free: int) -> tuple[list[Claimed], float]:
    """Lease deliveries; return them, and how long to wait where there are none."""
    try:
        async with database.sessions.begin() as session:
            found = await claiming.claim(session, at=at, lease=patience.lease, each=patience.at_once, most=free)
    except (OSError, SQLAlchemyError) as error:
        log.warning("deliveries_interrupted", error=type(error).__name__)
        return [], PAUSE_AFTER_TROUBLE_S
    return list(found), LOOK_AGAIN_S


async def _guarded(deliver: Deliver, claimed: Claimed) -> None:
    """Deliver; whatever goes wrong on our side leaves the delivery to the end of its lease."""
    try:
        await deliver(claimed)
    except Exception as error:  # noqa: BLE001  # one delivery must not end the worker, nor the others
        log.error("delivery_interrupted", delivery_id=str(claimed.delivery_id), error=type(error).__name__)


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
