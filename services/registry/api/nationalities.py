"""A person's nationalities over time: list, add, correct, confirm, end, take back."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from services.kit import problems
from services.kit.routes import Router, documented
from services.registry.api import shown
from services.registry.api.additions import Addition, Lister
from services.registry.api.correcting import Correction, Taking, merged
from services.registry.api.dependencies import AsOf
from services.registry.api.problems import PERIOD_OVERLAP
from services.registry.contract.corrections import Retracted
from services.registry.contract.nationalities import (
    NationalityBody,
    NationalityList,
    NationalityPatch,
    NewNationality,
)
from services.registry.domain.corrections import part_of
from services.registry.operations import add_nationality as adding
from services.registry.operations import correct_nationality as correcting
from services.registry.operations.retract_nationality import retract_nationality as take_back

router = Router(tags=["persons"])
PartId = Annotated[UUID, Path(description="Id of the nationality, as the list shows it; corrections keep it")]
_NATIONALITIES = "/v1/persons/{person_id}/nationalities"
_FIELD = {"x-field": "nationalities"}


@router.get(_NATIONALITIES, operation_id="list_nationalities", openapi_extra=_FIELD, response_model=NationalityList)
async def list_nationalities(lister: Lister, as_of: AsOf = None) -> Response:
    """Return a person's nationalities, oldest first; with `as_of` those of a day."""
    return await lister.parts("nationality", as_of=as_of)


@router.get(
    f"{_NATIONALITIES}/{{part_id}}",
    operation_id="read_nationality",
    openapi_extra=_FIELD,
    response_model=NationalityBody,
)
async def read_nationality(lister: Lister, part_id: PartId) -> Response:
    """Return one nationality."""
    return await lister.part("nationality", part_id)


@router.post(
    _NATIONALITIES,
    operation_id="add_nationality",
    openapi_extra=_FIELD,
    status_code=201,
    response_model=NationalityBody,
    responses=documented(PERIOD_OVERLAP),
)
async def add_nationality(body: NewNationality, addition: Addition) -> Response:
    """Add a nationality. One easily taken for another is stored unconfirmed, with a warning, unless it is confirmed."""
    nationality = addition.reader.nationality(body, "")
    addition.reader.provenance(body.provenance)
    return await addition.part(nationality, adding.add_nationality, shown.nationality, "nationalities")


@router.patch(
    f"{_NATIONALITIES}/{{part_id}}",
    operation_id="correct_nationality",
    openapi_extra=_FIELD,
    response_model=NationalityBody,
    responses=documented(PERIOD_OVERLAP, problems.UNSUPPORTED_MEDIA),
)
async def correct_nationality(body: NationalityPatch, correction: Correction, part_id: PartId) -> Response:
    """Correct, confirm or end a nationality, by JSON Merge Patch. For another code, take it back and add the other."""
    old = part_of((await correction.person()).nationalities, part_id)
    whole = merged(NewNationality, shown.nationality(old), body)
    correction.reader.provenance(whole.provenance)
    row = correction.reader.nationality(whole, "")
    return await correction.part(part_id, row, correcting.correct_nationality, shown.nationality)


@router.post(
    f"{_NATIONALITIES}/{{part_id}}/retraction",
    operation_id="retract_nationality",
    openapi_extra=_FIELD,
    response_model=Retracted,
)
async def retract_nationality(taking: Taking, part_id: PartId) -> Response:
    """Take back a nationality that was entered in error, with the reason."""
    return await taking.part(part_id, take_back)
