"""Organisations, clients and secrets: SQL in, records out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.records import Client
from services.gateway.access.store.tables import clients as tables

_client, _organisation, _secret = tables.client, tables.organisation, tables.client_secret


async def find_client(session: AsyncSession, client_id: str, *, at: datetime) -> Client | None:
    """Return a client with the digests of its secrets in force; inactive where it or its organisation is."""
    in_force = (_secret.c.revoked_at.is_(None)) & or_(_secret.c.expires_at.is_(None), _secret.c.expires_at > at)
    digests = (
        select(func.array_agg(aggregate_order_by(_secret.c.digest, _secret.c.created_at)))
        .where(_secret.c.client_id == _client.c.id, in_force)
        .scalar_subquery()
    )
    statement = (
        select(
            _client.c.id,
            _organisation.c.code.label("organisation"),
            _client.c.scopes,
            _client.c.grant_types,
            _client.c.auth_methods,
            (_client.c.active & _organisation.c.active).label("active"),
            digests.label("digests"),
            _client.c.name,
            _client.c.redirect_uris,
            _client.c.jwks,
            _client.c.dpop_required,
            _client.c.application_type,
            _client.c.serves_persons,
        )
        .join(_organisation, _organisation.c.id == _client.c.organisation_id)
        .where(_client.c.id == client_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _record(row)


async def ensure_organisation(session: AsyncSession, *, code: str, name: str, kind: str) -> UUID:
    """Return the id of an organisation, stored now where it was not; a known one keeps its name and kind."""
    await session.execute(
        upsert(_organisation).values(code=code, name=name, kind=kind).on_conflict_do_nothing(index_elements=["code"])
    )
    found: UUID = (await session.execute(select(_organisation.c.id).where(_organisation.c.code == code))).scalar_one()
    return found


async def add_client(session: AsyncSession, *, organisation_id: UUID, name: str, record: Client, at: datetime) -> bool:
    """Store a client; return False where the id is taken."""
    result = await session.execute(
        upsert(_client)
        .values(
            id=record.id,
            organisation_id=organisation_id,
            name=name,
            grant_types=sorted(record.grant_types),
            auth_methods=sorted(record.auth_methods),
            scopes=sorted(record.scopes),
            redirect_uris=sorted(record.redirect_uris),
            jwks=[dict(key) for key in record.jwks] or None,
            dpop_required=record.dpop_required,
            application_type=record.application_type,
            serves_persons=record.serves_persons,
            active=record.active,
            created_at=at,
            updated_at=at,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(_client.c.id)
    )
    return result.scalar_one_or_none() is not None


async def add_secret(
    session: AsyncSession, client_id: str, digest: bytes, *, at: datetime, issued_to: str | None = None
) -> None:
    """Store the digest of a new secret, and the subject to whom the secret itself was shown."""
    await session.execute(
        insert(_secret).values(client_id=client_id, digest=digest, created_at=at, issued_to=issued_to)
    )


async def revoke_secrets(session: AsyncSession, client_ids: Iterable[str], *, at: datetime) -> None:
    """Put every secret of the clients out of force."""
    await session.execute(
        update(_secret)
        .where(_secret.c.client_id == any_(bindparam("ids", list(client_ids))), _secret.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def _record(row: Row[Any]) -> Client:
    return Client(
        id=row.id,
        organisation=row.organisation,
        scopes=frozenset(row.scopes),
        grant_types=frozenset(row.grant_types),
        auth_methods=frozenset(row.auth_methods),
        active=row.active,
        digests=tuple(row.digests or ()),
        name=row.name,
        redirect_uris=frozenset(row.redirect_uris),
        jwks=tuple(row.jwks or ()),
        dpop_required=row.dpop_required,
        application_type=row.application_type,
        serves_persons=row.serves_persons,
    )
