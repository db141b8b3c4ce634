"""Renewals of residence titles."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.renewals import Outcome, Renewal, RenewalState
from services.registry.store.driver import driver

_COLUMNS = "id, title_id, filed_on, late, state, receipts, decided_on, reason, granted_id, filed_at, decided_at"
_OF_PERSON = f"SELECT {_COLUMNS} FROM permit_renewal WHERE person_id = $1 ORDER BY filed_at, id"
_ADD = f"""
INSERT INTO permit_renewal (person_id, title_id, filed_on, late, state, receipts, filed_at)
VALUES ($1, $2, $3, $4, 'FILED', $5, $6) RETURNING {_COLUMNS}
"""
_DECIDE = f"""
UPDATE permit_renewal SET state = $2, decided_on = $3, reason = $4, granted_id = $5, decided_at = $6 WHERE id = $1
RETURNING {_COLUMNS}
"""
_ROLL = f"UPDATE permit_renewal SET receipts = receipts || $2::uuid WHERE id = $1 RETURNING {_COLUMNS}"


async def of_person(session: AsyncSession, person_id: UUID) -> list[Renewal]:
    """Return the renewals of all titles of a person, in the order they became known."""
    return [_renewal(row) for row in await (await driver(session)).fetch(_OF_PERSON, person_id)]


async def of_title(session: AsyncSession, person_id: UUID, title_id: UUID) -> list[Renewal]:
    """Return the renewals of one title of a person."""
    return [row for row in await of_person(session, person_id) if row.title_id == title_id]


async def add(session: AsyncSession, person_id: UUID, *parts: Any) -> Renewal:
    """Store a request.

    Args:
        session: The request's transaction.
        person_id: Whose.
        *parts: Title id, day of filing, whether it is late, receipt ids, the instant it became known.
    """
    return _renewal(await (await driver(session)).fetchrow(_ADD, person_id, *parts))


async def roll(session: AsyncSession, renewal_id: UUID, receipt_id: UUID | None) -> Renewal:
    """Add a receipt to a request."""
    return _renewal(await (await driver(session)).fetchrow(_ROLL, renewal_id, receipt_id))


async def decide(
    session: AsyncSession, renewal_id: UUID, outcome: Outcome, granted_id: UUID | None, at: Any
) -> Renewal:
    """Store how a request ended."""
    row = await (await driver(session)).fetchrow(
        _DECIDE, renewal_id, outcome.state.value, outcome.on, outcome.reason, granted_id, at
    )
    return _renewal(row)


def _renewal(row: Any) -> Renewal:
    one, title_id, filed_on, late, state, receipts, decided_on, reason, granted_id, *instants = row
    given = tuple(_plain(receipt) for receipt in receipts)
    granted = None if granted_id is None else _plain(granted_id)
    request = (_plain(one), _plain(title_id), filed_on, late, RenewalState(state), given)
    return Renewal(*request, decided_on, reason, granted, *instants)


def _plain(found: UUID) -> UUID:
    """Return the driver's id as Python's own, which JSON is written of."""
    return UUID(int=found.int)
