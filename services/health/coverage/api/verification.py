"""The desk's question over HTTP."""

from fastapi import Request, Response

from services.health.coverage.api.dependencies import Books, Hasher, TrailDep, Verifier
from services.health.coverage.contract.verification import VerificationAnswer, VerificationRequest
from services.health.coverage.operations.verify_coverage import verify_coverage as verify
from services.kit import clock
from services.kit.database import Database
from services.kit.keyed_hash import IdentifierHasher
from services.kit.problems import language_of
from services.kit.routes import Router

router = Router(tags=["coverage"])
PROGRAMME = "PROGRAMME"
SHARING = {
    "x-sharing": {
        "kept": ["identifier", "on", "minimum_access"],
    }
}


@router.post("/v1/coverage/verify", operation_id="verify_coverage", openapi_extra=SHARING)
async def verify_coverage(
    *,
    body: VerificationRequest,
    caller: Verifier,
    trail: TrailDep,
    books: Books,
    hasher: Hasher,
    today: clock.Today,
    request: Request,
    response: Response,
) -> VerificationAnswer:
    """Say at the point of care whether somebody is covered, and what to do; answered by this service alone.

    A POST because an identifier has no place in a URL; it changes nothing. It is about whoever stands at the desk:
    also a partner that sees only its own rows is answered about everybody, for care does not ask who decided.
    """
    database: Database = request.app.state.database
    system, value = _asked_by(body)
    found, persons = await verify(
        database,
        system=system,
        hash=_hash(hasher, system, value),
        on=body.on or today,
        books=books,
        viewer=caller.viewer,
    )
    trail.about(*persons)
    language = language_of(request.headers.get("accept-language"))
    response.headers.update({"content-language": language, "vary": "Accept-Language", "cache-control": "no-store"})
    right = found.right
    return VerificationAnswer(
        covered=found.covered,
        scheme=None if right is None else right.scheme,
        effective_from=None if right is None else right.period.start,
        effective_to=None if right is None else right.period.end,
        reason=found.reason,
        minimum_access=list(found.minimum_access.codes),
        what_to_do=found.what_to_do[language],
    )


def _asked_by(body: VerificationRequest) -> tuple[str, str]:
    if body.identifier is None:
        return PROGRAMME, body.programme_number or ""
    return body.identifier.system, body.identifier.value


def _hash(hasher: IdentifierHasher, system: str, value: str) -> str:
    return hasher.hash(system, value)
