"""What is kept: determinations as they were taken, their confirmation, and the entitlements they open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.health.coverage.domain.errors import AlreadyConfirmedError, NothingToConfirmError
from services.health.coverage.domain.facts import Case, Declared, Facts, HeldCover, Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.rules import Category
from services.kit.periods import Period


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A human has looked at a determination and stands for it.

    Attributes:
        by: Stable reference of the person.
        organisation: The partner for which she acted.
    """

    at: datetime
    by: str
    organisation: str


@dataclass(frozen=True, slots=True)
class DeterminationDraft:
    """A determination ready to be kept.

    Attributes:
        answer: The document of `domain.document`, as it is shown and replayed.
        rule_set: Hash of the rules it rests on.
    """

    person_id: UUID
    scheme_asked: str | None
    scheme: str | None
    category: Category | None
    status: Status
    as_of: date
    evaluated_at: datetime
    effective_from: date | None
    effective_to: date | None
    end_reason: EndReason | None
    contribution_mad_month: Decimal | None
    rule_set: str
    facts: Facts
    facts_source: Source
    declared: Declared
    held: tuple[HeldCover, ...]
    answer: Mapping[str, Any]
    requested_by: str
    organisation: str

    @property
    def case(self) -> Case:
        """The case that was decided, for deciding it again."""
        return Case(self.facts, self.facts_source, self.declared, self.held, self.as_of)


@dataclass(frozen=True, slots=True)
class Determination:
    """A determination as it is kept. It is a proposal until a human confirms it."""

    id: UUID
    draft: DeterminationDraft
    confirmation: Confirmation | None = None
    entitlement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EntitlementDraft:
    """A right about to be opened."""

    person_id: UUID
    scheme: str
    period: Period
    end_reason: EndReason
    contribution_mad_month: Decimal | None
    determination_id: UUID
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A right to coverage under one scheme for a span of days."""

    id: UUID
    draft: EntitlementDraft


def check_confirmable(found: Determination) -> None:
    """Say whether a human can confirm this.

    Raises:
        AlreadyConfirmedError: Somebody has.
        NothingToConfirmError: The question is still open, or what it grants is open to everyone.
    """
    if found.confirmation is not None:
        raise AlreadyConfirmedError
    draft = found.draft
    settled = draft.status in {Status.ELIGIBLE, Status.NOT_ELIGIBLE}
    if not settled or draft.category is Category.MINIMUM_ACCESS:
        raise NothingToConfirmError


def entitlement_from(found: Determination, *, at: datetime) -> EntitlementDraft | None:
    """Return the right that a confirmed determination opens; None for a refusal."""
    draft = found.draft
    if draft.scheme is None or draft.effective_from is None:
        return None
    return EntitlementDraft(
        person_id=draft.person_id,
        scheme=draft.scheme,
        period=Period(draft.effective_from, draft.effective_to),
        end_reason=draft.end_reason or EndReason.NONE,
        contribution_mad_month=draft.contribution_mad_month,
        determination_id=found.id,
        opened_at=at,
    )
