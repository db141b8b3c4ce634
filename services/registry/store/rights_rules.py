"""The dated rules of the rights of persons, as they hold on a day."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.rights import PurposeRule, Rule, Rules, purposes_on
from services.registry.store.tables.change_requests import rights_rule
from services.registry.store.tables.rights import purpose_rule


async def load(session: AsyncSession, on: date) -> Rules:
    """Return the rules in force on a day."""
    rows = [
        Rule(row.code, row.value, Period(row.valid_from, row.valid_to), row.certainty, row.source)
        for row in await session.execute(select(rights_rule).order_by(rights_rule.c.id))
    ]
    return Rules.on(rows, on)


async def load_purposes(session: AsyncSession, on: date) -> Mapping[str, PurposeRule]:
    """Return what holds for each purpose on a day."""
    rows = [
        PurposeRule(
            row.purpose, row.basis, row.statutory, Period(row.valid_from, row.valid_to), row.certainty, row.source
        )
        for row in await session.execute(select(purpose_rule).order_by(purpose_rule.c.id))
    ]
    return purposes_on(rows, on)
