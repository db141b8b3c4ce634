"""Sessions of browsers, attempts to sign in, consents: SQL in, records out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.attempts import FORGOTTEN_AFTER, Attempts
from services.gateway.access.domain.sessions import IDLE, BrowserSession, Stage
from services.gateway.access.store.tables import accounts as tables
from services.gateway.access.store.tables import clients as partners
from services.gateway.access.store.tables import grants as granted

_session, _attempt, _consent = tables.browser_session, tables.sign_in_attempt, tables.consent
_MOST_AT_ONCE = 100
_COLUMNS = tuple(column for column in _session.c if column.name != "digest")


@dataclass(frozen=True, slots=True)
class Consent:
    """What an account has let a client do in its name."""

    client_id: str
    client_name: str
    scopes: frozenset[str]
    given_at: datetime


async def find_session(session: AsyncSession, digest: bytes) -> BrowserSession | None:
    """Return a session by the digest of its cookie, in force or not."""
    row = (await session.execute(select(*_COLUMNS).where(_session.c.digest == digest))).one_or_none()
    return None if row is None else _record(row)


async def add_session(
    session: AsyncSession,
    digest: bytes,
    *,
    stage: Stage,
    account_id: UUID | None,
    language: str | None,
    address: str,
    agent: str,
    at: datetime,
    ends_at: datetime,
    authenticated_at: datetime | None,
) -> BrowserSession:
    """Store a session, and clear away some that have ended."""
    await session.execute(
        delete(_session).where(
            _session.c.id.in_(
                select(_session.c.id)
                .where(_session.c.seen_at < at - IDLE)
                .limit(_MOST_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        )
    )
    row = (
        await session.execute(
            insert(_session)
            .values(
                digest=digest,
                stage=stage.value,
                account_id=account_id,
                language=language,
                address=address,
                agent=agent,
                created_at=at,
                seen_at=at,
                ends_at=ends_at,
                authenticated_at=authenticated_at,
            )
            .returning(*_COLUMNS)
        )
    ).one()
    return _record(row)


async def change_session(session: AsyncSession, session_id: UUID, **values: Any) -> None:
    """Change columns of a session."""
    await session.execute(update(_session).where(_session.c.id == session_id).values(**values))


async def take_challenge(session: AsyncSession, session_id: UUID) -> bytes | None:
    """Return what a passkey was to sign, and forget it: each is answered once."""
    held = (
        await session.execute(select(_session.c.challenge).where(_session.c.id == session_id).with_for_update())
    ).scalar_one_or_none()
    await change_session(session, session_id, challenge=None)
    found: bytes | None = held
    return found


async def sessions_of(session: AsyncSession, account_id: UUID, *, at: datetime) -> list[BrowserSession]:
    """Return an account's sessions in force, the latest first, at most 100 of them."""
    rows = await session.execute(
        select(*_COLUMNS)
        .where(_session.c.account_id == account_id, _session.c.seen_at > at - IDLE, _session.c.ends_at > at)
        .order_by(_session.c.seen_at.desc(), _session.c.id)
        .limit(_MOST_AT_ONCE)
    )
    return [_record(row) for row in rows]


async def end_sessions(
    session: AsyncSession, account_id: UUID, *, only: UUID | None = None, keep: UUID | None = None
) -> None:
    """Delete sessions of an account: all, or one, or all but one."""
    statement = delete(_session).where(_session.c.account_id == account_id)
    if only is not None:
        statement = statement.where(_session.c.id == only)
    if keep is not None:
        statement = statement.where(_session.c.id != keep)
    await session.execute(statement)


async def end_session(session: AsyncSession, session_id: UUID) -> None:
    """Delete a session."""
    await session.execute(delete(_session).where(_session.c.id == session_id))


async def hold_attempts(session: AsyncSession, key: bytes, *, at: datetime) -> Attempts:
    """Return what is remembered under a key, held against everybody else until the transaction ends."""
    statement = upsert(_attempt).values(key=key, failures=0, last_at=at, free_at=at)
    held = await session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"failures": _attempt.c.failures}).returning(
            _attempt.c.failures, _attempt.c.last_at, _attempt.c.free_at
        )
    )
    row = held.one()
    return Attempts(row.failures, row.last_at, row.free_at)


async def keep_attempts(session: AsyncSession, key: bytes, attempts: Attempts) -> None:
    """Store what is to be remembered under a key."""
    await session.execute(
        update(_attempt)
        .where(_attempt.c.key == key)
        .values(failures=attempts.failures, last_at=attempts.last_at, free_at=attempts.free_at)
    )


async def forget_attempts(session: AsyncSession, keys: Iterable[bytes], *, at: datetime) -> None:
    """Delete what is remembered under keys, and some of what is too old to matter."""
    await session.execute(delete(_attempt).where(_attempt.c.key.in_(list(keys))))
    old = (
        select(_attempt.c.key)
        .where(_attempt.c.last_at < at - FORGOTTEN_AFTER - timedelta(hours=1))
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(_attempt).where(_attempt.c.key.in_(old)))


async def find_consent(session: AsyncSession, account_id: UUID, client_id: str) -> frozenset[str]:
    """Return the scopes that an account has let a client have."""
    found = (
        await session.execute(
            select(_consent.c.scopes).where(_consent.c.account_id == account_id, _consent.c.client_id == client_id)
        )
    ).scalar_one_or_none()
    return frozenset(found or ())


async def keep_consent(
    session: AsyncSession, account_id: UUID, client_id: str, scopes: frozenset[str], *, at: datetime
) -> None:
    """Store what an account lets a client have, in place of what it had."""
    values = {"scopes": sorted(scopes), "given_at": at}
    statement = upsert(_consent).values(account_id=account_id, client_id=client_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["account_id", "client_id"], set_=values))


async def drop_consent(session: AsyncSession, account_id: UUID, client_id: str) -> bool:
    """Delete a consent; return False where there was none."""
    gone = await session.execute(
        delete(_consent)
        .where(_consent.c.account_id == account_id, _consent.c.client_id == client_id)
        .returning(_consent.c.client_id)
    )
    return gone.scalar_one_or_none() is not None


async def families_under_consent(session: AsyncSession, account_id: UUID, client_id: str) -> list[UUID]:
    """Return the living families of tokens that a client holds for an account."""
    family = granted.token_family
    rows = await session.execute(
        select(family.c.id).where(
            family.c.account_id == account_id, family.c.client_id == client_id, family.c.revoked_at.is_(None)
        )
    )
    return list(rows.scalars())


async def consents_of(session: AsyncSession, account_id: UUID) -> list[Consent]:
    """Return what an account has let clients do, by the clients' names, at most 100."""
    client = partners.client
    rows = await session.execute(
        select(_consent.c.client_id, client.c.name, _consent.c.scopes, _consent.c.given_at)
        .join(client, client.c.id == _consent.c.client_id)
        .where(_consent.c.account_id == account_id)
        .order_by(client.c.name, client.c.id)
        .limit(_MOST_AT_ONCE)
    )
    return [Consent(row.client_id, row.name, frozenset(row.scopes), row.given_at) for row in rows]


def _record(row: Any) -> BrowserSession:
    return BrowserSession(**{**row._mapping, "stage": Stage(row.stage)})  # noqa: SLF001  # SQLAlchemy's public name for it
