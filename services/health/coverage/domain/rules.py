"""Rules as dated rows: what a row is, how the row in force on a day is found, what makes a set fit to be loaded."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from services.health.coverage.domain.errors import RulesInvalidError
from services.health.coverage.domain.facts import Role
from services.kit.periods import Period


class Certainty(StrEnum):
    """How far a rule can be trusted, the surest first. Source: facts.md section 0."""

    VERIFIED = "verified"
    DERIVED = "derived"
    MEMORY = "memory"
    DESIGN = "design"


class Kind(StrEnum):
    """The tables of rules."""

    SCHEME = "scheme"
    ASK = "ask"
    SWITCH = "switch"
    LIMIT = "limit"
    ACHAMIL_BAND = "achamil_band"
    DEPENDANT = "dependant"
    EVIDENCE = "evidence"
    DOCUMENT = "document"
    PROOF = "proof"
    REASON = "reason"
    GUIDANCE = "guidance"
    APPEAL = "appeal"
    TRIGGER = "trigger"


class Category(StrEnum):
    """What a scheme is: open to everyone, or a right that one has or has not."""

    MINIMUM_ACCESS = "minimum_access"
    COVERAGE = "coverage"


class Criterion(StrEnum):
    """What a scheme may ask, in the order of the answer. Source: facts.md 3.8; the last four are design."""

    IN_FORCE = "C_IN_FORCE"
    IDENTITY = "C_IDENTITY"
    RESIDES = "C_RESIDES"
    STATUS = "C_STATUS"
    PERMIT_VALID = "C_PERMIT_VALID"
    NO_OTHER_AMO = "C_NO_OTHER_AMO"
    RNP = "C_RNP"
    RSU = "C_RSU"
    SCORE = "C_SCORE"
    RELATION = "C_RELATION"
    AGE = "C_AGE"
    CONTRIBUTION = "C_CONTRIBUTION"
    INDIGENT = "C_INDIGENT"
    ACTIVITY = "C_ACTIVITY"
    HEAD = "C_HEAD"
    ALIVE = "C_ALIVE"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, for the days it held.

    Attributes:
        value: JSON value whose shape depends on the kind; figures are strings.
        period: Days it is in force, both ends included.
        source: Where it was read; ids of facts.md section 12.
    """

    kind: Kind
    code: str
    value: Any
    period: Period
    certainty: Certainty
    source: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme as its row in force describes it."""

    code: str
    category: Category
    family: str | None
    contribution: str | None
    rank_eligible: int
    rank_open: int
    row: RuleRow


@dataclass(frozen=True, slots=True)
class Ask:
    """A criterion that a scheme asks for, with its parameters."""

    scheme: str
    criterion: Criterion
    who: frozenset[Role]
    parameters: Mapping[str, Any]
    row: RuleRow


class RuleBook:
    """A rule set ready to be asked: immutable, identified by the hash of its rows.

    Args:
        rows: Every row of the set.

    Raises:
        RulesInvalidError: Two rows of one code overlap, a row's shape is wrong, or no minimum access is open on
            every day: then the engine could answer "no care", and must not start.
    """

    def __init__(self, rows: Iterable[RuleRow]) -> None:
        self.rows = tuple(sorted(rows, key=_position))
        self.fingerprint = fingerprint(self.rows)
        self._by_code: dict[tuple[Kind, str], list[RuleRow]] = defaultdict(list)
        self._by_kind: dict[Kind, list[RuleRow]] = defaultdict(list)
        for row in self.rows:
            for other in self._by_code[row.kind, row.code]:
                if other.period.overlaps(row.period):
                    raise RulesInvalidError(f"{row.kind} {row.code}: two rows hold on one day")
            self._by_code[row.kind, row.code].append(row)
            self._by_kind[row.kind].append(row)
        self._schemes = [_scheme(row) for row in self._by_kind[Kind.SCHEME]]
        self._asks: dict[str, list[Ask]] = defaultdict(list)
        for row in self._by_kind[Kind.ASK]:
            ask = _ask(row)
            self._asks[ask.scheme].append(ask)
        order = list(Criterion)
        for asks in self._asks.values():
            asks.sort(key=lambda ask: order.index(ask.criterion))
        if not any(s.category is Category.MINIMUM_ACCESS and s.row.period == Period() for s in self._schemes):
            raise RulesInvalidError("no minimum access is open on every day")

    def in_force(self, kind: Kind, code: str, on: date) -> RuleRow | None:
        """Return the row of that code in force on the day."""
        return next((row for row in self._by_code.get((kind, code), ()) if row.period.contains(on)), None)

    def all_in_force(self, kind: Kind, on: date) -> tuple[RuleRow, ...]:
        """Return every row of the kind in force on the day, by code."""
        return tuple(row for row in self._by_kind.get(kind, ()) if row.period.contains(on))

    def knows_scheme(self, code: str) -> bool:
        """Say whether any row names the scheme, in force or not."""
        return (Kind.SCHEME, code) in self._by_code

    def scheme(self, code: str, on: date) -> Scheme | None:
        """Return the scheme as it stands on the day, or None when it is not in force."""
        return next((s for s in self._schemes if s.code == code and s.row.period.contains(on)), None)

    def schemes(self, on: date) -> tuple[Scheme, ...]:
        """Return the schemes in force on the day, minimum access included."""
        return tuple(scheme for scheme in self._schemes if scheme.row.period.contains(on))

    def latest_scheme_row(self, code: str) -> RuleRow:
        """Return the last known row of a scheme, for saying when it was or will be in force."""
        return self._by_code[Kind.SCHEME, code][-1]

    def family_of(self, scheme: str) -> str | None:
        """Return the family a scheme belongs to."""
        value = self.latest_scheme_row(scheme).value
        return None if value["family"] is None else str(value["family"])

    def asks(self, scheme: str, role: Role, on: date) -> tuple[Ask, ...]:
        """Return what the scheme asks of somebody in that role on the day, in the order of the answer."""
        return tuple(ask for ask in self._asks.get(scheme, ()) if role in ask.who and ask.row.period.contains(on))

    def refers(self, reason: str | None, on: date) -> bool:
        """Say whether an UNKNOWN for this reason can be settled only by an authority."""
        row = None if reason is None else self.in_force(Kind.REASON, reason, on)
        return row is not None and row.value["leads_to"] == "REFER"


def fingerprint(rows: Iterable[RuleRow]) -> str:
    """Return the SHA-256 of a rule set, over its rows in canonical JSON, whatever their order."""
    listed = [
        [row.kind, row.code, row.value, _iso(row.period.start), _iso(row.period.end), row.certainty, row.source,
         row.note]
        for row in sorted(rows, key=_position)
    ]  # fmt: skip
    text = json.dumps(listed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def weakest(rows: Iterable[RuleRow]) -> Certainty | None:
    """Return the least certain certainty among the rows, so that an officer sees what a decision rests on."""
    order = list(Certainty)
    return max((row.certainty for row in rows), key=order.index, default=None)


def _position(row: RuleRow) -> tuple[str, str, date]:
    return (row.kind, row.code, row.period.start or date.min)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _scheme(row: RuleRow) -> Scheme:
    value = row.value
    try:
        return Scheme(
            code=row.code,
            category=Category(value["category"]),
            family=value["family"],
            contribution=value["contribution"],
            rank_eligible=int(value["rank_eligible"]),
            rank_open=int(value["rank_open"]),
            row=row,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RulesInvalidError(f"scheme {row.code}: {error!r}") from error


def _ask(row: RuleRow) -> Ask:
    scheme, _, criterion = row.code.partition(".")
    try:
        parameters = {name: value for name, value in row.value.items() if name != "who"}
        who = frozenset(Role) if row.value["who"] == "ALL" else frozenset({Role(row.value["who"])})
        return Ask(scheme, Criterion(criterion), who, parameters, row)
    except (AttributeError, KeyError, ValueError) as error:
        raise RulesInvalidError(f"ask {row.code}: {error!r}") from error
