"""Clients as their partners administer them: SQL in, records out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, case, or_, select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.clients import ClientDraft, PartnerClient
from services.gateway.access.store.tables.clients import client as _client
from services.gateway.access.store.tables.clients import client_secret as _secret


async def find(
    session: AsyncSession, organisation_id: UUID, client_id: str, *, at: datetime, to_change: bool = False
) -> PartnerClient | None:
    """Return a client of an organisation; `to_change` locks its row until the transaction ends."""
    query = select(_client).where(_client.c.id == client_id, _client.c.organisation_id == organisation_id)
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else (await _records(session, [row], at))[0]


async def page(
    session: AsyncSession, organisation_id: UUID, *, after: str | None, limit: int, at: datetime
) -> Sequence[PartnerClient]:
    """Return up to `limit` clients of an organisation by id, `after` the last one of the page before."""
    query = select(_client).where(_client.c.organisation_id == organisation_id).order_by(_client.c.id).limit(limit)
    if after is not None:
        query = query.where(_client.c.id > after)
    return await _records(session, list(await session.execute(query)), at)


async def amend(session: AsyncSession, client_id: str, draft: ClientDraft, *, at: datetime) -> PartnerClient:
    """Replace what is said of a client; its version goes up by one."""
    values = {
        "name": draft.name,
        "scopes": sorted(draft.scopes),
        # one made from the machine itself may send its secret in either way: that stays
        "auth_methods": case(
            (any_(_client.c.auth_methods) == draft.auth_method, _client.c.auth_methods),
            else_=array([draft.auth_method]),
        ),
        "grant_types": sorted(draft.grant_types),
        "redirect_uris": sorted(draft.redirect_uris),
        "jwks": [dict(key) for key in draft.jwks] or None,
        "dpop_required": draft.dpop_required,
        "application_type": draft.application_type,
        "serves_persons": draft.serves_persons,
    }
    return await _change(session, client_id, values, at)


async def switch(session: AsyncSession, client_id: str, *, active: bool, at: datetime) -> PartnerClient:
    """Stop a client, or let it go on; its version goes up by one."""
    return await _change(session, client_id, {"active": active}, at)


async def end_secrets(session: AsyncSession, client_id: str, *, ends_at: datetime, at: datetime) -> None:
    """Let the newest secret of a client work until an instant; older ones, and all where that is now, end now."""
    live = (
        select(_secret.c.id)
        .where(_secret.c.client_id == client_id, _secret.c.revoked_at.is_(None))
        .order_by(_secret.c.created_at.desc(), _secret.c.id.desc())
    )
    known = list((await session.execute(live)).scalars())
    kept = known[:1] if ends_at > at else []
    earlier = or_(_secret.c.expires_at.is_(None), _secret.c.expires_at > ends_at)
    await session.execute(update(_secret).where(_secret.c.id.in_(kept), earlier).values(expires_at=ends_at))
    gone = [one for one in known if one not in kept]
    await session.execute(update(_secret).where(_secret.c.id.in_(gone)).values(revoked_at=at))


def document_of(draft: ClientDraft) -> dict[str, Any]:
    """Return what is said of a client as JSON, as it is kept in proposals and in the history."""
    return {
        "name": draft.name,
        "scopes": sorted(draft.scopes),
        "token_endpoint_auth_method": draft.auth_method,
        "grant_types": sorted(draft.grant_types),
        "redirect_uris": sorted(draft.redirect_uris),
        "jwks": [dict(key) for key in draft.jwks],
        "dpop_required": draft.dpop_required,
        "application_type": draft.application_type,
        "serves_persons": draft.serves_persons,
    }


def draft_of(document: Mapping[str, Any]) -> ClientDraft:
    """Return the client that `document_of` has written down."""
    return ClientDraft(
        name=document["name"],
        scopes=frozenset(document["scopes"]),
        auth_method=document["token_endpoint_auth_method"],
        grant_types=frozenset(document["grant_types"]),
        redirect_uris=frozenset(document["redirect_uris"]),
        jwks=tuple(document["jwks"]),
        dpop_required=document["dpop_required"],
        application_type=document["application_type"],
        serves_persons=document.get("serves_persons", False),  # what was written down before it was known
    )


async def _change(session: AsyncSession, client_id: str, values: Mapping[str, Any], at: datetime) -> PartnerClient:
    statement = (
        update(_client)
        .where(_client.c.id == client_id)
        .values(**values, version=_client.c.version + 1, updated_at=at)
        .returning(_client)
    )
    row = (await session.execute(statement)).one()
    return (await _records(session, [row], at))[0]


async def _records(session: AsyncSession, rows: Sequence[Row[Any]], at: datetime) -> list[PartnerClient]:
    in_force = select(_secret.c.client_id, _secret.c.created_at, _secret.c.expires_at).where(
        _secret.c.client_id.in_([row.id for row in rows]),
        _secret.c.revoked_at.is_(None),
        or_(_secret.c.expires_at.is_(None), _secret.c.expires_at > at),
    )
    secrets: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for secret in await session.execute(in_force.order_by(_secret.c.created_at, _secret.c.id)):
        secrets.setdefault(secret.client_id, []).append((secret.created_at, secret.expires_at))
    return [_record(row, tuple(secrets.get(row.id, ()))) for row in rows]


def _record(row: Row[Any], secrets: tuple[tuple[datetime, datetime | None], ...]) -> PartnerClient:
    draft = ClientDraft(
        name=row.name,
        scopes=frozenset(row.scopes),
        auth_method=min(row.auth_methods),  # those made from the machine itself may use either way of a secret
        grant_types=frozenset(row.grant_types),
        redirect_uris=frozenset(row.redirect_uris),
        jwks=tuple(row.jwks or ()),
        dpop_required=row.dpop_required,
        application_type=row.application_type,
        serves_persons=row.serves_persons,
    )
    return PartnerClient(row.id, row.organisation_id, draft, row.active, row.version, row.created_at, secrets)
