"""Admission: every criterion of the programme's rule is asked, and the answer is a fold over the findings.

Pure: the facts, the offer, the rule set and the day come in; the same four always give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kit.periods import Result
from services.training.courses.domain.catalogue import LEVEL, Level
from services.training.courses.domain.criteria import CRITERIA, Case
from services.training.courses.domain.errors import AdmissionRuleUnfitError, CodeUnknownError
from services.training.courses.domain.facts import Declared
from services.training.courses.domain.findings import Criterion, Finding, Missing, Need, Outcome, Reason, Relation
from services.training.courses.domain.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Condition:
    """What would make one criterion pass: any one of the needs.

    Attributes:
        criterion: None where it is not a criterion that is wanting but a human's decision.
    """

    criterion: Criterion | None
    any_of: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class WouldBecome:
    """The outcome that follows when every condition is met."""

    outcome: Outcome
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class LevelOrientation:
    """Another level, and what admission to it would say today."""

    level: Level
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Orientation:
    """Where to go instead: levels that remain open to her, tracks outside them, and sessions that take applications.

    Attributes:
        sessions: Looked up in the catalogue by the operation that asked; those near her first.
    """

    levels: tuple[LevelOrientation, ...]
    tracks: tuple[str, ...]
    sessions: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer to an application, and everything that explains it.

    Attributes:
        as_of: Civil date of the decision.
        rule_set: Fingerprint of the rules it was decided under.
        orientation: Given when the answer is no, or when her status is not known.
    """

    outcome: Outcome
    as_of: date
    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    would_become: WouldBecome | None
    orientation: Orientation | None
    rule_set: str


def assess(case: Case) -> Admission:
    """Decide an application.

    Raises:
        AdmissionRuleUnfitError: The programme's admission rule is not in force on that day.
    """
    findings = _findings(case, case.offer.programme.admission_rule)
    outcome = outcome_of(findings)
    return Admission(
        outcome=outcome,
        as_of=case.on,
        findings=findings,
        reasons=tuple(dict.fromkeys(finding.reason for finding in findings if finding.reason)),
        missing=tuple(dict.fromkeys(missing for finding in findings for missing in finding.missing)),
        would_become=_would_become(findings, outcome),
        orientation=_orientation(case, findings, outcome),
        rule_set=case.rules.fingerprint,
    )


def check_declared(declared: Declared, rules: RuleSet, *, on: date) -> None:
    """Refuse a declared school level or diploma that the reference lists do not know.

    Raises:
        CodeUnknownError: It names the place and what is allowed there.
    """
    told = [("/declared/school_level", "SCHOOL_LEVEL_ORDER", declared.school_level)]
    told += [
        (f"/declared/diplomas/{place}", "KNOWN_DIPLOMAS", code) for place, code in enumerate(declared.diplomas or ())
    ]
    for pointer, list_code, code in told:
        allowed = rules.find(list_code, on)
        if code is not None and allowed is not None and code not in allowed.codes:
            raise CodeUnknownError(pointer, allowed.codes)


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """Fold findings into an outcome.

    A no needs a criterion that fails for certain. Else a fact that can be brought is asked for first, and only what
    no fact settles goes to a human.
    """
    if any(finding.result is Result.FAIL for finding in findings):
        return Outcome.NOT_ADMISSIBLE
    if any(finding.missing for finding in findings):
        return Outcome.PENDING_INFO
    if any(finding.result is Result.UNKNOWN for finding in findings):
        return Outcome.REFER
    return Outcome.ADMISSIBLE


def _findings(case: Case, admission_rule: str) -> tuple[Finding, ...]:
    rule = case.rules.find(f"ADMISSION_{admission_rule}", case.on)
    if rule is None:
        raise AdmissionRuleUnfitError
    asked = (CRITERIA[Criterion(code)](case) for code in rule.codes)
    return tuple(finding for finding in asked if finding is not None)


def _would_become(findings: Sequence[Finding], outcome: Outcome) -> WouldBecome | None:
    """Say what the answer becomes once what is wanting is there; None where nothing could help, or nothing is wanting.

    A no looks past the criteria that fail, a question past the facts that are missing, a referral past the human.
    """
    if outcome is Outcome.ADMISSIBLE:
        return None
    if outcome is Outcome.REFER:
        decision = Need("human_decision", Relation.ONE_OF, (Outcome.ADMISSIBLE,))
        return WouldBecome(Outcome.ADMISSIBLE, (Condition(None, (decision,)),))
    if outcome is Outcome.NOT_ADMISSIBLE:
        wanting = [finding for finding in findings if finding.result is Result.FAIL]
    else:
        wanting = [finding for finding in findings if finding.missing]
    if not all(finding.needs for finding in wanting):
        return None
    rest = [finding for finding in findings if finding not in wanting]
    conditions = tuple(Condition(finding.criterion, finding.needs) for finding in wanting)
    return WouldBecome(outcome_of(rest), conditions)


def _orientation(case: Case, findings: Sequence[Finding], outcome: Outcome) -> Orientation | None:
    """Look for another way when the answer is no; nobody is sent away without one. Source: facts.md 10.4, design."""
    status_stops = any(finding.reason in {Reason.STATUS_NOT_ALLOWED, Reason.STATUS_UNKNOWN} for finding in findings)
    if outcome is not Outcome.NOT_ADMISSIBLE and not status_stops:
        return None
    levels = _open_levels(case) if outcome is Outcome.NOT_ADMISSIBLE else ()
    tracks = case.rules.find("STATUS_ORIENT_TO" if status_stops else "NO_LEVEL_ORIENT_TO", case.on)
    named = () if tracks is None or (levels and not status_stops) else tracks.codes
    return Orientation(levels, named)


def _open_levels(case: Case) -> tuple[LevelOrientation, ...]:
    """List the levels that would not say no, the highest first."""
    order = case.rules.find("TRAINING_LEVEL_ORDER", case.on)
    levels = [] if order is None else [Level(code) for code in reversed(order.codes)]
    asked = ((level, outcome_of(_without_session(replace(case, level=level)))) for level in levels)
    return tuple(LevelOrientation(level, said) for level, said in asked if said is not Outcome.NOT_ADMISSIBLE)


def _without_session(case: Case) -> tuple[Finding, ...]:
    """Ask the criteria of the level alone: another session is what she is being oriented to."""
    return tuple(finding for finding in _findings(case, LEVEL) if finding.criterion is not Criterion.SESSION)
