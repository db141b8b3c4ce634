"""What this area is given by others; `services/gateway/assembly/events.py` hands it over."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.records import Event, Subscription
from services.gateway.events.domain.rights import Given, may_know
from services.gateway.events.store.withholding import Walls
from services.kit.clock import CASABLANCA
from services.kit.withholding import Viewer

GivenTo = Callable[[AsyncSession, str, str, date], Awaitable[Given]]
"""Say what an organisation's agreements in force on a day give for a purpose."""


class Rights:
    """What agreements give, asked once for each organisation, purpose and day; to be made anew for each piece of work.

    Args:
        given_to: Asks the agreements.
    """

    def __init__(self, given_to: GivenTo) -> None:
        self._given_to = given_to
        self._known: dict[tuple[str, str, date], Given] = {}
        self._walls = Walls()

    async def given(self, session: AsyncSession, organisation: str, purpose: str, at: datetime) -> Given:
        """Return what is given on the day of an instant."""
        key = (organisation, purpose, at.astimezone(CASABLANCA).date())
        if key not in self._known:
            self._known[key] = await self._given_to(session, *key)
        return self._known[key]

    async def may_know(self, session: AsyncSession, event: Event, subscription: Subscription, at: datetime) -> bool:
        """Say whether the organisation of a subscription may know of an event on the day of an instant."""
        given = await self.given(session, subscription.organisation, subscription.purpose, at)
        return may_know(event, subscription.organisation, given) and await self.open_to(
            session, event, subscription.viewer
        )

    async def open_to(self, session: AsyncSession, event: Event, viewer: Viewer) -> bool:
        """Say whether the person whom an event is about is not kept from who would be told."""
        return not await self._walls.closed(session, event, viewer)
