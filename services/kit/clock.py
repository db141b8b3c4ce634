"""The one clock. Everything else takes the instant or the date as an argument."""

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

CASABLANCA = ZoneInfo("Africa/Casablanca")


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the civil date in Morocco, which is the one that law and permits count by."""
    return datetime.now(CASABLANCA).date()


async def read_now() -> datetime:
    """Return the present instant; a coroutine, because FastAPI sends plain functions to a thread."""
    return now()


async def read_today() -> date:
    """Return the civil date in Morocco; a coroutine for the same reason."""
    return today()


Now = Annotated[datetime, Depends(read_now)]
"""The instant of the request; tests replace it through `app.dependency_overrides[clock.read_now]`."""

Today = Annotated[date, Depends(read_today)]
"""The civil date of the request; tests replace it through `app.dependency_overrides[clock.read_today]`."""
