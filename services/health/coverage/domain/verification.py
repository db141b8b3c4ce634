"""The point-of-care question: is this person covered, and what is to be done. No answer of it refuses care."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.health.coverage.domain.determination import MinimumAccess, minimum_access
from services.health.coverage.domain.outcomes import EndReason
from services.health.coverage.domain.rules import Kind, RuleBook
from services.kit.periods import Period

OPEN, NONE_OPEN, LATER = "R_DROIT_OUVERT", "R_AUCUN_DROIT_OUVERT", "R_DROIT_A_VENIR"
ENDED: Mapping[EndReason, str] = {
    EndReason.PERMIT_EXPIRY: "R_TITRE_EXPIRE",
    EndReason.DEPENDANT_AGE: "R_AGE_LIMITE",
    EndReason.SCHEME_END: "R_REGIME_NON_EN_VIGUEUR",
    EndReason.SCORE_REVIEW: "R_SCORE_A_REVOIR",
    EndReason.NONE: "R_DROIT_TERMINE",
}


@dataclass(frozen=True, slots=True)
class Right:
    """An entitlement, as far as the desk needs to know."""

    scheme: str
    period: Period
    end_reason: EndReason


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer at the desk.

    Attributes:
        right: What covers the person; without cover, the right that ended last or begins next, if any.
        what_to_do: Guidance by language: fr, ar, en.
    """

    covered: bool
    right: Right | None
    reason: str
    minimum_access: MinimumAccess
    what_to_do: Mapping[str, str]


def verify(rights: Sequence[Right], book: RuleBook, *, on: date) -> Verification:
    """Answer from the rights found for an identifier; nobody found and nothing found answer alike."""
    open_rights = [right for right in rights if right.period.contains(on)]
    if open_rights:
        return _answer(min(open_rights, key=lambda right: _rank(right, book, on)), OPEN, book, on)
    later = [right for right in rights if right.period.start is not None and right.period.start > on]
    if later:
        return _answer(min(later, key=lambda right: right.period.start or date.max), LATER, book, on)
    if rights:
        last = max(rights, key=lambda right: right.period.end or date.min)
        return _answer(last, ENDED[last.end_reason], book, on)
    return _answer(None, NONE_OPEN, book, on)


def _rank(right: Right, book: RuleBook, on: date) -> int:
    """Order open rights as determinations do; a scheme no longer in force comes last, its rights still hold."""
    scheme = book.scheme(right.scheme, on)
    return 1000 if scheme is None else scheme.rank_eligible


def _answer(right: Right | None, reason: str, book: RuleBook, on: date) -> Verification:
    row = book.in_force(Kind.GUIDANCE, reason, on) or book.in_force(Kind.GUIDANCE, NONE_OPEN, on)
    texts = {} if row is None else {language: row.value[language] for language in ("fr", "ar", "en")}
    return Verification(reason == OPEN, right, reason, minimum_access(book, on), texts)
