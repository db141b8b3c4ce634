"""Two persons where rights grow: one proposes, another approves. Source: house.md 8; design, docs/agreements.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.gateway.access.domain.errors import AlreadyDecidedError, SecondPersonRequiredError


class Kind(StrEnum):
    """The changes of partners' rights that wait for a second person."""

    ACCOUNT = "account"
    AGREEMENT = "agreement"
    CLIENT = "client"
    CLIENT_CHANGE = "client_change"
    CLIENT_REACTIVATION = "client_reactivation"
    PARTNER_REACTIVATION = "partner_reactivation"


class ApprovalState(StrEnum):
    """Where a proposed change stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Attributes:
        subject: The person or machine.
        client_id: The program that she uses; a machine's subject is its client.
        request_id: Ties a change to its row of the audit trail.
    """

    subject: str
    client_id: str
    request_id: str = ""

    @property
    def is_machine(self) -> bool:
        """Say whether a program acts by itself, with nobody signed in."""
        return self.subject == self.client_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that takes effect only once a second person approves it.

    Attributes:
        kind: Which change, such as `agreement`; it names what happens on approval.
        target: What is changed: an id of that kind's own.
        organisation_id: Whose rights grow; None where they are nobody's yet.
        payload: What the change needs; never a secret, for whoever administers partners reads it.
    """

    kind: str
    target: str
    organisation_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal, and what became of it."""

    id: UUID
    proposal: Proposal
    state: ApprovalState
    proposed_by: Actor
    proposed_at: datetime
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    reason: str | None = None


def check_second_person(approval: Approval, decider: Actor, *, handed_to: Iterable[str] = ()) -> None:
    """Let somebody approve who is not the one who proposed.

    Two people who sign in through one portal are two persons; a program acting by itself is not another person than
    whoever signs in through it, nor than the one to whom its secret was handed.

    Args:
        approval: What is to be approved.
        decider: Who approves.
        handed_to: Subjects who were shown a secret in force of the decider, where that is a machine.

    Raises:
        AlreadyDecidedError: It is no longer open.
        SecondPersonRequiredError: It is the same person, or may be.
    """
    if approval.state is not ApprovalState.PROPOSED:
        raise AlreadyDecidedError
    proposer = approval.proposed_by
    same_program = decider.client_id == proposer.client_id and (decider.is_machine or proposer.is_machine)
    if decider.subject == proposer.subject or same_program or proposer.subject in set(handed_to):
        raise SecondPersonRequiredError
