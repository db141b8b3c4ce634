"""Changes of sensitive fields that wait for a second pair of eyes.

A request keeps what each field said when it was made. It is approved against that and nothing else: where a field
says something different by then, the request is in conflict and has to be made anew. Source: issue 4; design.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.periods import Precision
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Nationality, Person
from services.registry.domain.rights import CORRECTION_GRACE_DAYS, SENSITIVE_FIELD, Actor, Rules

IDENTIFIERS = "identifiers"


class ChangeRequestState(StrEnum):
    """Where a request stands; the last two are told by the clock and by the record, and never stored."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CONFLICTED = "conflicted"


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change that takes effect once a second person approves it.

    Attributes:
        patch: What was asked for, as JSON: a merge patch of the person, and `identifiers: {add, retract}`.
        before: What each field said when it was asked for.
        after: What each field will say.
        documents: Ids of the documents that show it.
        base_version: The person's version that it was made from.
        applied_version: The person's version that it became.
    """

    id: UUID
    person_id: UUID
    state: ChangeRequestState
    patch: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    documents: tuple[UUID, ...]
    base_version: int
    proposed_by: Actor
    proposed_at: datetime
    expires_at: datetime
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    applied_version: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it touches."""
        return tuple(sorted(self.after))

    @property
    def retracts(self) -> tuple[UUID, ...]:
        """Ids of the identifiers that it takes back."""
        return tuple(UUID(one) for one in (self.patch.get(IDENTIFIERS) or {}).get("retract", ()))

    def state_at(self, at: datetime, current: Mapping[str, Any]) -> ChangeRequestState:
        """Say where it stands.

        Args:
            at: The present.
            current: What the person's fields say.
        """
        if self.state is not ChangeRequestState.PROPOSED:
            return self.state
        if at >= self.expires_at:
            return ChangeRequestState.EXPIRED
        return ChangeRequestState.CONFLICTED if self.conflicts(current) else self.state

    def conflicts(self, current: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the fields that say something else than when it was made."""
        return tuple(name for name in self.fields if current.get(name) != self.before.get(name))


class ChangeRequestNotFoundError(LookupError):
    """The person has no such request."""


class ChangeRequestClosedError(Exception):
    """The request is decided, withdrawn or expired."""


class SecondPersonRequiredError(Exception):
    """Who decides is, or may be, the one who proposed."""


class NotTheProposerError(Exception):
    """Only who proposed can withdraw."""


class NothingChangesError(Exception):
    """The request would leave every field as it is."""


class ChangeConflictError(Exception):
    """Fields have changed since the request was made.

    Attributes:
        extensions: Which.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__("change request conflicted")
        self.extensions = {"fields": list(fields)}


class ChangeRequestRequiredError(Exception):
    """What is known of a sensitive field is changed with a second pair of eyes alone.

    Attributes:
        extensions: Which fields, and where to ask.
    """

    def __init__(self, person_id: UUID, fields: Collection[str]) -> None:
        super().__init__("change request required")
        self.extensions = {
            "fields": sorted(fields),
            "change_requests": f"/v1/persons/{person_id}/change-requests",
        }


def check_open(request: ChangeRequest, at: datetime) -> None:
    """Let something happen to a request that is open.

    Raises:
        ChangeRequestClosedError: It is not.
    """
    if request.state is not ChangeRequestState.PROPOSED or at >= request.expires_at:
        raise ChangeRequestClosedError


def check_second_person(request: ChangeRequest, decider: Actor) -> None:
    """Let somebody decide who is not the one who proposed.

    Raises:
        SecondPersonRequiredError: It is, or may be, the same person.
    """
    if decider.may_be(request.proposed_by):
        raise SecondPersonRequiredError


def changes_of_known(before: Person, core: Core, nationalities: Sequence[Nationality]) -> frozenset[str]:
    """Return the fields of a person that said something and would say something else.

    To fill in what was not known is no change of it.
    """
    old = before.core
    known_birth = old.birth.precision is not Precision.UNKNOWN or old.birth_declared_as is not None
    codes = {row.code for row in before.nationalities}
    found = {
        "names": old.names != core.names,
        "birth": known_birth and (old.birth, old.birth_declared_as) != (core.birth, core.birth_declared_as),
        "nationalities": bool(codes) and codes != {row.code for row in nationalities},
    }
    return frozenset(name for name, changed in found.items() if changed)


def refuse_direct(  # who, what, by which rules
    person_id: UUID,
    fields: Collection[str],
    *,
    rules: Rules,
    registered_at: datetime,
    registered_by: str,
    organisation: str,
    at: datetime,
) -> None:
    """See that a change of known fields may be made without a second pair of eyes.

    It may, when no field is sensitive, and while the organisation that registered her sets its own slips right.

    Args:
        person_id: Whose.
        fields: What would change.
        rules: In force.
        registered_at: When she was registered.
        registered_by: By which organisation.
        organisation: Who would change it.
        at: The present.

    Raises:
        ChangeRequestRequiredError: It may not.
    """
    sensitive = rules.values(SENSITIVE_FIELD) & set(fields)
    grace = timedelta(days=rules.days(CORRECTION_GRACE_DAYS))
    if sensitive and not (organisation == registered_by and at <= registered_at + grace):
        raise ChangeRequestRequiredError(person_id, sensitive)


def identifier_document(identifier: Identifier) -> dict[str, Any]:
    """Return an identifier as a request shows it."""
    return {
        "system": identifier.system,
        "value": identifier.value,
        "issuer": identifier.issuer,
        "issued_on": identifier.issued_on.isoformat() if identifier.issued_on else None,
        "expires_on": identifier.expires_on.isoformat() if identifier.expires_on else None,
    }


def retracted(identifiers: Sequence[Identifier], parts: Collection[UUID]) -> list[dict[str, Any]]:
    """Return the live identifiers that a request takes back, as it shows them, in the order of their numbers.

    Args:
        identifiers: Live rows.
        parts: The ids that identifiers keep through corrections.
    """
    found = [identifier_document(one) for one in identifiers if (one.first_id or one.id) in parts]
    return sorted(found, key=lambda one: (one["system"], one["value"]))
