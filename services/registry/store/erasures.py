"""Erasures, from proposal to tombstone, and the taking away itself."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.background import holdings as declared
from services.kit.database import dump_json
from services.registry.domain.acts import ERASED
from services.registry.domain.erasures import (
    Entry,
    Erasure,
    ErasureNotFoundError,
    ErasurePendingError,
    ErasureReason,
    ErasureState,
)
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.holdings import holdings
from services.registry.store.tables.erasure import erasure
from services.registry.store.withheld import withheld_of

_COLUMNS = [erasure.c[field.name] for field in fields(Erasure)]


async def lock_person(session: AsyncSession, person_id: UUID) -> tuple[int, str]:
    """Hold a person's row until the transaction ends; return her version and whose she is.

    Raises:
        PersonNotFoundError: There is no such person.
    """
    row = (
        await session.execute(
            text("SELECT version, organisation FROM person WHERE id = :id FOR UPDATE"), {"id": person_id}
        )
    ).one_or_none()
    if row is None:
        raise PersonNotFoundError
    return row.version, row.organisation


async def add(
    session: AsyncSession, person_id: UUID, *, reason: ErasureReason, organisation: str, by: str, at: datetime
) -> Erasure:
    """Store a proposal.

    Raises:
        ErasurePendingError: There is one for her.
    """
    values = {
        "person_id": person_id,
        "reason": reason.value,
        "state": ErasureState.PROPOSED.value,
        "organisation": organisation,
        "proposed_by": by,
        "proposed_at": at,
    }
    try:
        async with session.begin_nested():
            made = await session.execute(insert(erasure).values(values).returning(*_COLUMNS))
            return _record(made.one())
    except IntegrityError as error:
        if "uq_erasure_person" in str(error.orig):
            raise ErasurePendingError from None
        raise


async def find(session: AsyncSession, erasure_id: UUID, *, rows_of: str | None = None, lock: bool = False) -> Erasure:
    """Return an erasure; of one organisation's alone where one is named.

    Raises:
        ErasureNotFoundError: There is none.
    """
    wanted = select(*_COLUMNS).where(erasure.c.id == erasure_id)
    if rows_of is not None:
        wanted = wanted.where(erasure.c.organisation == rows_of)
    row = (await session.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        raise ErasureNotFoundError
    return _record(row)


async def page(
    session: AsyncSession, *, state: ErasureState | None, rows_of: str | None, before: UUID | None, limit: int
) -> Sequence[Erasure]:
    """Return erasures, the newest first."""
    wanted = select(*_COLUMNS).order_by(erasure.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(erasure.c.state == state.value)
    if rows_of is not None:
        wanted = wanted.where(erasure.c.organisation == rows_of)
    if before is not None:
        wanted = wanted.where(erasure.c.id < before)
    return [_record(row) for row in await session.execute(wanted)]


async def change(session: AsyncSession, erasure_id: UUID, state: ErasureState, **values: Any) -> None:
    """Move an erasure on."""
    await session.execute(update(erasure).where(erasure.c.id == erasure_id).values(state=state.value, **values))


async def withdraw_live(session: AsyncSession, person_id: UUID) -> None:
    """Withdraw what is proposed or confirmed for a person and not done."""
    live = erasure.c.state.in_([ErasureState.PROPOSED.value, ErasureState.CONFIRMED.value])
    await session.execute(
        update(erasure).where(erasure.c.person_id == person_id, live).values(state=ErasureState.WITHDRAWN.value)
    )


async def take_away(session: AsyncSession, person_id: UUID, *, version: int, owner: str, on: date) -> Mapping[str, int]:
    """Take away everything the register holds of a person, and tell the feed; return rows by table.

    Args:
        session: A transaction in which her row and her erasure are held.
        person_id: Whom.
        version: Her last one.
        owner: Whose she was.
        on: Civil date.
    """
    withheld = (await withheld_of(session, [person_id], on))[person_id].to_json()
    counts = await declared.erase(session, holdings(), person_id)
    payload = {"organisation": owner, **({"withheld": withheld} if withheld else {})}
    if withheld:  # whom she was protected from learns nothing of her from the feed when she is gone either
        await session.execute(
            text("UPDATE change SET payload = payload || CAST(:withheld AS jsonb) WHERE subject = :id"),
            {"withheld": dump_json({"withheld": withheld}), "id": person_id},
        )
    await changes.append(session, subject=person_id, kind=ERASED, version=version + 1, payload=payload)
    return counts


async def documents_of(session: AsyncSession, person_id: UUID) -> list[str]:
    """Return the ids of her documents."""
    found = await session.scalars(text("SELECT id::text FROM document WHERE person_id = :id"), {"id": person_id})
    return list(found)


async def unwritten(session: AsyncSession, *, limit: int) -> Sequence[Erasure]:
    """Return erasures that are done and not in the ledger yet."""
    wanted = select(*_COLUMNS).where(erasure.c.state == ErasureState.ERASED.value, erasure.c.ledger_at.is_(None))
    return [_record(row) for row in await session.execute(wanted.order_by(erasure.c.id).limit(limit))]


async def written(session: AsyncSession, erasure_id: UUID, *, at: datetime) -> None:
    """Note that an erasure is in the ledger."""
    await session.execute(update(erasure).where(erasure.c.id == erasure_id).values(ledger_at=at))


async def put_back(session: AsyncSession, entry: Entry, *, at: datetime) -> None:
    """Put the tombstone of a ledger's entry into a database that was restored from before it."""
    await session.execute(
        update(erasure)
        .where(
            erasure.c.person_id == entry.person_id,
            erasure.c.id != entry.erasure_id,
            erasure.c.state != ErasureState.WITHDRAWN.value,
        )
        .values(state=ErasureState.WITHDRAWN.value)
    )
    values = {
        "state": ErasureState.ERASED.value,
        "erased_at": entry.erased_at,
        "documents": list(entry.documents),
        "ledger_at": at,
    }
    row = {
        "id": entry.erasure_id,
        "person_id": entry.person_id,
        "reason": entry.reason.value,
        "organisation": entry.organisation,
        "proposed_by": "",
        "proposed_at": entry.erased_at,
        **values,
    }
    await session.execute(upsert(erasure).values(row).on_conflict_do_update(index_elements=["id"], set_=values))


async def there(session: AsyncSession, person_ids: Sequence[UUID]) -> set[UUID]:
    """Return those who are in the register."""
    found = await session.scalars(text("SELECT id FROM person WHERE id = ANY(:ids)"), {"ids": list(person_ids)})
    return set(found)


async def tombstones(session: AsyncSession, erasure_ids: Sequence[UUID]) -> set[UUID]:
    """Return which erasures the database knows to be done."""
    wanted = select(erasure.c.id).where(
        erasure.c.id.in_(list(erasure_ids)), erasure.c.state == ErasureState.ERASED.value
    )
    return set(await session.scalars(wanted))


def _record(row: Any) -> Erasure:
    said = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    return Erasure(**{**said, "reason": ErasureReason(said["reason"]), "state": ErasureState(said["state"])})
