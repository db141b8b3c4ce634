"""What each refusal about the rights of a person becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.kit import problems
from services.kit.problems import ProblemType
from services.registry.domain import change_requests, consents, oppositions, rectifications, rights

_CATALOGUE = problems.read_types(Path(__file__).with_name("rights_problems.yaml"))
CHANGE_REQUEST_REQUIRED = _CATALOGUE["change-request-required"]
CHANGE_REQUEST_CONFLICT = _CATALOGUE["change-request-conflict"]
CHANGE_REQUEST_CLOSED = _CATALOGUE["change-request-closed"]
SECOND_PERSON = _CATALOGUE["second-person-required"]
NOT_THE_PROPOSER = _CATALOGUE["not-the-proposer"]
NOTHING_CHANGES = _CATALOGUE["nothing-changes"]
EVIDENCE_UNKNOWN = _CATALOGUE["evidence-unknown"]
NOTICE_REFUSED = _CATALOGUE["notice-not-in-force"]
CONSENT_ENDED = _CATALOGUE["consent-ended"]
OPPOSITION_CLOSED = _CATALOGUE["opposition-closed"]
PURPOSE_STATUTORY = _CATALOGUE["purpose-statutory"]
RECTIFICATION_ANSWERED = _CATALOGUE["rectification-answered"]
CHANGE_REQUEST_FOREIGN = _CATALOGUE["change-request-not-approved"]
DAY_REFUSED = _CATALOGUE["day-in-future"]

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    change_requests.ChangeRequestNotFoundError: problems.NOT_FOUND,
    change_requests.ChangeRequestRequiredError: CHANGE_REQUEST_REQUIRED,
    change_requests.ChangeConflictError: CHANGE_REQUEST_CONFLICT,
    change_requests.ChangeRequestClosedError: CHANGE_REQUEST_CLOSED,
    change_requests.SecondPersonRequiredError: SECOND_PERSON,
    change_requests.NotTheProposerError: NOT_THE_PROPOSER,
    change_requests.NothingChangesError: NOTHING_CHANGES,
    rights.EvidenceUnknownError: EVIDENCE_UNKNOWN,
    rights.FutureDayError: DAY_REFUSED,
    consents.ConsentNotFoundError: problems.NOT_FOUND,
    consents.NoticeNotFoundError: problems.NOT_FOUND,
    consents.NoticeNotInForceError: NOTICE_REFUSED,
    consents.ConsentEndedError: CONSENT_ENDED,
    oppositions.OppositionNotFoundError: problems.NOT_FOUND,
    oppositions.OppositionClosedError: OPPOSITION_CLOSED,
    oppositions.StatutoryOnlyError: PURPOSE_STATUTORY,
    rectifications.RectificationNotFoundError: problems.NOT_FOUND,
    rectifications.RectificationAnsweredError: RECTIFICATION_ANSWERED,
    rectifications.ChangeRequestNotApprovedError: CHANGE_REQUEST_FOREIGN,
}
CONSTRAINTS: Mapping[str, ProblemType] = {}
TYPES: tuple[ProblemType, ...] = ()
