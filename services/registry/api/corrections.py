"""Correct papers, statuses and addresses, or take back what was entered in error."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from services.kit import problems
from services.kit.routes import Router, documented
from services.registry.api import shown
from services.registry.api.correcting import Correction, Taking, merged
from services.registry.api.paper_problems import IDENTIFIER_AMBIGUOUS, IDENTIFIER_OF_PERMIT, RENEWAL_OPEN
from services.registry.api.problems import IDENTIFIER_IN_USE, PERIOD_OVERLAP
from services.registry.contract.corrections import (
    AddressPatch,
    CorrectedAddress,
    IdentifierPatch,
    LegalStatusPatch,
    PermitPatch,
    Retracted,
)
from services.registry.contract.parts import (
    AddressBody,
    IdentifierBody,
    LegalStatusBody,
    NewIdentifier,
    NewLegalStatus,
    NewPermit,
    PermitBody,
)
from services.registry.domain.corrections import part_of
from services.registry.domain.papers import read_period
from services.registry.operations import correct_address as addresses
from services.registry.operations import correct_identifier as identifiers
from services.registry.operations import correct_legal_status as statuses
from services.registry.operations import correct_permit as permits
from services.registry.operations.retract_address import retract_address as take_address
from services.registry.operations.retract_identifier import retract_identifier as take_identifier
from services.registry.operations.retract_legal_status import retract_legal_status as take_legal_status
from services.registry.operations.retract_permit import retract_permit as take_permit

router = Router(tags=["persons"])
PartId = Annotated[UUID, Path(description="Id of the part, as its list shows it; corrections keep it")]
_OF_PERSON = "/v1/persons/{person_id}"
_IDENTIFIERS, _PERMITS = {"x-field": "identifiers"}, {"x-field": "permits"}
_LEGAL_STATUSES, _ADDRESSES = {"x-field": "legal_statuses"}, {"x-field": "address"}
_MEDIA = problems.UNSUPPORTED_MEDIA


@router.patch(
    f"{_OF_PERSON}/identifiers/{{part_id}}",
    operation_id="correct_identifier",
    openapi_extra=_IDENTIFIERS,
    response_model=IdentifierBody,
    responses=documented(IDENTIFIER_AMBIGUOUS, IDENTIFIER_IN_USE, IDENTIFIER_OF_PERMIT, _MEDIA),
)
async def correct_identifier(body: IdentifierPatch, correction: Correction, part_id: PartId) -> Response:
    """Correct an identifier, by JSON Merge Patch. The number of a residence title is corrected with its title."""
    old = part_of((await correction.person()).identifiers, part_id)
    row = correction.reader.identifier(merged(NewIdentifier, shown.identifier(old), body), "")
    return await correction.part(part_id, row, identifiers.correct_identifier, shown.identifier)


@router.post(
    f"{_OF_PERSON}/identifiers/{{part_id}}/retraction",
    operation_id="retract_identifier",
    openapi_extra=_IDENTIFIERS,
    response_model=Retracted,
    responses=documented(IDENTIFIER_OF_PERMIT),
)
async def retract_identifier(taking: Taking, part_id: PartId) -> Response:
    """Take back an identifier that was entered in error; what was known stays readable by `known_at`."""
    return await taking.part(part_id, take_identifier)


@router.patch(
    f"{_OF_PERSON}/permits/{{part_id}}",
    operation_id="correct_permit",
    openapi_extra=_PERMITS,
    response_model=PermitBody,
    responses=documented(IDENTIFIER_IN_USE, PERIOD_OVERLAP, _MEDIA),
)
async def correct_permit(body: PermitPatch, correction: Correction, part_id: PartId) -> Response:
    """Correct a residence title, by JSON Merge Patch; its number follows it among the identifiers."""
    old = part_of((await correction.person()).permits, part_id)
    row = correction.reader.permit(merged(NewPermit, shown.declared_permit(old), body), "")
    if row is not None and row.valid.end == old.valid.end:
        row = replace(row, end_reason=old.end_reason)  # it goes on saying why it ended
    return await correction.part(part_id, row, permits.correct_permit, shown.permit)


@router.post(
    f"{_OF_PERSON}/permits/{{part_id}}/retraction",
    operation_id="retract_permit",
    openapi_extra=_PERMITS,
    response_model=Retracted,
    responses=documented(RENEWAL_OPEN),
)
async def retract_permit(taking: Taking, part_id: PartId) -> Response:
    """Take back a residence title that was entered in error; what was known stays readable by `known_at`."""
    return await taking.part(part_id, take_permit)


@router.patch(
    f"{_OF_PERSON}/legal-statuses/{{part_id}}",
    operation_id="correct_legal_status",
    openapi_extra=_LEGAL_STATUSES,
    response_model=LegalStatusBody,
    responses=documented(PERIOD_OVERLAP, _MEDIA),
)
async def correct_legal_status(body: LegalStatusPatch, correction: Correction, part_id: PartId) -> Response:
    """Correct or end a legal status, by JSON Merge Patch; what was known before stays readable by `known_at`."""
    old = part_of((await correction.person()).legal_statuses, part_id)
    row = correction.reader.status(merged(NewLegalStatus, shown.legal_status(old), body), "")
    return await correction.part(part_id, row, statuses.correct_legal_status, shown.legal_status)


@router.post(
    f"{_OF_PERSON}/legal-statuses/{{part_id}}/retraction",
    operation_id="retract_legal_status",
    openapi_extra=_LEGAL_STATUSES,
    response_model=Retracted,
)
async def retract_legal_status(taking: Taking, part_id: PartId) -> Response:
    """Take back a legal status that was entered in error; what was known stays readable by `known_at`."""
    return await taking.part(part_id, take_legal_status)


@router.patch(
    f"{_OF_PERSON}/addresses/{{part_id}}",
    operation_id="correct_address",
    openapi_extra=_ADDRESSES,
    response_model=AddressBody,
    responses=documented(PERIOD_OVERLAP, _MEDIA),
)
async def correct_address(body: AddressPatch, correction: Correction, part_id: PartId) -> Response:
    """Correct or end an address, by JSON Merge Patch; no other address moves."""
    old = part_of((await correction.person()).addresses, part_id)
    whole, found = merged(CorrectedAddress, shown.address(old), body), correction.reader.found
    valid = read_period(found, "/valid_to", whole.valid_from, whole.valid_to)
    row = correction.reader.address(whole, "", valid)
    return await correction.part(part_id, row, addresses.correct_address, shown.address)


@router.post(
    f"{_OF_PERSON}/addresses/{{part_id}}/retraction",
    operation_id="retract_address",
    openapi_extra=_ADDRESSES,
    response_model=Retracted,
)
async def retract_address(taking: Taking, part_id: PartId) -> Response:
    """Take back an address that was entered in error; what was known stays readable by `known_at`."""
    return await taking.part(part_id, take_address)
