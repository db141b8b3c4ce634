"""The dated rules of titles: from the packaged file into the database, and out of it."""

from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.permit_rules import Rule, Rules, TypeRule
from services.registry.store.tables.papers import permit_rule
from services.registry.store.tables.reference import permit_type


def seeds() -> list[dict[str, Any]]:
    """Return the rows of the packaged file, numbered as they stand under their code."""
    rows: list[dict[str, Any]] = []
    for row in _file()["permit_rules"]:
        position = 1 + sum(one["code"] == row["code"] for one in rows)
        rows.append({**_dated(row), "position": position})
    return rows


def issuer_seeds() -> list[dict[str, Any]]:
    """Return the systems that each issuer numbers on its own, as rows of the code lists."""
    return [
        {**_dated(row), "list": "numbered_by_issuer", "position": position, "pattern": None}
        for position, row in enumerate(_file()["numbered_by_issuer"], 1)
    ]


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in row.items() if name not in {"from", "to", "source"}}
    return {**rest, "valid_from": row["from"], "valid_to": row["to"], "source": str(row["source"])}


def _file() -> dict[str, list[dict[str, Any]]]:
    text = (files("services.registry") / "reference" / "papers.yaml").read_text(encoding="utf-8")
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return document


async def load(session: AsyncSession) -> Rules:
    """Return the rules of titles: of each type, and of all."""
    rules = [
        Rule(row.code, row.value, Period(row.valid_from, row.valid_to), row.certainty, row.source)
        for row in await session.execute(select(permit_rule).order_by(permit_rule.c.code, permit_rule.c.position))
    ]
    types = [
        TypeRule(
            row.code,
            row.months_min,
            row.months_max,
            row.renewable,
            row.renews_to or row.code,
            row.stands_for_permit,
            Period(row.valid_from, row.valid_to),
        )
        for row in await session.execute(select(permit_type).order_by(permit_type.c.id))
    ]
    return Rules(tuple(rules), tuple(types))
