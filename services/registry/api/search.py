"""Search for persons."""

from typing import Annotated

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.keyed_hash import normalise_identifier
from services.kit.routes import Router, documented
from services.registry.api.dependencies import Lists, Trail
from services.registry.api.problems import TOO_FEW_CRITERIA
from services.registry.api.words import refuse_errors
from services.registry.contract.persons import IdentifierQuery, SearchHit, SearchQuery, SearchResult
from services.registry.domain.findings import Findings
from services.registry.domain.phones import normalise_phone
from services.registry.domain.programme_numbers import read_number
from services.registry.domain.reference import Reference
from services.registry.domain.search import Criteria
from services.registry.operations.search_persons import search_persons as search
from services.registry.store import seeds

router = Router(tags=["persons"])
_SHARING = {
    "kept": ["score", "matched"],
    "named": {
        "name": "names",
        "birth_year": "birth",
        "birth_year_margin": "birth",
        "nationality": "nationalities",
        "phone": "contacts",
        "region": "address",
        "identifier": "identifiers",
    },
}
"""A criterion tells whether its field has that value: it is asked only by those who may read the field."""


@router.post(
    "/v1/persons/search",
    operation_id="search_persons",
    openapi_extra={"x-sharing": _SHARING},
    responses=documented(TOO_FEW_CRITERIA),
)
async def search_persons(
    *,
    body: SearchQuery,
    caller: Annotated[Caller, requires("persons:search")],
    session: ReadSession,
    lists: Lists,
    trail: Trail,
) -> SearchResult:
    """Find persons by an exact number, or by a name or telephone number with one more criterion.

    Names are found across spellings, scripts and order. What is not known of a person counts half; what contradicts
    a criterion leaves her out. At most `limit` hits, best first.
    """
    hits = await search(
        session,
        _criteria(body, lists),
        limit=body.limit,
        spellings=seeds.spellings(),
        organisation=caller.rows_of("persons"),
        viewer=caller.viewer,
    )
    trail.about(*(hit.person_id for hit in hits))
    items = [
        SearchHit.model_validate({**hit.shown, "score": hit.fit.score, "matched": list(hit.fit.matched)})
        for hit in hits
    ]
    return SearchResult(items=items)


def _criteria(body: SearchQuery, lists: Reference) -> Criteria:
    found = Findings()
    nationality = body.nationality and found.take("/nationality", lists.nationalities.resolve, body.nationality)
    region = body.region and found.take("/region", lists.territory.region, body.region)
    phone = normalise_phone(body.phone) if body.phone else None
    if body.phone and phone is None:
        found.refuse("/phone", "phone-unusual")
    number = read_number(body.programme_number) if body.programme_number else None
    if body.programme_number and number is None:
        found.refuse("/programme_number", "check-character-wrong")
    identifier = None
    if body.identifier is not None:
        named = body.identifier if isinstance(body.identifier, IdentifierQuery) else None
        norm = normalise_identifier(named.value if named else str(body.identifier))
        if not norm:
            found.refuse("/identifier", "identifier-empty")
        identifier = (named.system if named else None, norm)
    refuse_errors(found)
    return Criteria(
        body.name, body.birth_year, body.birth_year_margin or 0, nationality, phone, region, identifier, number
    )
