"""Load the reference lists: for the rules, and for those who ask for a list."""

import re
from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.nationalities import Country, Nationalities, nationalities
from services.registry.domain.reference import PRESENT_SCHEME, PermitRule, Reference, Territory
from services.registry.store.tables import reference as tables
from services.registry.store.tables.documents import document_type


async def load(session: AsyncSession) -> Reference:
    """Return every list, as the rules want them."""
    lists: dict[str, list[Any]] = defaultdict(list)
    for row in await session.execute(select(tables.code).order_by(tables.code.c.list, tables.code.c.position)):
        lists[row.list].append(row)
    return Reference(
        nationalities=await _nationalities(session),
        territory=await _territory(session),
        permit_rules=await _permit_rules(session),
        legal_statuses={row.code: Period(row.valid_from, row.valid_to) for row in lists["legal_statuses"]},
        school_levels=tuple(row.code for row in lists["school_levels"]),
        languages=frozenset(row.code for row in lists["languages"]),
        identifier_patterns={row.code: re.compile(row.pattern) for row in lists["identifier_systems"]},
        confusable={
            row.code: tuple(row.candidates) for row in await session.execute(select(tables.confusable_nationality))
        },
        numbered_by_issuer=frozenset(row.code for row in lists["numbered_by_issuer"]),
    )


async def _nationalities(session: AsyncSession) -> Nationalities:
    rows = await session.execute(select(tables.country))
    doubtful = await session.execute(select(tables.ambiguous_country))
    return nationalities(
        (Country(row.code, (row.fr, row.ar, *row.aliases), tuple(row.adjectives)) for row in rows),
        {row.word: tuple(row.candidates) for row in doubtful},
    )


async def _territory(session: AsyncSession) -> Territory:
    regions: dict[str, dict[str, str]] = defaultdict(dict)
    in_force: dict[str, Period] = {}
    for row in await session.execute(select(tables.region)):
        regions[row.scheme].update({row.code: row.code, row.iso: row.code})
        in_force[row.scheme] = Period(row.valid_from, row.valid_to)
    units: dict[str, tuple[str, str]] = {}
    for row in await session.execute(select(tables.unit).where(tables.unit.c.scheme == PRESENT_SCHEME)):
        units[row.code] = units[row.hcp] = (row.code, row.region)
    present = regions.pop(PRESENT_SCHEME)
    return Territory(present, units, regions, in_force)


async def _permit_rules(session: AsyncSession) -> dict[str, tuple[PermitRule, ...]]:
    rules: dict[str, tuple[PermitRule, ...]] = defaultdict(tuple)
    for row in await session.execute(select(tables.permit_type).order_by(tables.permit_type.c.valid_from)):
        rule = PermitRule(row.months_min, row.months_max, row.stands_for_permit, Period(row.valid_from, row.valid_to))
        rules[row.code] += (rule,)
    return dict(rules)


_LISTS = {
    "document-types": (document_type, document_type.c.position),
    "regions": (tables.region, tables.region.c.code),
    "units": (tables.unit, tables.unit.c.hcp),
    "nationalities": (tables.country, tables.country.c.code),
    "permit-types": (tables.permit_type, tables.permit_type.c.id),
    "confusable-nationalities": (tables.confusable_nationality, tables.confusable_nationality.c.code),
    "former-regions": (tables.region, tables.region.c.code),
}
CODE_LISTS = ("legal-statuses", "school-levels", "languages", "identifier-systems")
LISTS = (*_LISTS, *CODE_LISTS)
_HIDDEN = {"id", "list", "position"}


async def items(session: AsyncSession, name: str) -> bytes:
    """Return one list as a JSON array, in its own order.

    Args:
        session: The request's transaction.
        name: One of `LISTS`.
    """
    if name in _LISTS:
        table, order = _LISTS[name]
        statement = select(table).order_by(order)
        if table is tables.region:
            of_today = tables.region.c.scheme == PRESENT_SCHEME
            statement = statement.where(of_today if name == "regions" else ~of_today)
    else:
        statement = (
            select(tables.code).where(tables.code.c.list == name.replace("-", "_")).order_by(tables.code.c.position)
        )
    rows = [
        {str(key): value for key, value in row._mapping.items() if key not in _HIDDEN}  # noqa: SLF001  # its public name
        for row in await session.execute(statement)
    ]
    return orjson.dumps(rows)
