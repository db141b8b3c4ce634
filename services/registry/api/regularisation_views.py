"""Regularisation files on the wire, whole for those who may write and without their category for the others.

One category is serious illness. A member left out of those files alone would say so, hence the category, the reasons
and the findings of every file are left out alike. Source: law 09-08, articles 1 and 21; facts.md 0.2 point 10.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.registry.contract.regularisation import (
    PossibleStep,
    RegularisationAppeal,
    RegularisationDeadline,
    RegularisationFileBody,
    RegularisationFinding,
    RegularisationMeta,
    RegularisationRule,
    RegularisationStep,
    RegularisationTexts,
    RegularisationWarning,
)
from services.registry.domain.regularisation import RegularisationFile, Taken
from services.registry.domain.regularisation_deadlines import running
from services.registry.domain.regularisation_rules import RegularisationBook, Rule
from services.registry.domain.regularisation_shown import rule_document

_FOR_WRITERS = ["category", "steps.reasons", "steps.proposal", "steps.findings"]


def file_body(
    file: RegularisationFile,
    book: RegularisationBook,
    today: date,
    *,
    whole: bool,
    warnings: Sequence[str] | None = None,
) -> RegularisationFileBody:
    """Return a file as it is shown.

    Args:
        file: Which.
        book: The rules.
        today: Civil date: deadlines run by it.
        whole: Whether the caller may write, and so sees the category and what tells it.
        warnings: Codes of what was odd about a write; None when nothing was written.
    """
    return RegularisationFileBody(
        id=file.id,
        person_id=file.person_id,
        campaign=file.campaign,
        category=file.category if whole else None,
        bureau=file.bureau,
        reference=file.reference,
        filed_on=file.filed_on,
        state=file.state,
        stage=book.state(file.state).stage,
        version=file.version,
        notified_on=file.notified_on,
        opened_at=file.opened_at,
        opened_by=file.opened_by,
        organisation=file.organisation,
        steps=[_step(step, whole=whole) for step in file.steps],
        deadlines=_deadlines(file, book, today),
        appeal=_appeal(file, book),
        possible=[PossibleStep(to=step.to_state, needs=sorted(step.needs)) for step in book.steps_from(file.state)],
        withheld=[] if whole else _FOR_WRITERS,
        meta=None if warnings is None else RegularisationMeta(warnings=[_warning(code) for code in warnings]),
    )


def rule_body(rule: Rule) -> RegularisationRule:
    """Return a rule row as it is shown."""
    return RegularisationRule.model_validate(rule_document(rule))


def finding_body(document: Any) -> RegularisationFinding:
    """Return a finding as it is shown, from the document it is kept as."""
    return RegularisationFinding.model_validate(document)


def _step(step: Taken, *, whole: bool) -> RegularisationStep:
    return RegularisationStep(
        to=step.to_state,
        leaves=step.leaves,
        on=step.on,
        reasons=list(step.reasons) if whole else [],
        proposal=step.proposal if whole else None,
        findings=[finding_body(document) for document in step.findings] if whole else [],
        permit_id=step.permit_id,
        recorded_at=step.recorded_at,
        recorded_by=step.recorded_by,
        organisation=step.organisation,
    )


def _deadlines(file: RegularisationFile, book: RegularisationBook, today: date) -> list[RegularisationDeadline]:
    reached = {step.to_state: step.on for step in reversed(file.steps)}
    found = running(book.deadlines, reached, file.filed_on, file.notified_on, state=file.state, today=today)
    return [
        RegularisationDeadline(
            code=one.deadline.rule.code,
            counted_from=one.deadline.counted_from,
            counted_on=one.counted_on,
            due_on=one.due_on,
            met_on=one.met_on,
            overdue=one.late and one.met_on is None,
            late=one.late,
            rule=rule_body(one.deadline.rule),
        )
        for one in found
    ]


def _appeal(file: RegularisationFile, book: RegularisationBook) -> RegularisationAppeal | None:
    for appeal in book.appeals:
        if appeal.after == file.state:
            deadline = next(row for row in book.deadlines if row.rule.code == appeal.deadline)
            runs = file.due is not None and file.due.code == appeal.deadline
            return RegularisationAppeal(
                body=appeal.rule.code,
                name=RegularisationTexts(**appeal.name),
                until=file.due.on if file.due is not None and runs else None,
                what_to_do=RegularisationTexts(**appeal.what_to_do),
                rule=rule_body(appeal.rule),
                deadline=rule_body(deadline.rule),
            )
    return None


def _warning(code: str) -> RegularisationWarning:
    return RegularisationWarning(code=code, detail=_warnings()[code]["en"])


@cache
def _warnings() -> dict[str, dict[str, str]]:
    path = files("services.registry") / "reference" / "regularisation_warnings.yaml"
    read: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read
