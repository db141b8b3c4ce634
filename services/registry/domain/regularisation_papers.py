"""The checklist of a file: which papers it needs, which are there, what to bring. Source: facts.md 1.4."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.domain.regularisation_errors import RegularisationCodeUnknownError
from services.registry.domain.regularisation_rules import Paper, RegularisationBook, Requirement


@dataclass(frozen=True, slots=True)
class Brought:
    """A paper that was brought.

    Attributes:
        documents: Ids of its scans; none when it was only seen.
        seen_on: The day on which somebody had it in hand.
    """

    code: str
    documents: tuple[UUID, ...]
    seen_on: date


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist."""

    paper: Paper
    brought: tuple[Brought, ...]

    @property
    def missing(self) -> bool:
        """Whether the file is incomplete without it."""
        return self.paper.requirement is Requirement.REQUIRED and not self.brought


def checklist(book: RegularisationBook, category: str, brought: Sequence[Brought]) -> tuple[Item, ...]:
    """Return the checklist of a category's file, the common part first."""
    return tuple(
        Item(paper, tuple(one for one in brought if one.code == paper.rule.code)) for paper in book.papers_of(category)
    )


def require_listed(book: RegularisationBook, category: str, code: str) -> None:
    """See that a paper is on the list of a category, or settles a fact that may be declared.

    Raises:
        RegularisationCodeUnknownError: It is not.
    """
    listed = {paper.rule.code for paper in book.papers_of(category)}
    listed |= {proof for fact in book.facts for proof in fact.proofs}
    if code not in listed:
        raise RegularisationCodeUnknownError("/code", sorted(listed))
