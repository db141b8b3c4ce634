"""Rules on the wire."""

from pydantic import Field

from services.health.coverage.contract.fields import CoveragePage, CoverageRule
from services.health.coverage.domain.rules import Kind


class CoverageRuleRow(CoverageRule):
    """A rule row with the table it belongs to."""

    kind: Kind
    note: str | None


class CoverageRulePage(CoveragePage):
    """The rules that hold for new determinations, by kind, code and first day."""

    rule_set: str = Field(description="Hash of the set; determinations pin it")
    items: list[CoverageRuleRow]
