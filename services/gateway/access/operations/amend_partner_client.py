"""Change a partner's client: at once where its rights do not grow, else when a second person approves."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import uncovered
from services.gateway.access.domain.approvals import Actor, Approval, Kind, Proposal
from services.gateway.access.domain.clients import (
    ADMINISTRATION,
    ClientDraft,
    PartnerClient,
    check_client,
    sees_more,
    takes_over,
)
from services.gateway.access.domain.errors import OwnSecretError, UnknownPartnerError
from services.gateway.access.domain.scopes import check_known
from services.gateway.access.operations.propose_change import propose_change
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, partner_clients, partners, rights_changes
from services.kit.etags import VersionConflictError


async def amend_partner_client(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    client_id: str,
    draft: ClientDraft,
    active: bool,
    version: int,
    by: Actor,
    on: date,
    at: datetime,
) -> tuple[PartnerClient, Approval | None]:
    """Return the client as it is now, and the proposal of the whole change where a right would grow by it.

    Args:
        session: The transaction.
        organisation_id: Whose client.
        client_id: Which.
        draft: All that is to be said of it, the unchanged too.
        active: Whether it may be used; only from false to true, `revoke_client` stops it.
        version: The version that the change was made on.
        by: Who changes it.
        on: Civil date by which agreements are in force.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: The organisation has no such client.
        VersionConflictError: It was changed since.
        ClientUnfitError: Its parts do not fit together.
        UnknownScopeError: A scope that no partner may have.
        OwnSecretError: Somebody else would get a client that administers partners into her hands.
        AlreadyProposedError: A change of it is proposed already.
    """
    organisation = await partners.find(session, organisation_id)
    found = await partner_clients.find(session, organisation_id, client_id, at=at, to_change=True)
    if organisation is None or found is None:
        raise UnknownPartnerError
    if found.version != version:
        raise VersionConflictError
    check_client(draft)
    known = frozenset(scope.name for scope in catalogue.scopes() if scope.partner)
    check_known(draft.scopes - found.draft.scopes, known=known)
    if ADMINISTRATION in found.draft.scopes and takes_over(draft, found.draft) and by.client_id != client_id:
        raise OwnSecretError
    agreed = await agreements.approved(session, organisation.code)
    document = partner_clients.document_of(draft)
    if active and not found.active:
        kind, payload = Kind.CLIENT_REACTIVATION, {**document, "version": version}
    elif uncovered(draft.scopes - found.draft.scopes, agreed, on) or sees_more(draft, found.draft):
        kind, payload = Kind.CLIENT_CHANGE, {**document, "version": version}
    else:
        made = await partner_clients.amend(session, client_id, draft, at=at)
        await rights_changes.add(
            session,
            organisation_id=organisation_id,
            kind="client_amended",
            target=client_id,
            version=made.version,
            by=by,
            at=at,
            document=document,
        )
        return made, None
    return found, await propose_change(session, Proposal(kind, client_id, organisation_id, payload), by=by, at=at)
