"""What a regularisation file is judged on: findings, declared facts, papers. For those who may write.

Findings and papers tell the category, and one category is serious illness: reading them takes the right to write.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Now, Today
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import CivilDate
from services.kit.periods import Result
from services.kit.routes import Router, documented
from services.registry.api.dependencies import Trail, Writing
from services.registry.api.regularisation_access import FIELD, Book, FileId, open_file
from services.registry.api.regularisation_problems import FILE_SETTLED, VALUE_REFUSED
from services.registry.api.regularisation_views import finding_body, rule_body
from services.registry.contract.regularisation import (
    EvidenceRetraction,
    MissingRegularisationFact,
    NewRegularisationEvidence,
    NewRegularisationPaper,
    RegularisationChecklist,
    RegularisationEvidenceBody,
    RegularisationEvidenceList,
    RegularisationFindings,
    RegularisationPaper,
    RegularisationTexts,
)
from services.registry.domain.regularisation import RegularisationFile
from services.registry.domain.regularisation_criteria import Evidence, Finding, Situation, judge, proposal_of
from services.registry.domain.regularisation_papers import Brought, Item, checklist
from services.registry.domain.regularisation_rules import RegularisationBook, Requirement, Stage
from services.registry.domain.regularisation_shown import finding_documents
from services.registry.operations.bring_regularisation_paper import bring_regularisation_paper as bring
from services.registry.operations.declare_regularisation_evidence import declare_regularisation_evidence as declare
from services.registry.operations.retract_regularisation_evidence import retract_regularisation_evidence as retract
from services.registry.store import loading
from services.registry.store import regularisation_evidence as store

router = Router(tags=["regularisation"])
_ONE = "/v1/regularisation-files/{file_id}"
_CERTAINTIES = ("memory", "design", "derived", "verified")
Judge = Annotated[Caller, requires("persons:read", "persons:write")]
EvidenceId = Annotated[UUID, Path(description="Id of the declared fact")]


@router.get(f"{_ONE}/findings", operation_id="read_regularisation_findings", openapi_extra=FIELD)
async def read_regularisation_findings(
    *,
    file_id: FileId,
    response: Response,
    caller: Judge,
    session: ReadSession,
    book: Book,
    today: Today,
    trail: Trail,
    stage: Annotated[Stage | None, Query(description="By whose criteria; default: the file's present stage")] = None,
    on: Annotated[CivilDate | None, Query(description="The day whose rules hold; default: the stage's own")] = None,
) -> RegularisationFindings:
    """Judge a file by the criteria of its campaign and stage: each with its fact, source, rule and certainty.

    The answer proposes and changes nothing: a human decides, with her reasons.
    """
    file = await open_file(session, file_id, caller, trail)
    chosen = stage or book.state(file.state).stage
    day = on or file.stage_day(chosen, today)
    person = await loading.load(session, file.person_id)
    known = {one.fact: one for one in await store.live(session, file_id)}
    situation = Situation(person, known, file.filed_on, book.school_levels)
    found = judge(situation, book, campaign=file.campaign, category=file.category, stage=chosen, on=day)
    certainties = {finding.rule.certainty for finding in found if finding.rule}
    response.headers["cache-control"] = "no-store"
    return RegularisationFindings(
        file_id=file.id,
        stage=chosen,
        on=day,
        proposal=proposal_of(found, chosen),
        criteria=[finding_body(document) for document in finding_documents(found)],
        missing=_missing(found, book),
        weakest_certainty=next((one for one in _CERTAINTIES if one in certainties), None),
    )


@router.get(f"{_ONE}/evidence", operation_id="list_regularisation_evidence", openapi_extra=FIELD)
async def list_regularisation_evidence(
    *, file_id: FileId, caller: Judge, session: ReadSession, book: Book, trail: Trail
) -> RegularisationEvidenceList:
    """Return the facts that are declared for a file now."""
    await open_file(session, file_id, caller, trail)
    return RegularisationEvidenceList(items=[_evidence(one, book) for one in await store.live(session, file_id)])


@router.post(
    f"{_ONE}/evidence",
    operation_id="declare_regularisation_evidence",
    status_code=201,
    openapi_extra=FIELD,
    responses=documented(VALUE_REFUSED, FILE_SETTLED),
)
async def declare_regularisation_evidence(
    *,
    file_id: FileId,
    body: NewRegularisationEvidence,
    response: Response,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    book: Book,
    writing: Writing,
    trail: Trail,
) -> RegularisationEvidenceBody:
    """Declare a fact, with the documents that prove it; what was declared of it before ends and is kept."""
    await open_file(session, file_id, caller, trail)
    act = await writing.by(caller)
    made = await declare(session, file_id, body.fact, body.value, list(dict.fromkeys(body.documents)), book, act)
    response.headers["location"] = f"/v1/regularisation-files/{file_id}/evidence"
    return _evidence(made, book)


@router.post(
    f"{_ONE}/evidence/{{evidence_id}}/retraction",
    operation_id="retract_regularisation_evidence",
    openapi_extra=FIELD,
    responses=documented(FILE_SETTLED),
)
async def retract_regularisation_evidence(
    *,
    file_id: FileId,
    evidence_id: EvidenceId,
    body: EvidenceRetraction,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    book: Book,
    now: Now,
    trail: Trail,
) -> RegularisationEvidenceList:
    """Take back a fact that was declared in error; it stays on record, with the reason. Answered with what is left."""
    await open_file(session, file_id, caller, trail)
    await retract(session, file_id, evidence_id, reason=body.reason, at=now)
    return RegularisationEvidenceList(items=[_evidence(one, book) for one in await store.live(session, file_id)])


@router.get(f"{_ONE}/documents", operation_id="read_regularisation_checklist", openapi_extra=FIELD)
async def read_regularisation_checklist(
    *, file_id: FileId, caller: Judge, session: ReadSession, book: Book, trail: Trail
) -> RegularisationChecklist:
    """Return the papers that a file needs, which are there, and what to bring."""
    file = await open_file(session, file_id, caller, trail)
    return _checklist(file, book, await store.brought(session, file_id))


@router.post(
    f"{_ONE}/documents",
    operation_id="bring_regularisation_paper",
    status_code=201,
    openapi_extra=FIELD,
    responses=documented(VALUE_REFUSED),
)
async def bring_regularisation_paper(
    *,
    file_id: FileId,
    body: NewRegularisationPaper,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    book: Book,
    writing: Writing,
    trail: Trail,
) -> RegularisationChecklist:
    """Note that a paper was brought, seen or scanned; answered with the checklist."""
    await open_file(session, file_id, caller, trail)
    documents = tuple(dict.fromkeys(body.documents))
    paper = Brought(body.code, documents, body.seen_on or writing.today)
    file = await bring(session, file_id, paper, book, await writing.by(caller))
    return _checklist(file, book, await store.brought(session, file_id))


def _evidence(one: Evidence, book: RegularisationBook) -> RegularisationEvidenceBody:
    return RegularisationEvidenceBody.model_validate(
        {
            "id": one.id,
            "fact": one.fact,
            "kind": book.fact(one.fact).kind,
            "value": one.value,
            "documents": list(one.documents),
            "source": one.origin.value,
            "recorded_at": one.recorded_at,
            "recorded_by": one.recorded_by,
            "organisation": one.organisation,
        }
    )


def _missing(found: tuple[Finding, ...], book: RegularisationBook) -> list[MissingRegularisationFact]:
    grounds: dict[str, list[str]] = {}
    for finding in found:
        if finding.result is Result.UNKNOWN and finding.rule is not None:
            grounds.setdefault(finding.fact, []).append(finding.ground)
    return [
        MissingRegularisationFact(fact=fact, grounds=those, accepted_proofs=list(book.fact(fact).proofs))
        for fact, those in grounds.items()
    ]


def _checklist(file: RegularisationFile, book: RegularisationBook, brought: list[Brought]) -> RegularisationChecklist:
    items = checklist(book, file.category, brought)
    missing = [item.paper.rule.code for item in items if item.missing]
    return RegularisationChecklist(
        file_id=file.id, complete=not missing, missing=missing, items=[_paper(item) for item in items]
    )


def _paper(item: Item) -> RegularisationPaper:
    absent = "MISSING" if item.paper.requirement is Requirement.REQUIRED else "NOT_BROUGHT"
    return RegularisationPaper.model_validate(
        {
            "code": item.paper.rule.code,
            "name": RegularisationTexts(**item.paper.name),
            "requirement": item.paper.requirement,
            "status": "PROVIDED" if item.brought else absent,
            "bring": RegularisationTexts(**item.paper.bring),
            "seen_on": item.brought[-1].seen_on if item.brought else None,
            "documents": [one for each in item.brought for one in each.documents],
            "rule": rule_body(item.paper.rule),
        }
    )
