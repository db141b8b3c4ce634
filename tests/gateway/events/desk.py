"""Events without the services: changes are told by hand, time is an argument, receivers are real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store.sealing import Seal
from services.gateway.events.clients.receivers import Receivers, Resolve, resolve, shown
from services.gateway.events.domain.records import Change, Claimed, Delivery, DeliveryState, Subscription
from services.gateway.events.domain.records import SubscriptionDraft as Draft
from services.gateway.events.domain.schedule import Schedule
from services.gateway.events.domain.targets import Rules
from services.gateway.events.operations.create_subscription import create_subscription
from services.gateway.events.operations.deliver_event import DeliveryTools, deliver_event
from services.gateway.events.operations.record_events import record_events
from services.gateway.events.operations.remove_subscription import remove_subscription
from services.gateway.events.reference.settings import catalogue, patience
from services.gateway.events.store import claiming, deliveries, subscriptions
from services.gateway.events.store.sealing import SecretBox
from services.kit.audit import Pseudonyms
from services.kit.database import Database

EVERYTHING = {"persons": False, "coverage": False, "enrolments": False, "courses": False}
MOST = 64


@dataclass
class Desk:
    """Subscribes, tells and delivers.

    Attributes:
        at: The present instant, moved by the test.
        given: What agreements give, by organisation; everything where nothing is said.
    """

    database: Database
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    given: dict[str, Mapping[str, bool]] = field(default_factory=dict)
    asked_on: list[date] = field(default_factory=list)
    number: int = 0
    resolve: Resolve = resolve
    timeout_s: float = 5.0
    schedule: Schedule = field(default_factory=lambda: patience().schedule)
    key: bytes = b"k" * 32

    def __post_init__(self) -> None:
        self.box = SecretBox(Seal(self.key))

    async def given_to(self, _session: AsyncSession, organisation: str, _purpose: str, on: date) -> Mapping[str, bool]:
        """Say what agreements give."""
        self.asked_on.append(on)
        return self.given.get(organisation, EVERYTHING)

    @property
    def tools(self) -> DeliveryTools:
        """What deliveries are made with: this clock, and no jitter."""
        return DeliveryTools(
            receivers=Receivers(Rules(loopback=True), self.timeout_s, self.resolve),
            given_to=self.given_to,
            box=self.box,
            schedule=self.schedule,
            pseudonyms=Pseudonyms(b"p" * 32),
            now=lambda: self.at,
            dice=lambda: 0.0,
        )

    async def subscribe(
        self, url: str, *types: str, organisation: str = "mdm", most: int = MOST
    ) -> tuple[Subscription, str]:
        """Subscribe; return the subscription and its secret as the partner keeps it."""
        async with self.database.sessions.begin() as session:
            made, secret = await create_subscription(
                session,
                Draft(url, types or ("*",), "REGISTRATION", None),
                organisation=organisation,
                client_id=organisation,
                catalogue=catalogue(),
                given_to=self.given_to,
                box=self.box,
                most=most,
                at=self.at,
            )
        return made, shown(secret)

    async def tell(self, *told: tuple[UUID, int], kind: str = "person.updated", organisation: str = "mdm") -> None:
        """Tell of versions of persons, as a page of the registry's feed."""
        changes = []
        for subject, version in told:
            self.number += 1
            references = {"person_id": str(subject)}
            source = "registry" if kind.startswith("person.") else "coverage"
            changes.append(Change(source, self.number, kind, subject, version, self.at, organisation, references))
        await self.record(changes)

    async def record(self, changes: Sequence[Change]) -> None:
        """Take up changes in one transaction."""
        async with self.database.sessions.begin() as session:
            await record_events(session, changes, catalogue=catalogue(), given_to=self.given_to, at=self.at)

    async def claim(self, *, each: int = MOST, most: int = MOST) -> Sequence[Claimed]:
        """Lease what is due."""
        async with self.database.sessions.begin() as session:
            return await claiming.claim(session, at=self.at, lease=patience().lease, each=each, most=most)

    async def deliver(self, claimed: Claimed) -> None:
        """Send one."""
        await deliver_event(self.database, claimed, self.tools)

    async def deliver_due(self) -> int:
        """Send until nothing is due at this instant; return how many attempts that took."""
        attempts = 0
        while claimed := await self.claim():
            for each in claimed:
                await self.deliver(each)
            attempts += len(claimed)
        return attempts

    async def let_pass(self, span: timedelta, *, until: datetime | None = None) -> None:
        """Let simulated time pass, delivering whenever something falls due."""
        end = until or self.at + span
        while True:
            await self.deliver_due()
            # one that waits for an earlier of its subject is due already, and not what time must pass for
            due = [each.next_at for each in await self.deliveries() if each.next_at and each.next_at > self.at]
            self.at = min([*due, end])
            if self.at >= end:
                self.at = end
                return

    async def deliveries(self, state: DeliveryState | None = None) -> list[Delivery]:
        """Return every delivery of every subscription."""
        found: list[Delivery] = []
        async with self.database.sessions.begin() as session:
            for each in await self._all(session):
                found += await deliveries.page(session, each, state=state, before=None, limit=1000)
        return found

    async def states(self) -> dict[str, int]:
        """Return how many deliveries stand in each state."""
        counted: dict[str, int] = {}
        for each in await self.deliveries():
            counted[each.state.value] = counted.get(each.state.value, 0) + 1
        return counted

    async def subscription(self, made: Subscription) -> Subscription:
        """Return a subscription as it stands."""
        async with self.database.sessions.begin() as session:
            found = await subscriptions.find(session, made.id, made.organisation)
        assert found is not None
        return found

    async def _all(self, session: AsyncSession) -> list[UUID]:
        pages: Any = [await subscriptions.page(session, name, after=None, limit=100) for name in ("mdm", "cnss")]
        return [each.id for page in pages for each in page]

    async def remove(self, session: AsyncSession, made: Subscription) -> None:
        """Remove a subscription."""
        await remove_subscription(session, made.id, organisation=made.organisation, version=made.version)
