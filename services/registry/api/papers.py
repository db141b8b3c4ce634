"""A person's identifiers, residence titles, legal statuses and addresses."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from services.kit.routes import Router, documented
from services.registry.api import shown
from services.registry.api.additions import Addition, Lister
from services.registry.api.dependencies import AsOf
from services.registry.api.paper_problems import IDENTIFIER_AMBIGUOUS
from services.registry.api.problems import IDENTIFIER_IN_USE, PERIOD_OVERLAP
from services.registry.contract.lists import AddressList, IdentifierList, LegalStatusList, PermitList
from services.registry.contract.parts import (
    AddressBody,
    IdentifierBody,
    LegalStatusBody,
    NewAddress,
    NewIdentifier,
    NewLegalStatus,
    NewPermit,
    PermitBody,
)
from services.registry.operations import add_address as addresses
from services.registry.operations import add_identifier as identifiers
from services.registry.operations import add_legal_status as statuses
from services.registry.operations import add_permit as permits

router = Router(tags=["persons"])
PartId = Annotated[UUID, Path(description="Id of the part, as its list shows it")]
_OF_PERSON = "/v1/persons/{person_id}"
_IDENTIFIERS, _PERMITS = {"x-field": "identifiers"}, {"x-field": "permits"}
_LEGAL_STATUSES, _ADDRESSES = {"x-field": "legal_statuses"}, {"x-field": "address"}
"""Each collection is one field of the person in an agreement."""


@router.get(
    f"{_OF_PERSON}/identifiers",
    operation_id="list_identifiers",
    openapi_extra=_IDENTIFIERS,
    response_model=IdentifierList,
)
async def list_identifiers(lister: Lister) -> Response:
    """Return a person's identifiers."""
    return await lister.parts("identifier")


@router.get(
    f"{_OF_PERSON}/identifiers/{{part_id}}",
    operation_id="read_identifier",
    openapi_extra=_IDENTIFIERS,
    response_model=IdentifierBody,
)
async def read_identifier(lister: Lister, part_id: PartId) -> Response:
    """Return one identifier."""
    return await lister.part("identifier", part_id)


@router.post(
    f"{_OF_PERSON}/identifiers",
    operation_id="add_identifier",
    openapi_extra=_IDENTIFIERS,
    status_code=201,
    response_model=IdentifierBody,
    responses=documented(IDENTIFIER_AMBIGUOUS, IDENTIFIER_IN_USE),
)
async def add_identifier(body: NewIdentifier, addition: Addition) -> Response:
    """Add an identifier. A number that somebody holds is 409 `identifier-in-use`; an unusual form is a warning."""
    identifier = addition.reader.identifier(body, "")
    return await addition.part(identifier, identifiers.add_identifier, shown.identifier, "identifiers")


@router.get(f"{_OF_PERSON}/permits", operation_id="list_permits", openapi_extra=_PERMITS, response_model=PermitList)
async def list_permits(lister: Lister, as_of: AsOf = None) -> Response:
    """Return a person's residence titles, oldest first; with `as_of` those of a day."""
    return await lister.parts("permit", as_of=as_of)


@router.get(
    f"{_OF_PERSON}/permits/{{part_id}}", operation_id="read_permit", openapi_extra=_PERMITS, response_model=PermitBody
)
async def read_permit(lister: Lister, part_id: PartId) -> Response:
    """Return one residence title."""
    return await lister.part("permit", part_id)


@router.post(
    f"{_OF_PERSON}/permits",
    operation_id="add_permit",
    openapi_extra=_PERMITS,
    status_code=201,
    response_model=PermitBody,
    responses=documented(IDENTIFIER_IN_USE, PERIOD_OVERLAP),
)
async def add_permit(body: NewPermit, addition: Addition) -> Response:
    """Add a residence title. Its number becomes one of the person's identifiers, of system PERMIT."""
    return await addition.part(addition.reader.permit(body, ""), permits.add_permit, shown.permit, "permits")


@router.get(
    f"{_OF_PERSON}/legal-statuses",
    operation_id="list_legal_statuses",
    openapi_extra=_LEGAL_STATUSES,
    response_model=LegalStatusList,
)
async def list_legal_statuses(lister: Lister, as_of: AsOf = None) -> Response:
    """Return a person's legal statuses, oldest first; with `as_of` those of a day."""
    return await lister.parts("legal_status", as_of=as_of)


@router.get(
    f"{_OF_PERSON}/legal-statuses/{{part_id}}",
    operation_id="read_legal_status",
    openapi_extra=_LEGAL_STATUSES,
    response_model=LegalStatusBody,
)
async def read_legal_status(lister: Lister, part_id: PartId) -> Response:
    """Return one legal status."""
    return await lister.part("legal_status", part_id)


@router.post(
    f"{_OF_PERSON}/legal-statuses",
    operation_id="add_legal_status",
    openapi_extra=_LEGAL_STATUSES,
    status_code=201,
    response_model=LegalStatusBody,
    responses=documented(PERIOD_OVERLAP),
)
async def add_legal_status(body: NewLegalStatus, addition: Addition) -> Response:
    """Add a legal status. Two different ones may run at once; the same one never overlaps itself."""
    return await addition.part(
        addition.reader.status(body, ""), statuses.add_legal_status, shown.legal_status, "legal-statuses"
    )


@router.get(
    f"{_OF_PERSON}/addresses", operation_id="list_addresses", openapi_extra=_ADDRESSES, response_model=AddressList
)
async def list_addresses(lister: Lister, as_of: AsOf = None) -> Response:
    """Return a person's addresses, oldest first; with `as_of` the one of a day."""
    return await lister.parts("address", as_of=as_of)


@router.get(
    f"{_OF_PERSON}/addresses/{{part_id}}",
    operation_id="read_address",
    openapi_extra=_ADDRESSES,
    response_model=AddressBody,
)
async def read_address(lister: Lister, part_id: PartId) -> Response:
    """Return one address."""
    return await lister.part("address", part_id)


@router.post(
    f"{_OF_PERSON}/addresses",
    operation_id="add_address",
    openapi_extra=_ADDRESSES,
    status_code=201,
    response_model=AddressBody,
    responses=documented(PERIOD_OVERLAP),
)
async def add_address(body: NewAddress, addition: Addition) -> Response:
    """Add an address; the one before ends the day before it starts."""
    return await addition.part(addition.reader.address(body, ""), addresses.add_address, shown.address, "addresses")
