"""Agreements as rows: SQL in, records out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Agreement, AgreementState, Entry, Rows, Terms
from services.gateway.access.store.tables import agreements as tables
from services.gateway.access.store.tables.clients import organisation as _organisation
from services.kit.periods import Period

_agreement = tables.agreement
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _agreement.c.id,
    _agreement.c.organisation_id,
    _agreement.c.authorisation_number,
    _agreement.c.purposes,
    _agreement.c.resources,
    _agreement.c.valid,
    _agreement.c.state,
    _agreement.c.version,
    _agreement.c.ended_on,
)
_APPROVED = (AgreementState.ACTIVE.value, AgreementState.ENDED.value)


async def approved(session: AsyncSession, organisation: str) -> tuple[Agreement, ...]:
    """Return the agreements of an organisation, by its code, that are or were in force or will be."""
    query = (
        select(*_COLUMNS)
        .join(_organisation, _organisation.c.id == _agreement.c.organisation_id)
        .where(_organisation.c.code == organisation, _agreement.c.state.in_(_APPROVED))
    )
    return tuple(_record(row) for row in await session.execute(query))


async def find(
    session: AsyncSession, organisation_id: UUID, agreement_id: UUID, *, to_change: bool = False
) -> Agreement | None:
    """Return an agreement of an organisation; `to_change` locks its row until the transaction ends."""
    query = select(*_COLUMNS).where(_agreement.c.id == agreement_id, _agreement.c.organisation_id == organisation_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def find_by_number(session: AsyncSession, organisation_id: UUID, number: str) -> Agreement | None:
    """Return the newest approved agreement of an organisation under an authorisation number, its row locked."""
    query = (
        select(*_COLUMNS)
        .where(
            _agreement.c.organisation_id == organisation_id,
            _agreement.c.authorisation_number == number,
            _agreement.c.state.in_(_APPROVED),
        )
        .order_by(_agreement.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def page(
    session: AsyncSession,
    organisation_id: UUID,
    *,
    state: AgreementState | None = None,
    in_force_on: date | None = None,
    after: UUID | None = None,
    limit: int,
) -> Sequence[Agreement]:
    """Return up to `limit` agreements of an organisation in the order they were proposed.

    Args:
        session: The transaction.
        organisation_id: Whose.
        state: Only those in this state.
        in_force_on: Only active ones whose days hold this one.
        after: The last one of the page before.
        limit: The most to return.
    """
    query: Select[Any] = select(*_COLUMNS).where(_agreement.c.organisation_id == organisation_id)
    if state is not None:
        query = query.where(_agreement.c.state == state.value)
    if in_force_on is not None:
        active = _agreement.c.state == AgreementState.ACTIVE.value
        query = query.where(active, _agreement.c.valid.contains(in_force_on))
    if after is not None:
        query = query.where(_agreement.c.id > after)
    rows = await session.execute(query.order_by(_agreement.c.id).limit(limit))
    return [_record(row) for row in rows]


async def add(
    session: AsyncSession,
    organisation_id: UUID,
    terms: Terms,
    *,
    proposed_by: str,
    approved_by: str | None = None,
    at: datetime,
) -> Agreement:
    """Store a new agreement: proposed, or active where it is approved already."""
    state = AgreementState.PROPOSED if approved_by is None else AgreementState.ACTIVE
    statement = (
        insert(_agreement)
        .values(
            organisation_id=organisation_id,
            **_values(terms),
            state=state.value,
            proposed_by=proposed_by,
            approved_by=approved_by,
            created_at=at,
            updated_at=at,
        )
        .returning(*_COLUMNS)
    )
    return _record((await session.execute(statement)).one())


async def amend(session: AsyncSession, agreement_id: UUID, terms: Terms, *, at: datetime) -> Agreement:
    """Replace what an agreement says; its version goes up by one."""
    return await _change(session, agreement_id, _values(terms), at=at)


async def decide(
    session: AsyncSession,
    agreement_id: UUID,
    state: AgreementState,
    *,
    approved_by: str | None = None,
    ended_on: date | None = None,
    at: datetime,
) -> Agreement:
    """Put an agreement into another state; its version goes up by one."""
    values: dict[str, Any] = {"state": state.value, "ended_on": ended_on}
    if approved_by is not None:
        values["approved_by"] = approved_by
    return await _change(session, agreement_id, values, at=at)


async def _change(session: AsyncSession, agreement_id: UUID, values: Mapping[str, Any], *, at: datetime) -> Agreement:
    statement = (
        update(_agreement)
        .where(_agreement.c.id == agreement_id)
        .values(**values, version=_agreement.c.version + 1, updated_at=at)
        .returning(*_COLUMNS)
    )
    return _record((await session.execute(statement)).one())


def document_of(terms: Terms) -> dict[str, Any]:
    """Return what an agreement says as JSON, as it is kept in the history."""
    return {
        "authorisation_number": terms.authorisation_number,
        "purposes": sorted(terms.purposes),
        "resources": _resources(terms),
        "valid_from": terms.valid.start,
        "valid_to": terms.valid.end,
    }


def _resources(terms: Terms) -> list[dict[str, Any]]:
    return [
        {
            "resource": entry.resource,
            "actions": sorted(entry.actions),
            "fields": None if entry.fields is None else sorted(entry.fields),
            "rows": entry.rows.value,
        }
        for entry in terms.entries
    ]


def _values(terms: Terms) -> dict[str, Any]:
    # ours include the last day, PostgreSQL's ranges end before the day after
    days = Range(terms.valid.start, terms.valid.end and terms.valid.end + timedelta(days=1))
    return {
        "authorisation_number": terms.authorisation_number,
        "purposes": sorted(terms.purposes),
        "resources": _resources(terms),
        "valid": days,
    }


def _record(row: Row[Any]) -> Agreement:
    terms = Terms(
        authorisation_number=row.authorisation_number,
        purposes=frozenset(row.purposes),
        entries=tuple(
            Entry(
                entry["resource"],
                frozenset(entry["actions"]),
                None if entry["fields"] is None else frozenset(entry["fields"]),
                Rows(entry["rows"]),
            )
            for entry in row.resources
        ),
        valid=Period(row.valid.lower, row.valid.upper and row.valid.upper - timedelta(days=1)),
    )
    return Agreement(row.id, row.organisation_id, terms, AgreementState(row.state), row.version, row.ended_on)
