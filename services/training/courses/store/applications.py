"""Applications as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.training.courses.domain.admission import Admission
from services.training.courses.domain.enrolments import Application, Ruling, State
from services.training.courses.domain.facts import Declared, FactsRoad, PersonFacts
from services.training.courses.domain.findings import Outcome
from services.training.courses.store.owners import of_applications
from services.training.courses.store.tables import application

_COLUMNS = [column for column in application.c if column.name not in {"outcome", "rule_set"}]
"""The record's; `outcome` and `rule_set` repeat what the documents say, for queries."""


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """A decided application, about to be stored."""

    session_id: UUID
    person_id: UUID
    organisation: str
    admission: Admission
    facts: PersonFacts
    facts_road: FactsRoad
    declared: Declared


async def add(session: AsyncSession, draft: ApplicationDraft, *, at: datetime) -> Application:
    """Store a new application."""
    statement = insert(application).values(
        session_id=draft.session_id,
        person_id=draft.person_id,
        organisation=draft.organisation,
        state=State.APPLIED,
        outcome=draft.admission.outcome,
        rule_set=draft.admission.rule_set,
        admission=draft.admission,
        facts=draft.facts,
        facts_road=draft.facts_road,
        declared=draft.declared,
        created_at=at,
    )
    return _record((await session.execute(statement.returning(*_COLUMNS))).one())


async def find(
    session: AsyncSession,
    application_id: UUID,
    *,
    to_change: bool = False,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Application | None:
    """Return an application, of the organisation's own where one is named; `to_change` locks its row."""
    query = select(*_COLUMNS).where(application.c.id == application_id, *of_applications(organisation, viewer))
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def has_live(session: AsyncSession, *, person_id: UUID, session_id: UUID) -> bool:
    """Say whether the person has an application for the session that is not withdrawn."""
    query = select(application.c.id).where(
        application.c.person_id == person_id,
        application.c.session_id == session_id,
        application.c.state != State.WITHDRAWN,
    )
    return await session.scalar(query) is not None


async def move(session: AsyncSession, application_id: UUID, to: State) -> Application:
    """Store a step of the state machine."""
    return await _update(session, application_id, {"state": to})


async def rule(session: AsyncSession, application_id: UUID, ruling: Ruling) -> Application:
    """Store a human's ruling."""
    return await _update(session, application_id, {"ruling": ruling, "outcome": ruling.outcome})


async def page_of_session(
    session: AsyncSession,
    session_id: UUID,
    *,
    outcome: Outcome | None,
    state: State | None,
    after: UUID | None,
    limit: int,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Sequence[Application]:
    """Return up to `limit` of a session's applications in the order they came, `after` the last one of a page.

    The outcome is the answer in force: a ruling's, else the rules'. With an organisation, its own alone.
    """
    query = select(*_COLUMNS).where(application.c.session_id == session_id).order_by(application.c.id).limit(limit)
    wanted = {application.c.outcome: outcome, application.c.state: state}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    query = query.where(*of_applications(organisation, viewer))
    if after is not None:
        query = query.where(application.c.id > after)
    return [_record(row) for row in await session.execute(query)]


async def latest_of_person(
    session: AsyncSession, person_id: UUID, *, limit: int, organisation: str | None = None, viewer: Viewer | None = None
) -> Sequence[Application]:
    """Return a person's applications, newest first; with an organisation, its own alone."""
    query = select(*_COLUMNS).where(application.c.person_id == person_id, *of_applications(organisation, viewer))
    query = query.order_by(application.c.id.desc()).limit(limit)
    return [_record(row) for row in await session.execute(query)]


async def withdraw_all(session: AsyncSession, session_id: UUID) -> Sequence[Application]:
    """Withdraw every live application for a session that was cancelled."""
    withdrawn = await session.execute(
        update(application)
        .where(application.c.session_id == session_id, application.c.state != State.WITHDRAWN)
        .values(state=State.WITHDRAWN, version=application.c.version + 1)
        .returning(*_COLUMNS)
    )
    return [_record(row) for row in withdrawn]


async def _update(session: AsyncSession, application_id: UUID, values: dict[str, Any]) -> Application:
    statement = (
        update(application)
        .where(application.c.id == application_id)
        .values(**values, version=application.c.version + 1)
        .returning(*_COLUMNS)
    )
    return _record((await session.execute(statement)).one())


def _record(row: Any) -> Application:
    return Application(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
