"""The criteria of admission: each looks at one fact, by one dated rule, and returns a finding.

Knowledge is three-valued. A criterion fails only when every way of completing what is unknown would fail it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.kit.periods import AgeBound, BirthInterval, Result, age_at_least, age_at_most
from services.training.courses.domain.catalogue import Level, SessionOffer, SessionState
from services.training.courses.domain.facts import Declared, FactSource, LegalStatus, PersonFacts
from services.training.courses.domain.findings import Criterion, Finding, Missing, Need, Reason, Relation
from services.training.courses.domain.rules import Rule, RuleSet

SCHOOL_PROOFS = ("SCHOOL_CERTIFICATE", "EQUIVALENCE", "ATTESTATION")
DIPLOMA_PROOFS = ("DIPLOMA", "EQUIVALENCE")
BIRTH_PROOFS = ("PASSPORT", "PERMIT", "BIRTH_CERTIFICATE")
STATUS_PROOFS = ("PERMIT", "RECEPISSE", "REFUGEE_CARD", "UNHCR_CERTIFICATE")


@dataclass(frozen=True, slots=True)
class Case:
    """One applicant before one session, on one day, under one rule set.

    Attributes:
        level: The level asked about: the programme's own, or another one when looking for an orientation.
        on: Civil date of the decision, Africa/Casablanca.
    """

    facts: PersonFacts
    declared: Declared
    offer: SessionOffer
    level: Level
    rules: RuleSet
    on: date


def session_takes_applications(case: Case) -> Finding:
    """Say whether the session is open and has not started. Source: design, `SESSION_LATE_ENTRY_DAYS`."""
    session = case.offer.session
    rule = case.rules.find("SESSION_LATE_ENTRY_DAYS", case.on)
    last_day = session.starts_on + timedelta(days=0 if rule is None else rule.number)
    reason = None
    if case.on > last_day:
        reason = Reason.SESSION_STARTED
    if session.state is not SessionState.OPEN:
        reason = Reason.SESSION_NOT_OPEN
    return Finding(
        Criterion.SESSION,
        Result.PASS if reason is None else Result.FAIL,
        "session",
        f"{session.state}, starts {session.starts_on}",
        FactSource.CATALOGUE,
        case.on,
        rule,
        reason,
    )


def school_level_suffices(case: Case) -> Finding:
    """Compare her schooling, or a diploma that bridges, with what the level asks for. Source: facts.md 4.1."""
    return _schooling(
        case,
        Criterion.LEVEL,
        case.rules.find(f"LEVEL_{case.level}_REQUIRES", case.on),
        case.rules.find(f"LEVEL_{case.level}_BRIDGES", case.on),
    )


def apprentice_entry_suffices(case: Case) -> Finding:
    """Compare her schooling with what law 12-00 asks for at entry. Source: law 12-00; facts.md 4.2, verified."""
    return _schooling(case, Criterion.ENTRY, case.rules.find(f"APPRENTICESHIP_{case.level}_REQUIRES", case.on), None)


def old_enough(case: Case) -> Finding | None:
    """Ask the level's minimum age on its reference day; None where the level has none. Source: facts.md 4.1."""
    return _at_least(case, Criterion.AGE_MIN, f"LEVEL_{case.level}_AGE_MIN", _reference_day(case))


def young_enough(case: Case) -> Finding | None:
    """Ask the level's upper limit on 1 September; None where the level has none. Source: S69; facts.md 4.1."""
    return _at_most(case, Criterion.AGE_MAX, f"LEVEL_{case.level}_AGE_MAX", _reference_day(case))


def old_enough_for_contract(case: Case) -> Finding | None:
    """Ask for 15 years on the day of the apprenticeship contract. Source: law 12-00; facts.md 4.2, verified."""
    return _at_least(case, Criterion.AGE_CONTRACT, "APPRENTICESHIP_AGE_MIN", _contract_day(case))


def young_enough_for_crafts(case: Case) -> Finding | None:
    """Ask for 30 years at most in crafts; None in other sectors. Source: S73; facts.md 4.2, verified."""
    crafts = case.rules.find("APPRENTICESHIP_CRAFT_SECTORS", case.on)
    if crafts is None or case.offer.programme.sector not in crafts.codes:
        return None
    return _at_most(case, Criterion.AGE_CRAFTS, "APPRENTICESHIP_AGE_MAX_CRAFTS", _contract_day(case))


def status_allows(case: Case) -> Finding:
    """Say whether one of her legal statuses in force allows her in. Source: facts.md 10.4, design.

    Of several, the one that helps most counts. A status without a row is put to a human; no status at all is asked for.
    """
    held = [status for status in case.facts.legal_statuses if status.valid.contains(case.on)]
    findings = [_status(case, status) for status in held] or [_status(case, None)]
    return min(findings, key=_least_trouble)


CRITERIA: Mapping[Criterion, Callable[[Case], Finding | None]] = {
    Criterion.SESSION: session_takes_applications,
    Criterion.LEVEL: school_level_suffices,
    Criterion.AGE_MIN: old_enough,
    Criterion.AGE_MAX: young_enough,
    Criterion.STATUS: status_allows,
    Criterion.ENTRY: apprentice_entry_suffices,
    Criterion.AGE_CONTRACT: old_enough_for_contract,
    Criterion.AGE_CRAFTS: young_enough_for_crafts,
}
"""What each criterion code asks. A criterion that does not apply returns None and leaves no finding."""


def _schooling(case: Case, criterion: Criterion, requires: Rule | None, bridges: Rule | None) -> Finding:
    order = case.rules.find("SCHOOL_LEVEL_ORDER", case.on)
    ranks = {} if order is None else {code: rank for rank, code in enumerate(order.codes)}
    told = [(case.declared.school_level, FactSource.DECLARED), (case.facts.school_level, FactSource.REGISTRY)]
    known = [(ranks[code], code, source) for code, source in told if code in ranks]
    best = max(known, key=lambda entry: entry[0], default=None)
    fact, value, source = ("school_level", None, FactSource.REGISTRY) if best is None else ("school_level", *best[1:])
    if requires is None or requires.text not in ranks:
        return Finding(criterion, Result.UNKNOWN, fact, value, source, case.on, requires, Reason.NO_RULE)
    if best is not None and best[0] >= ranks[requires.text]:
        return Finding(criterion, Result.PASS, fact, value, source, case.on, requires)

    bridging = () if bridges is None else bridges.codes
    shown = next((code for code in case.declared.diplomas or () if code in bridging), None)
    if shown is not None:
        return Finding(criterion, Result.PASS, "diploma", shown, FactSource.DECLARED, case.on, bridges)

    needs: tuple[Need, ...] = (Need("school_level", Relation.AT_LEAST, (requires.text,)),)
    missing: tuple[Missing, ...] = () if best else (Missing("school_level", SCHOOL_PROOFS),)
    if bridging:
        needs = (*needs, Need("diploma", Relation.ONE_OF, bridging))
        if case.declared.diplomas is None:
            missing = (*missing, Missing("diploma", DIPLOMA_PROOFS))
    result, reason = Result.UNKNOWN, Reason.LEVEL_UNKNOWN if best is None else Reason.DIPLOMA_UNPROVEN
    if not missing:
        result, reason = Result.FAIL, Reason.LEVEL_TOO_LOW
    return Finding(criterion, result, fact, value, source, case.on, requires, reason, missing, needs)


def _at_least(case: Case, criterion: Criterion, code: str, on: date) -> Finding | None:
    rule = case.rules.find(code, case.on)
    if rule is None:
        return None
    result = age_at_least(case.facts.birth, rule.number, on=on)
    return _age(case, criterion, rule, on=on, result=result, relation=Relation.AT_LEAST, failure=Reason.TOO_YOUNG)


def _at_most(case: Case, criterion: Criterion, code: str, on: date) -> Finding | None:
    rule = case.rules.find(code, case.on)
    if rule is None:
        return None
    reading = case.rules.find("AGE_MAX_BOUND", case.on)
    bound = AgeBound.THROUGH_YEAR if reading is None else AgeBound(reading.text)
    result = age_at_most(case.facts.birth, rule.number, on=on, bound=bound)
    return _age(case, criterion, rule, on=on, result=result, relation=Relation.AT_MOST, failure=Reason.TOO_OLD)


def _age(
    case: Case, criterion: Criterion, rule: Rule, *, on: date, result: Result, relation: Relation, failure: Reason
) -> Finding:
    """Turn the answer of an age test into a finding; an age that fails cannot be helped, one that is unsure can."""
    fact, value, source = "birth", _interval(case.facts.birth), FactSource.REGISTRY
    if result is not Result.UNKNOWN:
        reason = failure if result is Result.FAIL else None
        return Finding(criterion, result, fact, value, source, on, rule, reason)
    return Finding(
        criterion,
        result,
        fact,
        value,
        source,
        on,
        rule,
        Reason.AGE_UNCERTAIN,
        (Missing("birth", BIRTH_PROOFS),),
        (Need("age_years", relation, (str(rule.number),)),),
    )


def _status(case: Case, status: LegalStatus | None) -> Finding:
    rule = case.rules.find(f"STATUS_{'UNKNOWN' if status is None else status.code}", case.on)
    reading = "CASE_BY_CASE" if rule is None else rule.text
    result, reason = _STATUS_READINGS[reading]
    asks = reason is Reason.STATUS_UNKNOWN
    return Finding(
        Criterion.STATUS,
        result,
        "legal_status",
        None if status is None else status.code,
        FactSource.REGISTRY,
        case.on,
        rule,
        Reason.NO_RULE if rule is None else reason,
        (Missing("legal_status", STATUS_PROOFS),) if asks else (),
        (Need("legal_status", Relation.ONE_OF, _allowed_statuses(case)),) if asks or result is Result.FAIL else (),
    )


_STATUS_READINGS: Mapping[str, tuple[Result, Reason | None]] = {
    "ALLOWED": (Result.PASS, None),
    "CASE_BY_CASE": (Result.UNKNOWN, Reason.STATUS_TO_CONFIRM),
    "NOT_KNOWN": (Result.UNKNOWN, Reason.STATUS_UNKNOWN),
    "NOT_ALLOWED": (Result.FAIL, Reason.STATUS_NOT_ALLOWED),
}


def _allowed_statuses(case: Case) -> tuple[str, ...]:
    return tuple(
        rule.code.removeprefix("STATUS_")
        for rule in case.rules.rules
        if rule.code.startswith("STATUS_") and rule.value == "ALLOWED" and rule.valid.contains(case.on)
    )


def _least_trouble(finding: Finding) -> int:
    """Order the findings of several statuses: one that passes, then a human's decision, then a question, then no."""
    if finding.result is Result.UNKNOWN:
        return 2 if finding.missing else 1
    return 0 if finding.result is Result.PASS else 3


def _reference_day(case: Case) -> date:
    """Return the day on which the level counts ages: 1 September of the year the session starts, else its first day.

    Source: S69 ("of the current year", read as the year of the session; design).
    """
    starts_on = case.offer.session.starts_on
    rule = case.rules.find(f"LEVEL_{case.level}_AGE_REFERENCE", case.on)
    return starts_on if rule is None else date.fromisoformat(f"{starts_on.year}-{rule.text}")


def _contract_day(case: Case) -> date:
    return case.declared.contract_on or case.offer.session.starts_on


def _interval(birth: BirthInterval) -> str | None:
    """Write the days on which she may have been born as an ISO 8601 interval; `..` is an open end."""
    if birth.earliest is None and birth.latest is None:
        return None
    return f"{birth.earliest or '..'}/{birth.latest or '..'}"
