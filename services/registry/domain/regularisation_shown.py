"""Rules and findings as JSON values: what a step keeps, and what an answer shows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.registry.domain.regularisation_criteria import Finding
from services.registry.domain.regularisation_rules import Rule


def rule_document(rule: Rule) -> dict[str, Any]:
    """Return a rule row: what holds from when to when, how certain that is, and where it was read."""
    return {
        "code": rule.code,
        "value": rule.value,
        "from": _day(rule.in_force.start),
        "to": _day(rule.in_force.end),
        "certainty": rule.certainty,
        "source": rule.source,
    }


def finding_documents(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings, each with the fact, its source and the rule row."""
    return [
        {
            "code": finding.criterion,
            "ground": finding.ground,
            "result": finding.result.value,
            "fact": finding.fact,
            "fact_value": finding.value,
            "fact_source": finding.origin.value,
            "reason": finding.reason,
            "needed": finding.needed,
            "rule": finding.rule and rule_document(finding.rule),
        }
        for finding in findings
    ]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
