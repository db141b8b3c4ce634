"""One scheme's outcome: the fold of its findings, its days, its contribution, what is missing, what would help."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.health.coverage.domain.facts import Case, Role
from services.health.coverage.domain.findings import Finding
from services.health.coverage.domain.rules import Ask, Category, Criterion, Kind, RuleBook, RuleRow, Scheme
from services.health.coverage.domain.stay import best_title
from services.kit.periods import AgeBound, Result, age_limit


class Status(StrEnum):
    """What a determination says. None of them refuses care: `minimum_access` stands beside each."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    PENDING_INFO = "PENDING_INFO"
    REFER = "REFER"


class EndReason(StrEnum):
    """Why a right ends on its last day. Source: facts.md 3.8."""

    PERMIT_EXPIRY = "PERMIT_EXPIRY"
    DEPENDANT_AGE = "DEPENDANT_AGE"
    SCHEME_END = "SCHEME_END"
    SCORE_REVIEW = "SCORE_REVIEW"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Span:
    """The days a right would hold: `end` None is open, and then `reason` is NONE."""

    start: date
    end: date | None
    reason: EndReason


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known, the proofs that would settle it, and where they are had."""

    fact: str
    criteria: tuple[Criterion, ...]
    accepted_proofs: tuple[str, ...]
    where: str | None


@dataclass(frozen=True, slots=True)
class WouldBecome:
    """The counterfactual: were these findings settled as they need, the status would be this."""

    status: Status
    if_settled: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scheme answers in one case.

    Attributes:
        contribution_mad_month: MAD per month; None where none is due, or where no rule is known.
        span: Only for ELIGIBLE.
    """

    scheme: str
    category: Category
    status: Status
    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...]
    would_become: WouldBecome | None
    contribution_mad_month: Decimal | None
    span: Span | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of every finding that did not pass, each once, in the order of the criteria."""
        return tuple(dict.fromkeys(f.reason for f in self.findings if f.reason is not None))


def fold(findings: Sequence[Finding], *, refers: Sequence[Finding] = ()) -> Status:
    """Fold findings into a status: a FAIL decides; then what only an authority can settle; then what is missing.

    Source: facts.md 3.3 (a pending switch answers REFER) and 3.8. UNKNOWN never becomes a FAIL.

    Args:
        findings: Every finding of a scheme.
        refers: Those of them that only an authority can settle.
    """
    results = {finding.result for finding in findings}
    if Result.FAIL in results:
        return Status.NOT_ELIGIBLE
    if any(finding.result is Result.UNKNOWN for finding in refers):
        return Status.REFER
    return Status.PENDING_INFO if Result.UNKNOWN in results else Status.ELIGIBLE


def outcome_of(case: Case, scheme: Scheme, findings: tuple[Finding, ...], book: RuleBook) -> Outcome:
    """Return what a scheme in force answers."""
    refers = [finding for finding in findings if book.refers(finding.reason, case.as_of)]
    status = fold(findings, refers=refers)
    return Outcome(
        scheme=scheme.code,
        category=scheme.category,
        status=status,
        findings=findings,
        missing=_missing(findings, refers, case, book),
        would_become=would_become(findings),
        contribution_mad_month=None if status is Status.NOT_ELIGIBLE else contribution(case, scheme, findings, book),
        span=span_of(case, scheme, findings, book) if status is Status.ELIGIBLE else None,
    )


def closed_outcome(scheme: str, finding: Finding, category: Category) -> Outcome:
    """Return the outcome of a scheme that is not in force on the day."""
    return Outcome(scheme, category, Status.NOT_ELIGIBLE, (finding,), (), None, None, None)


def would_become(findings: Sequence[Finding]) -> WouldBecome | None:
    """Say what would turn the answer into a better one, or None when nothing that can be known would."""
    open_findings = tuple(finding for finding in findings if finding.result is not Result.PASS)
    attainable = {finding.attainable for finding in open_findings}
    if not open_findings or Result.FAIL in attainable:
        return None
    return WouldBecome(Status.REFER if Result.UNKNOWN in attainable else Status.ELIGIBLE, open_findings)


def span_of(case: Case, scheme: Scheme, findings: Sequence[Finding], book: RuleBook) -> Span:
    """Return the days of a right. Source: facts.md 3.8.

    It starts with the latest of the scheme's start, the decision's date and the title's start; it ends with the
    earliest of the scheme's end, the title's end, the age limit and the review of the score.
    """
    starts, ends = [case.as_of], []
    if scheme.row.period.start is not None:
        starts.append(scheme.row.period.start)
    if scheme.row.period.end is not None:
        ends.append((scheme.row.period.end, EndReason.SCHEME_END))
    for ask in book.asks(scheme.code, case.role, case.as_of):
        start, end = _title_days(case, ask, book)
        starts += [] if start is None else [start]
        ends += [] if end is None else [(end, EndReason.PERMIT_EXPIRY)]
    for finding in findings:
        ends += _limits(case, finding)
    order = list(EndReason)
    last, reason = min(ends, key=lambda each: (each[0], order.index(each[1])), default=(None, EndReason.NONE))
    return Span(max(starts), last, reason)


def _title_days(case: Case, ask: Ask, book: RuleBook) -> tuple[date | None, date | None]:
    title = best_title(case, ask, book) if ask.criterion is Criterion.PERMIT_VALID else None
    return (None, None) if title is None else (title.period.start, title.period.end)


def _limits(case: Case, finding: Finding) -> list[tuple[date, EndReason]]:
    review = case.declared.rsu_review_on
    if finding.criterion is Criterion.SCORE and review is not None:
        return [(review, EndReason.SCORE_REVIEW)]
    rule = {} if finding.rule is None else finding.rule.value
    born = case.facts.birth.earliest
    if finding.criterion is not Criterion.AGE or rule.get("max_age") is None or born is None:
        return []
    return [(age_limit(born, int(rule["max_age"]), AgeBound(rule["age_bound"])), EndReason.DEPENDANT_AGE)]


def contribution(case: Case, scheme: Scheme, findings: Sequence[Finding], book: RuleBook) -> Decimal | None:
    """Return what the person would pay a month, in MAD. Source: facts.md 3.2 and 3.4.

    A dependant pays nothing of her own; where the amount is not known to the rules, None.
    """
    if case.role is Role.DEPENDANT or scheme.contribution is None:
        return None
    if scheme.contribution == "BANDS":
        return _band(case, book)
    if scheme.contribution == "RAMED":
        return _ramed(case, findings, book)
    return Decimal(0)


def _band(case: Case, book: RuleBook) -> Decimal | None:
    given = case.declared.rsu_score
    if given is None:
        return None
    for row in book.all_in_force(Kind.ACHAMIL_BAND, case.as_of):
        high = row.value["high_inclusive"]
        if Decimal(row.value["low_exclusive"]) < given and (high is None or given <= Decimal(high)):
            return Decimal(row.value["mad_month"])
    return None


def _ramed(case: Case, findings: Sequence[Finding], book: RuleBook) -> Decimal | None:
    rules: list[RuleRow] = [f.rule for f in findings if f.criterion is Criterion.INDIGENT and f.rule is not None]
    yearly = book.in_force(Kind.LIMIT, "RAMED_CONTRIB_PERSON_MAD_YEAR", case.as_of)
    if not rules or yearly is None:
        return None
    return Decimal(0) if "POOR" in rules[0].code else Decimal(yearly.value) / 12


def _missing(findings: Sequence[Finding], refers: Sequence[Finding], case: Case, book: RuleBook) -> tuple[Missing, ...]:
    wanted: dict[str, list[Criterion]] = {}
    for finding in findings:
        if finding.result is Result.UNKNOWN and finding not in refers:
            wanted.setdefault(finding.fact, []).append(finding.criterion)
    return tuple(_proofs(fact, tuple(criteria), case, book) for fact, criteria in wanted.items())


def _proofs(fact: str, criteria: tuple[Criterion, ...], case: Case, book: RuleBook) -> Missing:
    row = book.in_force(Kind.PROOF, fact.upper(), case.as_of)
    if row is None:
        return Missing(fact, criteria, (), None)
    return Missing(fact, criteria, tuple(row.value["accepted"]), row.value["where"])
