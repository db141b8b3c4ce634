"""Accounts and invitations: SQL in, records out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Account
from services.gateway.access.store.tables import accounts as tables
from services.gateway.access.store.tables import clients as partners

_account, _organisation, _invitation = tables.account, partners.organisation, tables.invitation


async def find_account(session: AsyncSession, account_id: UUID) -> Account | None:
    """Return an account; inactive where it or its organisation is."""
    return await _one(session, _account.c.id == account_id)


async def find_by_username(session: AsyncSession, username: str) -> Account | None:
    """Return the account of a name."""
    return await _one(session, _account.c.username == username)


async def accounts_of(session: AsyncSession, organisation_id: UUID, *, after: str | None, limit: int) -> list[Account]:
    """Return an organisation's accounts by username, from after a name on."""
    statement = _selection().where(_account.c.organisation_id == organisation_id)
    if after is not None:
        statement = statement.where(_account.c.username > after)
    rows = await session.execute(statement.order_by(_account.c.username).limit(limit))
    return [_record(row) for row in rows]


async def add_account(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    username: str,
    display_name: str,
    language: str,
    scopes: frozenset[str],
    at: datetime,
) -> UUID | None:
    """Store an account; return its id, or None where the name is taken."""
    made = await session.execute(
        upsert(_account)
        .values(
            organisation_id=organisation_id,
            username=username,
            display_name=display_name,
            language=language,
            scopes=sorted(scopes),
            created_at=at,
            updated_at=at,
        )
        .on_conflict_do_nothing(index_elements=["username"])
        .returning(_account.c.id)
    )
    found: UUID | None = made.scalar_one_or_none()
    return found


async def change_account(
    session: AsyncSession, account_id: UUID, *, version: int | None, values: dict[str, Any], at: datetime
) -> bool:
    """Change columns of an account; return False where it is no longer at that version.

    Args:
        session: The transaction.
        account_id: Whose.
        version: The version that the change was made on; None changes whatever there is.
        values: By column.
        at: The instant of the change.
    """
    statement = update(_account).where(_account.c.id == account_id)
    if version is not None:
        statement = statement.where(_account.c.version == version)
    changed = await session.execute(
        statement.values(**values, version=_account.c.version + 1, updated_at=at).returning(_account.c.id)
    )
    return changed.scalar_one_or_none() is not None


async def organisation_of(session: AsyncSession, code: str) -> tuple[UUID, bool] | None:
    """Return an organisation's id, and whether it is active, by its code."""
    row = (
        await session.execute(select(_organisation.c.id, _organisation.c.active).where(_organisation.c.code == code))
    ).one_or_none()
    return None if row is None else (row.id, row.active)


async def replace_invitation(
    session: AsyncSession, account_id: UUID, digest: bytes, *, at: datetime, expires_at: datetime
) -> None:
    """Store an invitation in place of any other that the account has."""
    await session.execute(delete(_invitation).where(_invitation.c.account_id == account_id))
    await session.execute(
        insert(_invitation).values(digest=digest, account_id=account_id, created_at=at, expires_at=expires_at)
    )


async def invited(session: AsyncSession, digest: bytes, *, at: datetime) -> Account | None:
    """Return whom an invitation is for, while it is in force and her account is."""
    found = (
        await session.execute(
            select(_invitation.c.account_id).where(_invitation.c.digest == digest, _invitation.c.expires_at > at)
        )
    ).scalar_one_or_none()
    account = None if found is None else await find_account(session, found)
    return account if account is not None and account.active else None


async def spend_invitation(session: AsyncSession, digest: bytes, *, at: datetime) -> bool:
    """Use an invitation up; return False where it was used or had ended before."""
    gone = await session.execute(
        delete(_invitation)
        .where(_invitation.c.digest == digest, _invitation.c.expires_at > at)
        .returning(_invitation.c.account_id)
    )
    return gone.scalar_one_or_none() is not None


async def _one(session: AsyncSession, condition: ColumnElement[bool]) -> Account | None:
    row = (await session.execute(_selection().where(condition))).one_or_none()
    return None if row is None else _record(row)


def _selection() -> Select[Any]:
    return select(
        _account.c.id,
        _organisation.c.code.label("organisation"),
        _account.c.username,
        _account.c.display_name,
        _account.c.scopes,
        (_account.c.active & _organisation.c.active).label("active"),
        _account.c.language,
        _account.c.active.label("enabled"),
        _account.c.version,
        _account.c.created_at,
    ).join(_organisation, _organisation.c.id == _account.c.organisation_id)


def _record(row: Any) -> Account:
    return Account(**{**row._mapping, "scopes": frozenset(row.scopes)})  # noqa: SLF001  # SQLAlchemy's public name for it
