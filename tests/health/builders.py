"""Cases, as short as a test wants them: a person with the ordinary papers, and what differs."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from services.health.coverage.domain.determination import Determination, determine
from services.health.coverage.domain.facts import (
    Case,
    Declared,
    Facts,
    HeldCover,
    Identifier,
    LegalStatus,
    Permit,
    Residence,
    Source,
)
from services.health.coverage.domain.findings import Finding
from services.health.coverage.domain.rules import Criterion, RuleBook
from services.health.coverage.store.rule_files import shipped_rows
from services.kit.periods import BirthInterval, Period, Precision

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
AWA = UUID("0199c1d2-7a4e-7c3b-9b1a-2f6d8e4c5a10")
ALWAYS = Period()
THRESHOLD = Decimal("9.3264284")


@cache
def shipped_book() -> RuleBook:
    """Return the rules as they are shipped."""
    return RuleBook(shipped_rows())


def facts(**changes: Any) -> Facts:
    """Return the facts of Awa: regularised in 2014, a permit until the end of 2027, an address, a passport."""
    ordinary = Facts(
        person_id=AWA,
        version=3,
        recorded_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
        birth=born(1990, 5, 12),
        birth_precision=Precision.DAY,
        legal_statuses=(LegalStatus("REGULARISED_2014", Period(date(2014, 6, 1), None)),),
        permits=(Permit("REG3", Period(date(2015, 1, 1), date(2027, 12, 31))),),
        residence=Residence("06", "MA-CAS", date(2015, 1, 1)),
        identifiers=(Identifier("PASSPORT", "ab" * 32),),
    )
    return replace(ordinary, **changes)


def nobody_knows(**changes: Any) -> Facts:
    """Return the facts of somebody of whom nothing is known."""
    return replace(Facts(AWA, 1, datetime(2026, 11, 1, tzinfo=UTC)), **changes)


def born(year: int, month: int, day: int) -> BirthInterval:
    """Return a birth known to the day."""
    return BirthInterval(date(year, month, day), date(year, month, day))


def status(code: str, period: Period = ALWAYS) -> dict[str, tuple[LegalStatus, ...]]:
    """Return a change to facts: this legal status and no other."""
    return {"legal_statuses": (LegalStatus(code, period),)}


def permit(type_: str, start: date | None, end: date | None, **more: Any) -> Permit:
    """Return a permit."""
    return Permit(type_, Period(start, end), **more)


def declared(**said: Any) -> Declared:
    """Return a declaration; a score may be written as a string."""
    for name in ("rsu_score", "income_mad_year"):
        if isinstance(said.get(name), str):
            said[name] = Decimal(said[name])
    return Declared(**said)


def case(known: Facts | None = None, *, on: date = TODAY, held: tuple[HeldCover, ...] = (), **said: Any) -> Case:
    """Return a case: Awa's facts unless others are given, and what is declared."""
    return Case(known or facts(), Source.REGISTRY, declared(**said), held, on)


def decide(
    scheme: str | None, known: Facts | None = None, *, on: date = TODAY, held: tuple[HeldCover, ...] = (), **said: Any
) -> Determination:
    """Determine under the shipped rules."""
    return determine(case(known, on=on, held=held, **said), shipped_book(), scheme=scheme)


def finding(made: Determination, criterion: Criterion | str) -> Finding:
    """Return the chosen scheme's finding on one criterion."""
    assert made.chosen is not None
    return next(each for each in made.chosen.findings if each.criterion == criterion)


COVERED_BY_ACHAMIL: dict[str, Any] = {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True}
"""Declared facts with which Awa is entitled to AMO ACHAMIL today."""
