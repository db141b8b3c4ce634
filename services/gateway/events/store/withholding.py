"""From whom persons are kept, as the registry's feed has said so far."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.records import Change, Event
from services.gateway.events.store.tables import person_withheld
from services.kit.withholding import NOTHING, Viewer, Withheld, withheld_from


async def record(session: AsyncSession, change: Change) -> None:
    """Keep what a change says of whom a person is kept from; the newest version wins.

    A person from whom nobody was ever kept has no row: they are nearly all.
    """
    if change.withheld is None:
        return
    said = {"version": change.withheld_at, "withheld": change.withheld.to_json()}
    if not change.withheld and (await _of(session, [change.subject])).get(str(change.subject)) is None:
        return
    statement = upsert(person_withheld).values(person_id=change.subject, **said)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id"], set_=said, where=person_withheld.c.version < change.withheld_at
        )
    )


class Walls:
    """Says whether an event is of a person who is kept from somebody; to be made anew for each piece of work."""

    def __init__(self) -> None:
        self._known: dict[str, Withheld] = {}

    async def closed(self, session: AsyncSession, event: Event, viewer: Viewer) -> bool:
        """Say whether who looks may not know of an event; one that is about nobody is open."""
        person = event.data.get("person_id")
        if person is None:
            return False
        asked = [str(person)] if viewer.acting_for is None else [str(person), viewer.acting_for]
        missing = [UUID(one) for one in asked if one not in self._known]
        if missing:
            found = await _of(session, missing)
            self._known |= {str(one): found.get(str(one), NOTHING) for one in missing}
        sees = frozenset() if viewer.acting_for is None else self._known[viewer.acting_for].sees
        return withheld_from(viewer, str(person), self._known[str(person)], sees)


async def _of(session: AsyncSession, persons: Sequence[UUID]) -> dict[str, Withheld]:
    rows = await session.execute(select(person_withheld).where(person_withheld.c.person_id.in_(persons)))
    return {str(row.person_id): Withheld.from_json(row.withheld) for row in rows}
