"""Records as wire models."""

from services.health.coverage.contract.determinations import (
    Determination,
    DeterminationConfirmation,
    DeterminationSummary,
)
from services.health.coverage.contract.entitlements import Entitlement
from services.health.coverage.contract.fields import CoverageRule
from services.health.coverage.contract.rules import CoverageRuleRow
from services.health.coverage.domain import records
from services.health.coverage.domain.document import rule_document
from services.health.coverage.domain.rules import RuleRow


def determination(found: records.Determination) -> Determination:
    """Return a determination with the whole of its answer, exactly as it was given."""
    return Determination.model_validate(
        {
            **found.draft.answer,
            "id": found.id,
            "person_id": found.draft.person_id,
            "evaluated_at": found.draft.evaluated_at,
            "confirmation": _confirmation(found),
        }
    )


def summary(found: records.Determination) -> DeterminationSummary:
    """Return a determination in short."""
    draft = found.draft
    return DeterminationSummary(
        id=found.id,
        person_id=draft.person_id,
        status=draft.status,
        scheme=draft.scheme,
        as_of=draft.as_of,
        evaluated_at=draft.evaluated_at,
        effective_from=draft.effective_from,
        effective_to=draft.effective_to,
        reasons=list(draft.answer["reasons"]),
        confirmed_at=None if found.confirmation is None else found.confirmation.at,
    )


def entitlement(found: records.Entitlement) -> Entitlement:
    """Return an entitlement."""
    draft = found.draft
    return Entitlement(
        id=found.id,
        person_id=draft.person_id,
        scheme=draft.scheme,
        effective_from=draft.period.start,
        effective_to=draft.period.end,
        end_reason=draft.end_reason,
        contribution_mad_month=draft.contribution_mad_month,
        determination_id=draft.determination_id,
        opened_at=draft.opened_at,
    )


def rule_row(row: RuleRow) -> CoverageRuleRow:
    """Return a rule row with the table it belongs to."""
    plain = CoverageRule.model_validate(rule_document(row)).model_dump(by_alias=True)
    return CoverageRuleRow.model_validate({**plain, "kind": row.kind, "note": row.note})


def _confirmation(found: records.Determination) -> DeterminationConfirmation | None:
    made = found.confirmation
    if made is None:
        return None
    return DeterminationConfirmation(
        confirmed_at=made.at,
        confirmed_by=made.by,
        organisation=made.organisation,
        entitlement_id=found.entitlement_id,
    )
