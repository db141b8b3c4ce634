"""The rules of the exceptional regularisations as dated rows, and the book that finds one. Source: facts.md 1.3, 1.4.

Nothing here decides: a step, a criterion, a deadline or a card is what its row says, with how certain that is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from services.kit.periods import Period
from services.registry.domain.regularisation_errors import RegularisationCodeUnknownError

EVERY = "ALL"
"""A criterion or a paper for every category."""


class Stage(StrEnum):
    """By whose criteria a file is judged."""

    LOCAL = "LOCAL"
    APPEAL = "APPEAL"
    RENEWAL = "RENEWAL"


class Requirement(StrEnum):
    """Whether a file is incomplete without a paper."""

    REQUIRED = "required"
    USEFUL = "useful"


class FactKind(StrEnum):
    """What a declared fact holds."""

    DATE = "date"
    YES_OR_NO = "yes_or_no"
    SCHOOL_LEVEL = "school_level"


@dataclass(frozen=True, slots=True)
class Rule:
    """What every row has.

    Attributes:
        code: Names the row; dated rows may share it.
        value: What it sets, as JSON.
        in_force: The days on which it holds.
        certainty: verified, derived, memory or design.
        source: Page or section that it is from.
    """

    code: str
    value: Any
    in_force: Period
    certainty: str
    source: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; its days in force are those of filing."""

    rule: Rule
    status: str


@dataclass(frozen=True, slots=True)
class Category:
    """A ground on which a stay is regularised."""

    rule: Rule
    filed: bool
    sensitive: bool
    permit: str | None


@dataclass(frozen=True, slots=True)
class State:
    """Where a file can stand."""

    rule: Rule
    stage: Stage
    final: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A way from one state to another.

    Attributes:
        needs: `reasons` (at least one), `words` (at least one in words).
    """

    rule: Rule
    leaves: str
    to_state: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A delay: so many months or days from a date of the file."""

    rule: Rule
    months: int | None
    days: int | None
    counted_from: str
    open_in: frozenset[str]
    met_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Card:
    """The residence title that delivery brings, by the state before it."""

    rule: Rule
    after: str
    permit: str
    months: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """Whom a refusal can be contested before."""

    rule: Rule
    after: str
    deadline: str
    name: Mapping[str, str]
    what_to_do: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a file of a category is judged by, in a campaign and at a stage."""

    rule: Rule
    campaign: str
    stage: Stage
    category: str
    metric: str
    op: str


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is read, and the fact it rests on."""

    rule: Rule
    reads: str
    fact: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What can be declared for a file."""

    rule: Rule
    kind: FactKind
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the file."""

    rule: Rule
    category: str
    requirement: Requirement
    name: Mapping[str, str]
    bring: Mapping[str, str]


class _Ruled(Protocol):
    @property
    def rule(self) -> Rule: ...


R = TypeVar("R", bound=_Ruled)


@dataclass(frozen=True, slots=True)
class RegularisationBook:
    """Every row at once.

    Attributes:
        reasons: Codes that may stand for a reason.
        bureaus: Codes of the offices.
        school_levels: Codes, lowest first.
    """

    campaigns: Sequence[Campaign]
    categories: Sequence[Category]
    states: Sequence[State]
    steps: Sequence[Step]
    deadlines: Sequence[Deadline]
    cards: Sequence[Card]
    appeals: Sequence[Appeal]
    criteria: Sequence[Criterion]
    metrics: Sequence[Metric]
    facts: Sequence[Fact]
    papers: Sequence[Paper]
    reasons: frozenset[str]
    bureaus: frozenset[str]
    school_levels: Sequence[str]

    def campaign(self, code: str) -> Campaign:
        """Return a campaign.

        Raises:
            RegularisationCodeUnknownError: There is none.
        """
        return _named(self.campaigns, code, "/campaign")

    def category(self, code: str) -> Category:
        """Return a category.

        Raises:
            RegularisationCodeUnknownError: There is none.
        """
        return _named(self.categories, code, "/category")

    def fact(self, code: str) -> Fact:
        """Return a fact that can be declared.

        Raises:
            RegularisationCodeUnknownError: There is none.
        """
        return _named(self.facts, code, "/fact")

    def metric(self, code: str) -> Metric:
        """Return how a metric is read."""
        return _named(self.metrics, code, "/metric")

    def state(self, code: str) -> State:
        """Return a state."""
        return _named(self.states, code, "/to")

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """Return the steps that leave a state."""
        return tuple(step for step in self.steps if step.leaves == state)

    def criteria_of(self, campaign: str, stage: Stage, on: date) -> tuple[Criterion, ...]:
        """Return the criteria of a campaign and a stage that hold on a day."""
        return tuple(
            row
            for row in self.criteria
            if (row.campaign, row.stage) == (campaign, stage) and row.rule.in_force.contains(on)
        )

    def card_after(self, state: str, on: date) -> Card | None:
        """Return the card that a delivery on this day brings; None where no row holds."""
        return next((row for row in self.cards if row.after == state and row.rule.in_force.contains(on)), None)

    def papers_of(self, category: str) -> tuple[Paper, ...]:
        """Return the papers of a category's file, the common part first."""
        return tuple(row for row in self.papers if row.category in {EVERY, category})


def _named(rows: Iterable[R], code: str, pointer: str) -> R:
    known = list(rows)
    for row in known:
        if row.rule.code == code:
            return row
    raise RegularisationCodeUnknownError(pointer, sorted({row.rule.code for row in known}))
