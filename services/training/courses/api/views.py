"""Applications and what explains them, from the domain to the wire."""

from services.training.courses.contract import admissions as wire
from services.training.courses.contract.catalogue import Rule as RuleView
from services.training.courses.domain.admission import Orientation, WouldBecome
from services.training.courses.domain.enrolments import Application, Ruling
from services.training.courses.domain.findings import Finding, Reason
from services.training.courses.domain.rules import Rule
from services.training.courses.store import reference


def application_view(record: Application) -> wire.Application:
    """Return an application with the answer in force and everything that explains it."""
    admission = record.admission
    return wire.Application(
        id=record.id,
        session_id=record.session_id,
        person_id=record.person_id,
        version=record.version,
        created_at=record.created_at,
        organisation=record.organisation,
        state=record.state,
        status=record.outcome,
        as_of=admission.as_of,
        criteria=[_criterion(finding) for finding in admission.findings],
        reasons=list(admission.reasons),
        explanations=[_explanation(reason) for reason in admission.reasons],
        missing=[wire.MissingFact.model_validate(each, from_attributes=True) for each in admission.missing],
        would_become=_would_become(admission.would_become),
        orientation=_orientation(admission.orientation),
        rule_set=admission.rule_set,
        facts_used=wire.FactsUsed(
            version=record.facts.version, recorded_at=record.facts.recorded_at, source=record.facts_road
        ),
        declared=wire.DeclaredFacts.model_validate(record.declared, from_attributes=True),
        ruling=_ruling(record.ruling),
    )


def rule_view(rule: Rule) -> RuleView:
    """Return a rule row."""
    return RuleView(
        code=rule.code,
        value=list(rule.value) if isinstance(rule.value, tuple) else rule.value,
        from_=rule.valid.start,
        to=rule.valid.end,
        certainty=rule.certainty,
        source=rule.source,
    )


def _criterion(finding: Finding) -> wire.CriterionView:
    return wire.CriterionView(
        code=finding.criterion,
        result=finding.result,
        fact=finding.fact,
        fact_value=finding.fact_value,
        fact_source=finding.fact_source,
        on=finding.on,
        reason=finding.reason,
        rule=None if finding.rule is None else rule_view(finding.rule),
    )


def _explanation(reason: Reason) -> wire.Explanation:
    texts = reference.reasons()[reason]
    return wire.Explanation(reason=reason, fr=texts["fr"], ar=texts["ar"], en=texts["en"])


def _would_become(would: WouldBecome | None) -> wire.WouldBecome | None:
    if would is None:
        return None
    conditions = [wire.ConditionView.model_validate(each, from_attributes=True) for each in would.conditions]
    return wire.WouldBecome(status=would.outcome, if_=conditions)


def _orientation(orientation: Orientation | None) -> wire.Orientation | None:
    if orientation is None:
        return None
    levels = [wire.LevelOrientation(level=each.level, status=each.outcome) for each in orientation.levels]
    return wire.Orientation(levels=levels, tracks=list(orientation.tracks), sessions=list(orientation.sessions))


def _ruling(ruling: Ruling | None) -> wire.Ruling | None:
    if ruling is None:
        return None
    return wire.Ruling(status=ruling.outcome, reason=ruling.reason, by=ruling.by, at=ruling.at)
