"""Load the rules of the regularisations: as a book for the domain, and as lists for those who ask."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.regularisation_rules import (
    Appeal,
    Campaign,
    Card,
    Category,
    Criterion,
    Deadline,
    Fact,
    FactKind,
    Metric,
    Paper,
    RegularisationBook,
    Requirement,
    Rule,
    Stage,
    State,
    Step,
)
from services.registry.store.tables import reference
from services.registry.store.tables import regularisation as tables

LANGUAGES = ("fr", "ar", "en")
Terms = Mapping[str, Any]


async def load(session: AsyncSession) -> RegularisationBook:
    """Return every rule row, as the domain wants them."""
    table = tables.regularisation_rule
    rows = (await session.execute(select(table).order_by(table.c.kind, table.c.position))).mappings()
    levels = select(reference.code.c.code).where(reference.code.c.list == "school_levels")
    ordered = await session.scalars(levels.order_by(reference.code.c.position))
    return book_of((dict(row) for row in rows), list(ordered))


def book_of(rows: Iterable[Mapping[str, Any]], school_levels: Sequence[str]) -> RegularisationBook:
    """Return rule rows as the domain wants them.

    Args:
        rows: Of `regularisation_rule`, each list in its order.
        school_levels: Codes, lowest first.
    """
    lists: dict[str, list[tuple[Rule, Terms]]] = defaultdict(list)
    for row in rows:
        in_force = Period(row["valid_from"], row["valid_to"])
        rule = Rule(row["code"], _value(row["kind"], row["terms"]), in_force, row["certainty"], row["source"])
        lists[row["kind"]].append((rule, row["terms"]))
    return RegularisationBook(
        campaigns=[Campaign(rule, terms["status"]) for rule, terms in lists["campaigns"]],
        categories=[
            Category(rule, terms["filed"], terms["sensitive"], terms.get("permit"))
            for rule, terms in lists["categories"]
        ],
        states=[State(rule, Stage(terms["stage"]), terms.get("final", False)) for rule, terms in lists["states"]],
        steps=[
            Step(rule, terms["leaves"], terms["to_state"], frozenset(terms["needs"])) for rule, terms in lists["steps"]
        ],
        deadlines=[_deadline(rule, terms) for rule, terms in lists["deadlines"]],
        cards=[Card(rule, terms["after"], terms["permit"], terms["months"]) for rule, terms in lists["cards"]],
        appeals=[
            Appeal(rule, terms["after"], terms["deadline"], _texts(terms), _texts(terms, "what_"))
            for rule, terms in lists["appeals"]
        ],
        criteria=[
            Criterion(rule, terms["campaign"], Stage(terms["stage"]), terms["category"], terms["metric"], terms["op"])
            for rule, terms in lists["criteria"]
        ],
        metrics=[Metric(rule, terms["reads"], terms["fact"]) for rule, terms in lists["metrics"]],
        facts=[Fact(rule, FactKind(terms["kind"]), tuple(terms["proofs"])) for rule, terms in lists["facts"]],
        papers=[
            Paper(rule, terms["category"], Requirement(terms["requirement"]), _texts(terms), _texts(terms, "bring_"))
            for rule, terms in lists["papers"]
        ],
        reasons=frozenset(rule.code for rule, _ in lists["reasons"]),
        bureaus=frozenset(rule.code for rule, _ in lists["bureaus"]),
        school_levels=school_levels,
    )


def _deadline(rule: Rule, terms: Terms) -> Deadline:
    states = (frozenset(terms["open_in"]), frozenset(terms["met_by"]))
    return Deadline(rule, terms["months"], terms["days"], terms["counted_from"], *states)


def _texts(terms: Terms, prefix: str = "") -> dict[str, str]:
    return {language: terms[prefix + language] for language in LANGUAGES}


def _value(kind: str, terms: Terms) -> Any:
    """Return what a row sets, where that is one value: what its findings and deadlines show."""
    if kind == "criteria":
        return terms["value"]
    return {name: terms[name] for name in ("months", "days") if terms.get(name)} if kind == "deadlines" else None


async def items(session: AsyncSession, kind: str) -> list[dict[str, Any]]:
    """Return one list of rules in its own order, each row with its dates, certainty and source.

    Args:
        session: The request's transaction.
        kind: One of `regularisation_seeds.KINDS`.
    """
    table = tables.regularisation_rule
    rows = await session.execute(select(table).where(table.c.kind == kind).order_by(table.c.position))
    return [
        {
            "code": row.code,
            **row.terms,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "certainty": row.certainty,
            "source": row.source,
        }
        for row in rows
    ]


async def statistics(session: AsyncSession, series: str | None, as_of: date | None) -> list[dict[str, Any]]:
    """Return published counts, by series and day: with `as_of`, those said by then.

    Args:
        session: The request's transaction.
        series: One series; None for all.
        as_of: Leave out what was counted later.
    """
    table = tables.regularisation_statistic
    statement = select(table).order_by(table.c.series, table.c.as_of, table.c.position)
    if series is not None:
        statement = statement.where(table.c.series == series)
    if as_of is not None:
        statement = statement.where(table.c.as_of <= as_of)
    return [
        {
            "series": row.series,
            "as_of": row.as_of,
            "nationality": row.nationality,
            "region": row.region,
            "value": int(row.value),
            "certainty": row.certainty,
            "source": row.source,
            "note": row.note,
        }
        for row in await session.execute(statement)
    ]
