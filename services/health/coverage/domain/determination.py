"""The determination: every scheme in force evaluated, the best chosen, the minimum access beside it, always."""

from dataclasses import dataclass
from datetime import date

from services.health.coverage.domain.criteria import findings_of, not_in_force
from services.health.coverage.domain.errors import UnknownHeadSchemeError, UnknownSchemeError
from services.health.coverage.domain.facts import Case
from services.health.coverage.domain.outcomes import Outcome, Status, closed_outcome, outcome_of
from services.health.coverage.domain.rules import Category, Kind, RuleBook, RuleRow, Scheme

NO_HEAD_SCHEME = "NONE"


@dataclass(frozen=True, slots=True)
class MinimumAccess:
    """The schemes open to everyone on a day. It has a first member: it cannot be empty.

    Source: facts.md 0.2 item 6; RIH art. 42 and 57: the lowest outcome is "no scheme; public-hospital access and
    emergency care apply".
    """

    first: str
    others: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Their codes, in order."""
        return (self.first, *self.others)


@dataclass(frozen=True, slots=True)
class Determination:
    """The whole answer to one case.

    Attributes:
        asked: The scheme asked about; None for "the best of all".
        chosen: The outcome that answers; None when no coverage scheme is in force on the day.
        outcomes: Every scheme evaluated, coverage schemes in order of choice, then minimum access.
        appeal: Where the answer can be contested.
    """

    asked: str | None
    as_of: date
    chosen: Outcome | None
    outcomes: tuple[Outcome, ...]
    minimum_access: MinimumAccess
    appeal: RuleRow | None
    rule_set: str

    @property
    def status(self) -> Status:
        """The status of the chosen scheme; without any, there is nothing to be entitled to."""
        return Status.NOT_ELIGIBLE if self.chosen is None else self.chosen.status

    @property
    def scheme(self) -> str | None:
        """The code of the chosen scheme."""
        return None if self.chosen is None else self.chosen.scheme

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not a yes."""
        return ("R_REGIME_NON_EN_VIGUEUR",) if self.chosen is None else self.chosen.reasons


def determine(case: Case, book: RuleBook, *, scheme: str | None = None) -> Determination:
    """Evaluate a case: one scheme when asked about one, else every scheme in force and the best of them.

    Raises:
        UnknownSchemeError: No rule row names the scheme asked about, or the head's scheme.
    """
    if scheme is not None and not book.knows_scheme(scheme):
        raise UnknownSchemeError
    head = case.declared.head_scheme
    if head not in {None, NO_HEAD_SCHEME} and not book.knows_scheme(str(head)):
        raise UnknownHeadSchemeError
    schemes = book.schemes(case.as_of)
    if scheme is None:
        outcomes = tuple(_evaluate(case, each, book) for each in schemes)
        coverage = [outcome for outcome in outcomes if outcome.category is Category.COVERAGE]
        named = {each.code: each for each in schemes}
        coverage.sort(key=lambda outcome: _rank(outcome, named[outcome.scheme]))
        chosen = coverage[0] if coverage else None
        free = [outcome for outcome in outcomes if outcome.category is Category.MINIMUM_ACCESS]
        free.sort(key=lambda outcome: named[outcome.scheme].rank_open)
        listed = (*coverage, *free)
    else:
        chosen = _one(case, scheme, book)
        listed = (chosen,)
    return Determination(
        asked=scheme,
        as_of=case.as_of,
        chosen=chosen,
        outcomes=listed,
        minimum_access=minimum_access(book, case.as_of),
        appeal=_appeal(None if chosen is None else chosen.scheme, book, case.as_of),
        rule_set=book.fingerprint,
    )


def minimum_access(book: RuleBook, on: date) -> MinimumAccess:
    """Return what is open to everyone on the day, whatever the status; a rule book always holds one such scheme."""
    free = [scheme for scheme in book.schemes(on) if scheme.category is Category.MINIMUM_ACCESS]
    first, *others = sorted(free, key=lambda scheme: scheme.rank_open)
    return MinimumAccess(first.code, tuple(other.code for other in others))


def _evaluate(case: Case, scheme: Scheme, book: RuleBook) -> Outcome:
    return outcome_of(case, scheme, findings_of(case, scheme, book), book)


def _one(case: Case, code: str, book: RuleBook) -> Outcome:
    scheme = book.scheme(code, case.as_of)
    if scheme is not None:
        return _evaluate(case, scheme, book)
    category = Category(book.latest_scheme_row(code).value["category"])
    return closed_outcome(code, not_in_force(case, code, book), category)


def _rank(outcome: Outcome, scheme: Scheme) -> tuple[int, int]:
    """Order of choice: a yes first, then what is still open, then what is refused; among equals, by the rows' ranks."""
    if outcome.status is Status.ELIGIBLE:
        return (0, scheme.rank_eligible)
    return (2 if outcome.status is Status.NOT_ELIGIBLE else 1, scheme.rank_open)


def _appeal(scheme: str | None, book: RuleBook, on: date) -> RuleRow | None:
    own = None if scheme is None else book.in_force(Kind.APPEAL, scheme, on)
    return own or book.in_force(Kind.APPEAL, "ANY", on)
