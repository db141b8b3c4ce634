"""A determination as a plain document: what is stored, shown and replayed byte for byte."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.health.coverage.domain.determination import Determination
from services.health.coverage.domain.facts import Case
from services.health.coverage.domain.findings import Finding
from services.health.coverage.domain.outcomes import Missing, Outcome, Span, WouldBecome
from services.health.coverage.domain.rules import Kind, RuleBook, RuleRow, weakest

Document = dict[str, Any]


def as_document(determination: Determination, case: Case, book: RuleBook) -> Document:
    """Return the answer as JSON values: exact figures as strings, dates as ISO, members in a fixed order.

    The same case and the same rules give the same document, whoever asks and whenever.
    """
    chosen = determination.chosen
    span = None if chosen is None else chosen.span
    return {
        "status": determination.status,
        "scheme": determination.scheme,
        "scheme_asked": determination.asked,
        "as_of": case.as_of.isoformat(),
        **_span(span),
        "criteria": [] if chosen is None else [_finding(finding) for finding in chosen.findings],
        "reasons": list(determination.reasons),
        "explanations": _explanations(determination.reasons, book, case.as_of),
        "missing": [] if chosen is None else [_missing(each) for each in chosen.missing],
        "would_become": None if chosen is None else _would_become(chosen.would_become),
        "minimum_access": list(determination.minimum_access.codes),
        "contribution_mad_month": None if chosen is None else _figure(chosen),
        "appeal": _appeal(determination.appeal),
        "documents": _documents(determination.scheme, book, case.as_of),
        "schemes": [_outcome(outcome) for outcome in determination.outcomes],
        "rule_set": determination.rule_set,
        "weakest_certainty": weakest(_rows_used(chosen)),
        "facts_used": {
            "version": case.facts.version,
            "recorded_at": case.facts.recorded_at.isoformat(),
            "source": case.facts_source,
        },
    }


def rule_document(row: RuleRow) -> Document:
    """Return a rule row as it is shown everywhere."""
    return {
        "code": row.code,
        "value": row.value,
        "from": _iso(row.period.start),
        "to": _iso(row.period.end),
        "certainty": row.certainty,
        "source": row.source,
    }


def differing(one: Document, other: Document) -> tuple[str, ...]:
    """Return the names of the members in which two documents differ."""
    return tuple(sorted(name for name in {*one, *other} if one.get(name) != other.get(name)))


def _finding(finding: Finding) -> Document:
    return {
        "code": finding.criterion,
        "result": finding.result,
        "fact": finding.fact,
        "fact_value": finding.value,
        "fact_source": finding.source,
        "reason": finding.reason,
        "rule": None if finding.rule is None else rule_document(finding.rule),
    }


def _span(span: Span | None) -> Document:
    return {
        "effective_from": None if span is None else span.start.isoformat(),
        "effective_to": None if span is None else _iso(span.end),
        "end_reason": None if span is None else span.reason,
    }


def _missing(missing: Missing) -> Document:
    return {
        "fact": missing.fact,
        "criteria": list(missing.criteria),
        "accepted_proofs": list(missing.accepted_proofs),
        "where": missing.where,
    }


def _would_become(would: WouldBecome | None) -> Document | None:
    if would is None:
        return None
    settled = [{"criterion": f.criterion, "fact": f.fact, "needed": f.needed} for f in would.if_settled]
    return {"status": would.status, "if": settled}


def _outcome(outcome: Outcome) -> Document:
    return {
        "scheme": outcome.scheme,
        "category": outcome.category,
        "status": outcome.status,
        "reasons": list(outcome.reasons),
        "missing": [missing.fact for missing in outcome.missing],
        "criteria": [{"code": f.criterion, "result": f.result, "reason": f.reason} for f in outcome.findings],
        **_span(outcome.span),
        "contribution_mad_month": _figure(outcome),
    }


def _figure(outcome: Outcome) -> str | None:
    return None if outcome.contribution_mad_month is None else str(outcome.contribution_mad_month)


def _explanations(reasons: Iterable[str], book: RuleBook, on: date) -> list[Document]:
    rows = [(reason, book.in_force(Kind.REASON, reason, on)) for reason in reasons]
    return [
        {"reason": reason, **{language: row.value[language] for language in ("fr", "ar", "en")}}
        for reason, row in rows
        if row is not None
    ]


def _appeal(row: RuleRow | None) -> Document | None:
    if row is None:
        return None
    texts = {language: row.value[language] for language in ("fr", "ar", "en")}
    return {
        "body": row.value["body"],
        "name": texts,
        "delay_days": row.value["delay_days"],
        "rule": rule_document(row),
    }


def _documents(scheme: str | None, book: RuleBook, on: date) -> list[Document]:
    return [
        {
            "code": row.code.partition(".")[2],
            "requirement": row.value["requirement"],
            "for": row.value["for"],
            "certainty": row.certainty,
            "source": row.source,
        }
        for row in book.all_in_force(Kind.DOCUMENT, on)
        if scheme is not None and row.code.startswith(f"{scheme}.")
    ]


def _rows_used(chosen: Outcome | None) -> list[RuleRow]:
    return [] if chosen is None else [f.rule for f in chosen.findings if f.rule is not None]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
