"""Records of partners, clients, agreements and proposals as they go over the wire, and what their routes share."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.gateway.access.contract.partners import (
    AgreementBody,
    ApprovalBody,
    ClientBody,
    ClientTerms,
    PartnerBody,
    ResourceTerms,
    RightsChangeBody,
    SecretBody,
)
from services.gateway.access.domain.agreements import Agreement, standing
from services.gateway.access.domain.approvals import Approval
from services.gateway.access.domain.clients import ADMINISTRATION, PartnerClient
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.domain.records import Organisation, RightsChange
from services.gateway.access.store import partner_clients, partners
from services.kit import merge_patch
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import StrictModel
from services.kit.pages import PageParams, next_cursor

Record = TypeVar("Record")
Wire = TypeVar("Wire", bound=StrictModel)

Anyone = Annotated[Caller, requires(personal=False)]
"""Any caller with a good token; of partners she sees her own."""

Administrator = Annotated[Caller, requires(ADMINISTRATION, personal=False)]
ClientName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$", description="The OAuth `client_id`")]


async def _visible(partner_id: UUID, caller: Anyone, session: ReadSession) -> Organisation:
    """Return an organisation to whoever may know of it: her own, or any for whoever administers partners.

    Raises:
        UnknownPartnerError: There is none, or it is another's.
    """
    found = await partners.find(session, partner_id)
    if found is None or not (caller.may(ADMINISTRATION) or found.code == caller.organisation):
        raise UnknownPartnerError
    return found


async def _administered(partner_id: UUID, _caller: Administrator, session: WriteSession) -> Organisation:
    found = await partners.find(session, partner_id)
    if found is None:
        raise UnknownPartnerError
    return found


Visible = Annotated[Organisation, Depends(_visible, scope="function")]
Administered = Annotated[Organisation, Depends(_administered, scope="function")]
"""The organisation of a route that changes it or something of it."""


def cut(
    records: Sequence[Record],
    page: PageParams,
    request: Request,
    response: Response,
    *,
    key: Callable[[Record], Sequence[Any]],
) -> tuple[Sequence[Record], str | None]:
    """Cut a page off records that were read one beyond its limit; return it with the next page's cursor."""
    kept = records[: page.limit]
    more = key(kept[-1]) if len(records) > page.limit else None
    return kept, next_cursor(request, response, more)


def patched(kind: type[Wire], current: StrictModel, patch: StrictModel) -> Wire:
    """Lay a merge patch over what is stored and read the result as strictly as a new request.

    Raises:
        RequestValidationError: The result is none.
    """
    members = set(kind.model_fields)
    stored = current.model_dump(mode="json", include=members)
    document = merge_patch.apply(stored, patch.model_dump(mode="json", exclude_unset=True, include=members))
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False)]
        raise RequestValidationError(found) from None


def partner_body(record: Organisation) -> PartnerBody:
    """Return an organisation as it goes over the wire."""
    return PartnerBody(
        id=record.id,
        code=record.code,
        name=record.name,
        kind=record.kind,
        active=record.active,
        version=record.version,
    )


def client_body(record: PartnerClient, *, proposed: bool) -> ClientBody:
    """Return a client as it goes over the wire.

    Args:
        record: The client.
        proposed: Whether a second person is asked to let it be used.
    """
    state = "active" if record.active else "proposed" if proposed else "stopped"
    terms = ClientTerms.model_validate(partner_clients.document_of(record.draft))
    return ClientBody.model_validate(
        {
            **terms.model_dump(),
            "client_id": record.id,
            "state": state,
            "version": record.version,
            "created_at": record.created_at,
            "secrets": [SecretBody(created_at=made, expires_at=ends) for made, ends in record.secrets],
        }
    )


def agreement_body(record: Agreement, on: date) -> AgreementBody:
    """Return an agreement as it goes over the wire, with what it is worth on a day."""
    terms = record.terms
    return AgreementBody.model_validate(
        {
            "id": record.id,
            "authorisation_number": terms.authorisation_number,
            "purposes": sorted(terms.purposes),
            "resources": [
                ResourceTerms(
                    resource=entry.resource,
                    actions=sorted(entry.actions),
                    fields=None if entry.fields is None else sorted(entry.fields),
                    rows=entry.rows,
                )
                for entry in terms.entries
            ],
            "valid_from": terms.valid.start,
            "valid_to": terms.valid.end,
            "state": record.state,
            "standing": standing(record, on),
            "ended_on": record.ended_on,
            "version": record.version,
        }
    )


def approval_body(record: Approval) -> ApprovalBody:
    """Return a proposal as it goes over the wire."""
    return ApprovalBody(
        id=record.id,
        kind=record.proposal.kind,
        target=record.proposal.target,
        partner_id=record.proposal.organisation_id,
        payload=dict(record.proposal.payload),
        state=record.state,
        proposed_by=record.proposed_by.subject,
        proposed_at=record.proposed_at,
        decided_by=None if record.decided_by is None else record.decided_by.subject,
        decided_at=record.decided_at,
        reason=record.reason,
    )


def change_body(record: RightsChange) -> RightsChangeBody:
    """Return a change of rights as it goes over the wire."""
    return RightsChangeBody(
        at=record.at,
        kind=record.kind,
        target=record.target,
        version=record.version,
        by=record.by.subject,
        client_id=record.by.client_id,
        request_id=record.by.request_id,
        document=dict(record.document),
    )
