"""The admission rules as the database holds them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.rules import Rule, RuleSet, rule_set
from services.training.courses.store.ranges import period_of
from services.training.courses.store.tables import admission_rule


async def load(session: AsyncSession) -> RuleSet:
    """Return every rule row, past ones too, with their fingerprint."""
    rows = await session.execute(select(admission_rule))
    return rule_set(Rule(row.code, row.value, period_of(row.valid), row.certainty, row.source) for row in rows)
