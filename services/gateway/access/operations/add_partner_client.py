"""Make a client for a partner: usable at once within what its agreements cover, else when a second person approves."""

import secrets
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import uncovered
from services.gateway.access.domain.approvals import Actor, Approval, Kind, Proposal
from services.gateway.access.domain.clients import ClientDraft, PartnerClient, check_client
from services.gateway.access.domain.credentials import check_client_id, digest
from services.gateway.access.domain.errors import ClientExistsError, UnknownPartnerError
from services.gateway.access.domain.records import Client
from services.gateway.access.domain.scopes import check_known
from services.gateway.access.operations.create_client import SECRET_BYTES
from services.gateway.access.operations.propose_change import propose_change
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, clients, partner_clients, partners, rights_changes


async def add_partner_client(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    client_id: str,
    draft: ClientDraft,
    by: Actor,
    on: date,
    at: datetime,
) -> tuple[PartnerClient, str | None, Approval | None]:
    """Return the client, its secret if it has one, and the proposal that it may be used where that takes a second one.

    Args:
        session: The transaction.
        organisation_id: Whose client.
        client_id: 3 to 64 lower-case letters, digits, `.`, `-`, `_`.
        draft: What it is to be.
        by: Who makes it; the secret is shown to her.
        on: Civil date by which agreements are in force.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: There is no such organisation.
        MalformedClientIdError: The id may not name a client.
        ClientExistsError: The id is taken.
        ClientUnfitError: Its parts do not fit together.
        UnknownScopeError: A scope that no partner may have.
    """
    organisation = await partners.find(session, organisation_id)
    if organisation is None:
        raise UnknownPartnerError
    check_client(draft)
    check_known(draft.scopes, known=frozenset(scope.name for scope in catalogue.scopes() if scope.partner))
    agreed = await agreements.approved(session, organisation.code)
    grows = bool(uncovered(draft.scopes, agreed, on))
    record = Client(
        id=check_client_id(client_id),
        organisation=organisation.code,
        scopes=draft.scopes,
        grant_types=draft.grant_types,
        auth_methods=frozenset({draft.auth_method}),
        active=not grows,
        redirect_uris=draft.redirect_uris,
        jwks=draft.jwks,
        dpop_required=draft.dpop_required,
        application_type=draft.application_type,
        serves_persons=draft.serves_persons,
    )
    if not await clients.add_client(session, organisation_id=organisation_id, name=draft.name, record=record, at=at):
        raise ClientExistsError
    plain = secrets.token_urlsafe(SECRET_BYTES) if draft.has_secret else None
    if plain is not None:
        await clients.add_secret(session, client_id, digest(plain), at=at, issued_to=by.subject)
    document = partner_clients.document_of(draft)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="client_proposed" if grows else "client_added",
        target=client_id,
        version=1,
        by=by,
        at=at,
        document=document,
    )
    approval = None
    if grows:
        approval = await propose_change(
            session, Proposal(Kind.CLIENT, client_id, organisation_id, document), by=by, at=at
        )
    made = await partner_clients.find(session, organisation_id, client_id, at=at)
    if made is None:
        raise UnknownPartnerError
    return made, plain, approval
