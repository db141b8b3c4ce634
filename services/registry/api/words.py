"""Findings in words: what to do about each, for answers and reports."""

from collections.abc import Iterable

from services.kit import problems
from services.kit.problems import FieldError, Language, Problem
from services.registry.domain.findings import Finding, Findings, Severity
from services.registry.store import seeds


def remedy(code: str, language: Language = "en") -> str:
    """Return what to do about a finding."""
    return seeds.remedies()[code][language]


def refuse_errors(found: Findings) -> None:
    """Refuse an intake with errors, each with its pointer.

    Raises:
        Problem: 422 when there is at least one.
    """
    if found.refused:
        errors = [finding for finding in found.all if finding.severity is Severity.ERROR]
        raise Problem(
            problems.INVALID, [FieldError(finding.field, finding.code, remedy(finding.code)) for finding in errors]
        )


def warnings_of(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return warnings as they are sent."""
    return [
        {"pointer": finding.field, "code": finding.code, "detail": remedy(finding.code)}
        for finding in findings
        if finding.severity is Severity.WARNING
    ]
