"""From an application to a seat: the records, the state machine, and a human's ruling."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.training.courses.domain.admission import Admission
from services.training.courses.domain.catalogue import Session, SessionState
from services.training.courses.domain.errors import (
    NotAdmissibleError,
    RulingNotOpenError,
    SessionNotOpenError,
    TransitionRefusedError,
)
from services.training.courses.domain.facts import Declared, FactsRoad, PersonFacts
from services.training.courses.domain.findings import Outcome


class State(StrEnum):
    """Where a learner stands. A withdrawn learner comes back by a new application."""

    APPLIED = "applied"
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"


NEXT: Mapping[State, frozenset[State]] = {
    State.APPLIED: frozenset({State.ENROLLED, State.WITHDRAWN}),
    State.ENROLLED: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}


def move(state: State, to: State) -> State:
    """Take a step of the state machine.

    Raises:
        TransitionRefusedError: The table has no such step.
    """
    if to not in NEXT[state]:
        raise TransitionRefusedError(state, to)
    return to


@dataclass(frozen=True, slots=True)
class Ruling:
    """A human's answer to an application that the rules could not decide.

    Attributes:
        by: Subject of the caller's token.
    """

    outcome: Outcome
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """A person's request for admission to a session, with the answer and all it rests on."""

    id: UUID
    session_id: UUID
    person_id: UUID
    state: State
    version: int
    created_at: datetime
    organisation: str
    admission: Admission
    facts: PersonFacts
    facts_road: FactsRoad
    declared: Declared
    ruling: Ruling | None

    @property
    def outcome(self) -> Outcome:
        """The answer in force: the ruling's where there is one, else the rules'."""
        return self.admission.outcome if self.ruling is None else self.ruling.outcome


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A seat taken, or one that was given back."""

    id: UUID
    application_id: UUID
    session_id: UUID
    person_id: UUID
    state: State
    starts_on: date
    ends_on: date
    version: int
    enrolled_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None


OPEN_TO_RULING = frozenset({Outcome.REFER, Outcome.PENDING_INFO})


def check_ruling(application: Application) -> None:
    """Say whether a human may decide: only what the rules left open, and only while it waits.

    Raises:
        RulingNotOpenError: The rules, or an earlier ruling, answered already.
        TransitionRefusedError: The application no longer waits.
    """
    if application.state is not State.APPLIED:
        raise TransitionRefusedError(application.state, State.APPLIED)
    if application.outcome not in OPEN_TO_RULING:
        raise RulingNotOpenError(application.outcome)


def check_application_withdrawal(application: Application) -> None:
    """Say whether an application may be withdrawn: while it waits; a seat is given back through its enrolment.

    Raises:
        TransitionRefusedError: It no longer waits.
    """
    if application.state is not State.APPLIED:
        raise TransitionRefusedError(application.state, State.WITHDRAWN)


def check_enrolment(application: Application, session: Session) -> None:
    """Say whether the application may take a seat; whether one is free, the database says.

    Raises:
        TransitionRefusedError: It has its seat already, or was withdrawn.
        NotAdmissibleError: It is not admissible, or not yet.
        SessionNotOpenError: The session was closed or cancelled meanwhile.
    """
    move(application.state, State.ENROLLED)
    if application.outcome is not Outcome.ADMISSIBLE:
        raise NotAdmissibleError(application.outcome, application.admission.reasons)
    if session.state is not SessionState.OPEN:
        raise SessionNotOpenError(session.state)
