"""Codes, families of tokens, and what must not be used twice: SQL in, records out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, exists, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.grants import Family, StoredCode, StoredRefresh
from services.gateway.access.store.tables import grants as tables

_code, _family, _refresh = tables.authorisation_code, tables.token_family, tables.refresh_token
_access, _revoked = tables.family_access_token, tables.revoked_access_token


async def add_code(session: AsyncSession, code: StoredCode) -> None:
    """Store a new code."""
    family = code.family
    await session.execute(
        insert(_code).values(
            digest=code.digest,
            family_id=family.id,
            client_id=family.client_id,
            account_id=family.account_id,
            redirect_uri=code.redirect_uri,
            scopes=sorted(family.scopes),
            code_challenge=code.code_challenge,
            jkt=family.jkt,
            authenticated_at=family.authenticated_at,
            expires_at=code.expires_at,
        )
    )


async def find_code(session: AsyncSession, digest: bytes) -> StoredCode | None:
    """Return a code, used or not."""
    row = (await session.execute(select(_code).where(_code.c.digest == digest))).one_or_none()
    if row is None:
        return None
    family = Family(
        id=row.family_id,
        client_id=row.client_id,
        account_id=row.account_id,
        scopes=frozenset(row.scopes),
        jkt=row.jkt,
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
    )
    return StoredCode(
        digest=row.digest,
        family=family,
        redirect_uri=row.redirect_uri,
        code_challenge=row.code_challenge,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


async def spend_code(session: AsyncSession, digest: bytes, *, at: datetime) -> bool:
    """Use a code up; return False where somebody else has. However many ask at once, one is told True."""
    result = await session.execute(
        update(_code)
        .where(_code.c.digest == digest, _code.c.used_at.is_(None))
        .values(used_at=at)
        .returning(_code.c.digest)
    )
    return result.scalar_one_or_none() is not None


async def add_family(session: AsyncSession, family: Family, *, at: datetime) -> None:
    """Store a new family."""
    await session.execute(
        insert(_family).values(
            id=family.id,
            client_id=family.client_id,
            account_id=family.account_id,
            scopes=sorted(family.scopes),
            jkt=family.jkt,
            authenticated_at=family.authenticated_at,
            created_at=at,
            expires_at=family.expires_at,
        )
    )


async def add_refresh(
    session: AsyncSession, family_id: UUID, digest: bytes, *, expires_at: datetime, at: datetime
) -> None:
    """Store a family's next refresh token; the one before must be used up, the database allows one."""
    await session.execute(
        insert(_refresh).values(digest=digest, family_id=family_id, issued_at=at, expires_at=expires_at)
    )


async def find_refresh(session: AsyncSession, digest: bytes) -> StoredRefresh | None:
    """Return a refresh token, used or not, with its family."""
    statement = (
        select(
            _refresh.c.issued_at,
            _refresh.c.expires_at.label("idle_at"),
            _refresh.c.used_at,
            *_family.c,
        )
        .join(_family, _family.c.id == _refresh.c.family_id)
        .where(_refresh.c.digest == digest)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    return StoredRefresh(
        digest=digest,
        family=_family_of(row),
        issued_at=row.issued_at,
        expires_at=row.idle_at,
        used_at=row.used_at,
    )


async def spend_refresh(session: AsyncSession, refresh: StoredRefresh, *, at: datetime) -> bool:
    """Use a refresh token up; return False where somebody else has, or its family has ended meanwhile.

    The family is locked first: who ends it waits for the tokens that are being given, and ends those too.
    """
    alive = await session.execute(
        select(_family.c.id).where(_family.c.id == refresh.family.id, _family.c.revoked_at.is_(None)).with_for_update()
    )
    if alive.scalar_one_or_none() is None:
        return False
    result = await session.execute(
        update(_refresh)
        .where(_refresh.c.digest == refresh.digest, _refresh.c.used_at.is_(None))
        .values(used_at=at)
        .returning(_refresh.c.digest)
    )
    return result.scalar_one_or_none() is not None


async def note_access_token(session: AsyncSession, family_id: UUID, jti: str, *, expires_at: datetime) -> None:
    """Remember that an access token belongs to a family."""
    await session.execute(insert(_access).values(jti=jti, family_id=family_id, expires_at=expires_at))


async def revoke_family(session: AsyncSession, family_id: UUID, *, at: datetime) -> None:
    """End a family: its refresh tokens, and its access tokens that still live; a second time changes nothing."""
    ended = await session.execute(
        update(_family)
        .where(_family.c.id == family_id, _family.c.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(_family.c.id)
    )
    if ended.scalar_one_or_none() is None:
        return
    living = select(_access.c.jti, _access.c.expires_at).where(
        _access.c.family_id == family_id, _access.c.expires_at > at
    )
    await session.execute(
        upsert(_revoked).from_select(["jti", "expires_at"], living).on_conflict_do_nothing(index_elements=["jti"])
    )


async def revoke_families_of(
    session: AsyncSession, *, at: datetime, account_id: UUID | None = None, client_id: str | None = None
) -> None:
    """End every family of an account, or of a client, as when either is stopped."""
    whose = or_(_family.c.account_id == account_id, _family.c.client_id == client_id)
    for family_id in (await session.execute(select(_family.c.id).where(whose, _family.c.revoked_at.is_(None)))).all():
        await revoke_family(session, family_id.id, at=at)


async def revoke_access_token(session: AsyncSession, jti: str, *, expires_at: datetime) -> None:
    """Put an access token on the list of those refused until their end."""
    await session.execute(
        upsert(_revoked).values(jti=jti, expires_at=expires_at).on_conflict_do_nothing(index_elements=["jti"])
    )


async def is_revoked(session: AsyncSession, jti: str) -> bool:
    """Say whether an access token is refused before its end."""
    found: bool = (await session.execute(select(exists().where(_revoked.c.jti == jti)))).scalar_one()
    return found


async def use_assertion(session: AsyncSession, digest: bytes, *, expires_at: datetime) -> bool:
    """Remember the one use of a client's assertion; return False where it has been used."""
    return await _use(session, tables.used_assertion, digest, expires_at)


async def use_proof(session: AsyncSession, digest: bytes, *, expires_at: datetime) -> bool:
    """Remember the one use of a proof of possession; return False where it has been used."""
    return await _use(session, tables.used_proof, digest, expires_at)


async def forget_expired(session: AsyncSession, *, at: datetime) -> None:
    """Delete what can no longer matter to anybody; old families go with their refresh and access tokens.

    Codes are kept as long as what came of them: one that is used again, however late, ends its family.
    """
    for table in (tables.used_assertion, tables.used_proof, _revoked, _access, _family):
        await session.execute(delete(table).where(table.c.expires_at < at))
    family_lives = exists().where(_family.c.id == _code.c.family_id)
    await session.execute(delete(_code).where(_code.c.expires_at < at, ~family_lives))


async def _use(session: AsyncSession, table: Table, digest: bytes, expires_at: datetime) -> bool:
    result = await session.execute(
        upsert(table)
        .values(digest=digest, expires_at=expires_at)
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(literal(1))
    )
    return result.scalar_one_or_none() is not None


def _family_of(row: Row[Any]) -> Family:
    return Family(
        id=row.id,
        client_id=row.client_id,
        account_id=row.account_id,
        scopes=frozenset(row.scopes),
        jkt=row.jkt,
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
