"""What accounts prove themselves with: SQL in, records out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.accounts import Factors
from services.gateway.access.store.tables import accounts as tables

_password, _totp, _passkey, _code = (
    tables.account_password,
    tables.account_totp,
    tables.account_passkey,
    tables.recovery_code,
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of an account."""

    id: UUID
    account_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Totp:
    """A code generator.

    Attributes:
        sealed: The secret in use, wrapped; None while none was ever tried.
        offered: The secret that was shown and has yet to be tried.
        last_step: The last time step whose code was used.
    """

    sealed: bytes | None
    offered: bytes | None
    last_step: int


async def factors_of(session: AsyncSession, account_id: UUID) -> Factors:
    """Return what an account can prove itself with."""
    counted = (
        select(func.count()).select_from(_password).where(_password.c.account_id == account_id).scalar_subquery(),
        select(func.count())
        .select_from(_totp)
        .where(_totp.c.account_id == account_id, _totp.c.confirmed_at.is_not(None))
        .scalar_subquery(),
        select(func.count()).select_from(_passkey).where(_passkey.c.account_id == account_id).scalar_subquery(),
        select(func.count())
        .select_from(_code)
        .where(_code.c.account_id == account_id, _code.c.used_at.is_(None))
        .scalar_subquery(),
    )
    password, totp, passkeys, codes = (await session.execute(select(*counted))).one()
    return Factors(password=bool(password), totp=bool(totp), passkeys=passkeys, recovery_codes=codes)


async def password_hash(session: AsyncSession, account_id: UUID) -> str | None:
    """Return the stored hash of an account's password."""
    return (
        await session.execute(select(_password.c.hash).where(_password.c.account_id == account_id))
    ).scalar_one_or_none()


async def set_password(session: AsyncSession, account_id: UUID, hashed: str, *, at: datetime) -> None:
    """Store the hash of an account's password in place of any other."""
    statement = upsert(_password).values(account_id=account_id, hash=hashed, set_at=at)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["account_id"], set_={"hash": hashed, "set_at": at})
    )


async def forget_factors(session: AsyncSession, account_id: UUID) -> None:
    """Delete everything that an account could prove itself with."""
    for table in (_password, _totp, _passkey, _code):
        await session.execute(delete(table).where(table.c.account_id == account_id))


async def offer_totp(session: AsyncSession, account_id: UUID, sealed: bytes) -> None:
    """Store the secret of a code generator that has yet to be tried, beside the one in use."""
    statement = upsert(_totp).values(account_id=account_id, offered=sealed)
    await session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_={"offered": sealed}))


async def totp_of(session: AsyncSession, account_id: UUID) -> Totp | None:
    """Return an account's code generator."""
    row = (
        await session.execute(
            select(_totp.c.sealed, _totp.c.offered, _totp.c.last_step).where(_totp.c.account_id == account_id)
        )
    ).one_or_none()
    return None if row is None else Totp(row.sealed, row.offered, row.last_step)


async def use_step(session: AsyncSession, account_id: UUID, step: int) -> bool:
    """Use a time step up; return False where it, or a later one, was used before."""
    used = await session.execute(
        update(_totp)
        .where(_totp.c.account_id == account_id, _totp.c.last_step < step)
        .values(last_step=step)
        .returning(_totp.c.account_id)
    )
    return used.scalar_one_or_none() is not None


async def confirm_totp(session: AsyncSession, account_id: UUID, step: int, *, at: datetime) -> bool:
    """Put the offered code generator in the place of the one in use; return False where none is offered any more."""
    confirmed = await session.execute(
        update(_totp)
        .where(_totp.c.account_id == account_id, _totp.c.offered.is_not(None))
        .values(sealed=_totp.c.offered, offered=None, last_step=step, confirmed_at=at)
        .returning(_totp.c.account_id)
    )
    return confirmed.scalar_one_or_none() is not None


async def remove_totp(session: AsyncSession, account_id: UUID) -> None:
    """Delete an account's code generator."""
    await session.execute(delete(_totp).where(_totp.c.account_id == account_id))


async def passkeys_of(session: AsyncSession, account_id: UUID) -> list[Passkey]:
    """Return an account's passkeys, the oldest first."""
    rows = await session.execute(
        select(_passkey).where(_passkey.c.account_id == account_id).order_by(_passkey.c.created_at, _passkey.c.id)
    )
    return [_passkey_record(row) for row in rows]


async def find_passkey(session: AsyncSession, credential_id: bytes) -> Passkey | None:
    """Return a passkey by the id that its authenticator gave it; held until the transaction ends."""
    row = (
        await session.execute(select(_passkey).where(_passkey.c.credential_id == credential_id).with_for_update())
    ).one_or_none()
    return None if row is None else _passkey_record(row)


async def add_passkey(
    session: AsyncSession,
    account_id: UUID,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    at: datetime,
) -> bool:
    """Store a passkey; return False where it is known already."""
    made = await session.execute(
        upsert(_passkey)
        .values(
            account_id=account_id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=name,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["credential_id"])
        .returning(_passkey.c.id)
    )
    return made.scalar_one_or_none() is not None


async def touch_passkey(session: AsyncSession, passkey_id: UUID, *, sign_count: int, at: datetime) -> None:
    """Note that a passkey was used."""
    await session.execute(update(_passkey).where(_passkey.c.id == passkey_id).values(sign_count=sign_count, used_at=at))


async def remove_passkey(session: AsyncSession, account_id: UUID, passkey_id: UUID) -> None:
    """Delete a passkey of an account."""
    await session.execute(delete(_passkey).where(_passkey.c.id == passkey_id, _passkey.c.account_id == account_id))


async def replace_codes(session: AsyncSession, account_id: UUID, digests: Iterable[bytes]) -> None:
    """Store the digests of recovery codes in place of all others."""
    await session.execute(delete(_code).where(_code.c.account_id == account_id))
    await session.execute(insert(_code), [{"account_id": account_id, "digest": digest} for digest in digests])


async def use_code(session: AsyncSession, account_id: UUID, digest: bytes, *, at: datetime) -> bool:
    """Use a recovery code up; return False where it is none or was used before."""
    used = await session.execute(
        update(_code)
        .where(_code.c.account_id == account_id, _code.c.digest == digest, _code.c.used_at.is_(None))
        .values(used_at=at)
        .returning(_code.c.digest)
    )
    return used.scalar_one_or_none() is not None


def _passkey_record(row: Row[tuple[object, ...]]) -> Passkey:
    return Passkey(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
