"""What a file's criteria find, each on a fact, by a rule; a proposal that never decides. Source: facts.md 1.3, 10.1.

A metric names in data which of the functions here reads it. What is not known is UNKNOWN and is never turned into a
refusal; an imprecise date is read as an interval.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.periods import (
    BirthInterval,
    ImpossibleDateError,
    PartialDate,
    Precision,
    Result,
    age_at_least,
)
from services.registry.domain.papers import LegalStatus
from services.registry.domain.persons import Person, Sex
from services.registry.domain.regularisation_errors import EvidenceRefusedError
from services.registry.domain.regularisation_rules import (
    EVERY,
    Criterion,
    Fact,
    FactKind,
    Metric,
    RegularisationBook,
    Rule,
    Stage,
)

MAJORITY = 18
_RECOGNISED = frozenset({"REFUGEE_UNHCR_MANDATE", "REFUGEE_BRA"})
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY)


class Origin(StrEnum):
    """Where a fact came from, or would come from."""

    REGISTRY = "registry"
    DOCUMENT = "document"
    DECLARED = "declared"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact declared for a file.

    Attributes:
        value: A date as written (`2011`, `2011-05`, `2011-05-12`), a yes or no, or a school level.
        documents: Ids of the documents that prove it; none when it is only declared.
    """

    fact: str
    value: Any
    documents: tuple[UUID, ...]
    recorded_at: Any
    recorded_by: str
    organisation: str
    id: UUID | None = None

    @property
    def origin(self) -> Origin:
        """Whether a document stands behind it."""
        return Origin.DOCUMENT if self.documents else Origin.DECLARED


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one criterion.

    Attributes:
        ground: The category whose criterion it is.
        value: The fact's value as JSON; None when it is not known.
        rule: The row that decided; None where no row holds on the day.
        reason: Why it did not pass; None for PASS.
        needed: What the fact would have to be; None for PASS.
    """

    criterion: str
    ground: str
    result: Result
    fact: str
    value: Any
    origin: Origin
    rule: Rule | None
    reason: str | None = None
    needed: Any = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a file is judged.

    Attributes:
        person: Her record as it is known.
        evidence: Fact to what was declared of it last.
        filed_on: Durations and ages are counted on this day.
        school_levels: Codes, lowest first.
    """

    person: Person
    evidence: Mapping[str, Evidence]
    filed_on: date
    school_levels: Sequence[str]

    @property
    def birth(self) -> BirthInterval:
        """When she may have been born."""
        return self.person.core.birth.interval


Reading = tuple[Result, Any, Origin]
"""What a metric says, the value it rests on, and where that is from."""


def check_value(fact: Fact, value: Any, school_levels: Sequence[str]) -> None:
    """See that a declared value is of its fact's kind.

    Raises:
        EvidenceRefusedError: It is not.
    """
    if fact.kind is FactKind.DATE:
        fits = isinstance(value, str) and partial_date(value) is not None
    elif fact.kind is FactKind.YES_OR_NO:
        fits = isinstance(value, bool)
    else:
        fits = value in school_levels
    if not fits:
        raise EvidenceRefusedError("/value", kind=fact.kind.value)


def partial_date(written: str) -> PartialDate | None:
    """Read `2011`, `2011-05` or `2011-05-12`; None for anything else."""
    match = _PARTIAL.fullmatch(written)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    precision = _PRECISIONS[(month is not None) + (day is not None)]
    try:
        return PartialDate(year, month, day, precision)
    except ImpossibleDateError:
        return None


def judge(
    situation: Situation, book: RegularisationBook, *, campaign: str, category: str, stage: Stage, on: date
) -> tuple[Finding, ...]:
    """Return what every criterion of a campaign and a stage finds.

    Locally a file is judged by its own category. On appeal every ground that the commission has opened counts, and the
    own category's local criterion stands where the appeal has none of its own. Source: facts.md 1.3.

    Args:
        situation: What is known.
        book: The rules.
        campaign: Of the file.
        category: Of the file.
        stage: By whose criteria.
        on: The day whose rules hold.
    """
    rows = list(book.criteria_of(campaign, stage, on))
    if stage is not Stage.APPEAL:
        rows = [row for row in rows if row.category in {category, EVERY}]
    elif not any(row.category == category for row in rows):
        filed = book.criteria_of(campaign, Stage.LOCAL, situation.filed_on)
        rows = [row for row in filed if row.category == category] + rows
    if not rows:
        return (_without_rule(category),)
    return tuple(_finding(situation, row, book.metric(row.metric)) for row in rows)


def proposal_of(findings: Sequence[Finding], stage: Stage) -> Result:
    """Return what findings propose: one ground is enough on a file; a renewal needs every criterion."""
    results = {finding.result for finding in findings}
    first, last = (Result.FAIL, Result.PASS) if stage is Stage.RENEWAL else (Result.PASS, Result.FAIL)
    return first if first in results else Result.UNKNOWN if Result.UNKNOWN in results else last


def _without_rule(category: str) -> Finding:
    return Finding("rule", category, Result.UNKNOWN, "rule", None, Origin.RULES, None, "R_REGLE_ABSENTE",
                   {"authority": "confirmation"})  # fmt: skip


def _finding(situation: Situation, row: Criterion, metric: Metric) -> Finding:
    result, value, origin = READINGS[metric.reads](situation, row, metric)
    reason = None
    if result is Result.UNKNOWN:
        reason = "R_FAIT_INCONNU" if value is None else "R_DATE_IMPRECISE"
    elif result is Result.FAIL:
        reason = "R_DUREE_INSUFFISANTE" if metric.reads == "years_since" else "R_CONDITION_NON_REMPLIE"
    needed = None if result is Result.PASS else {row.op: row.rule.value}
    return Finding(row.metric, row.category, result, metric.fact, value, origin, row.rule, reason, needed)


def _years_since(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    told = situation.evidence.get(metric.fact)
    if told is None:
        return Result.UNKNOWN, None, Origin.DECLARED
    since = partial_date(told.value)
    interval = BirthInterval() if since is None else since.interval
    return age_at_least(interval, row.rule.value, situation.filed_on), told.value, told.origin


def _before(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    told = situation.evidence.get(metric.fact)
    since = None if told is None else partial_date(told.value)
    if told is None or since is None or since.earliest is None or since.latest is None:
        return Result.UNKNOWN, None, Origin.DECLARED
    limit = date.fromisoformat(row.rule.value)
    if since.latest < limit:
        return Result.PASS, told.value, told.origin
    return (Result.FAIL if since.earliest >= limit else Result.UNKNOWN), told.value, told.origin


def _yes_or_no(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    told = situation.evidence.get(metric.fact)
    if told is None:
        return Result.UNKNOWN, None, Origin.DECLARED
    return (Result.PASS if told.value is row.rule.value else Result.FAIL), told.value, told.origin


def _recognised(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    """Both recognitions on record settle it; the record's silence is no answer."""
    held = {status.code for status in _statuses_on(situation.person.legal_statuses, situation.filed_on)}
    if held >= _RECOGNISED:
        return Result.PASS, sorted(_RECOGNISED), Origin.REGISTRY
    return _yes_or_no(situation, row, metric)


def _woman_or_minor(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    sex = situation.person.core.sex
    adult = age_at_least(situation.birth, MAJORITY, situation.filed_on)
    if sex is Sex.FEMALE or adult is Result.FAIL:
        return Result.PASS, {"sex": sex.value, "adult": adult.value}, Origin.REGISTRY
    if sex is not Sex.UNKNOWN and adult is Result.PASS:
        return Result.FAIL, {"sex": sex.value, "adult": adult.value}, Origin.REGISTRY
    return _yes_or_no(situation, row, metric)


def _minor_alone(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    """Nobody who is of age for certain is an unaccompanied minor, whatever was declared."""
    if age_at_least(situation.birth, MAJORITY, situation.filed_on) is Result.PASS:
        return Result.FAIL, {"adult": Result.PASS.value}, Origin.REGISTRY
    return _yes_or_no(situation, row, metric)


def _school_level(situation: Situation, row: Criterion, metric: Metric) -> Reading:
    told = situation.evidence.get(metric.fact)
    level = told.value if told else situation.person.core.school_level
    origin = told.origin if told else Origin.REGISTRY
    if level is None:
        return Result.UNKNOWN, None, origin
    order = list(situation.school_levels)
    reached = order.index(level) >= order.index(row.rule.value)
    return (Result.PASS if reached else Result.FAIL), level, origin


def _statuses_on(statuses: Sequence[LegalStatus], on: date) -> Sequence[LegalStatus]:
    return [status for status in statuses if status.valid.contains(on)]


READINGS: Mapping[str, Callable[[Situation, Criterion, Metric], Reading]] = {
    "years_since": _years_since,
    "before": _before,
    "yes_or_no": _yes_or_no,
    "recognised": _recognised,
    "woman_or_minor": _woman_or_minor,
    "minor_alone": _minor_alone,
    "school_level": _school_level,
}
