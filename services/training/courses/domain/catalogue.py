"""What can be learnt, where and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.training.courses.domain.errors import (
    AdmissionRuleUnfitError,
    ApprenticeshipSharesError,
    CapacityBelowEnrolledError,
    TransitionRefusedError,
)
from services.training.courses.domain.rules import RuleSet


class Level(StrEnum):
    """Levels of vocational training. Source: facts.md 4.1."""

    S = "S"
    Q = "Q"
    T = "T"
    TS = "TS"
    BP = "BP"
    FQ = "FQ"


class Mode(StrEnum):
    """How a programme is followed. Source: facts.md 4.1, from memory."""

    RESIDENTIAL = "residential"
    ALTERNATED = "alternated"
    APPRENTICESHIP = "apprenticeship"
    EVENING = "evening"


class InstitutionKind(StrEnum):
    """Who runs it. Source: facts.md 4.1, 4.2."""

    OFPPT = "ofppt"
    ENTRAIDE_NATIONALE = "entraide_nationale"
    ASSOCIATION = "association"
    CHAMBER = "chamber"
    ENTERPRISE = "enterprise"
    PUBLIC_SCHOOL = "public_school"
    OTHER = "other"


class SessionState(StrEnum):
    """Whether a session takes applications and enrolments; a cancelled one stays cancelled."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


NEXT_SESSION_STATES: Mapping[SessionState, frozenset[SessionState]] = {
    SessionState.OPEN: frozenset({SessionState.OPEN, SessionState.CLOSED, SessionState.CANCELLED}),
    SessionState.CLOSED: frozenset({SessionState.OPEN, SessionState.CLOSED, SessionState.CANCELLED}),
    SessionState.CANCELLED: frozenset({SessionState.CANCELLED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionDraft:
    """What is said of an institution when it is published or amended.

    Attributes:
        region: Two digits, 01-12.
        unit: Prefecture or province, ISO 3166-2.
        accessible: Whether a wheelchair gets everywhere.
        childcare: Whether children are looked after during the lessons.
    """

    name: str
    kind: InstitutionKind
    region: str
    unit: str
    commune: str | None = None
    accessible: bool = False
    childcare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution(InstitutionDraft):
    """A published institution."""

    id: UUID
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDraft:
    """What is said of a programme when it is published or amended.

    Attributes:
        sector: Code of the trade, or None; `ARTISANAT` is crafts for the apprentices' age limit.
        hours: Length of the whole programme, in hours, when it is known.
        enterprise_hours: Of these, in an enterprise; asked for apprenticeships.
        centre_hours: Of these, complementary training in a centre; asked for apprenticeships.
        admission_rule: Code of an `ADMISSION_*` row, without the prefix.
    """

    institution_id: UUID
    name: str
    level: Level
    mode: Mode
    languages: tuple[str, ...]
    admission_rule: str
    sector: str | None = None
    hours: int | None = None
    enterprise_hours: int | None = None
    centre_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme(ProgrammeDraft):
    """A published programme."""

    id: UUID
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDraft:
    """What is said of a session when it is published or amended.

    Attributes:
        starts_on: First day.
        ends_on: Last day, included.
        region: Where it is held; None for where the institution is.
        unit: Prefecture or province, as the region.
        site: Where the lessons are, when it is not the institution itself.
    """

    programme_id: UUID
    region: str | None = None
    unit: str | None = None
    starts_on: date
    ends_on: date
    capacity: int
    site: str | None = None
    state: SessionState = SessionState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(SessionDraft):
    """A published session: one dated run of a programme, with the seats that are taken."""

    id: UUID
    version: int
    created_at: datetime
    region: str
    unit: str
    seats_taken: int

    @property
    def seats_left(self) -> int:
        """Seats that are free."""
        return self.capacity - self.seats_taken


@dataclass(frozen=True, slots=True)
class SessionOffer:
    """A session together with its programme: what admission is decided against."""

    session: Session
    programme: Programme


APPRENTICESHIP = "APPRENTICESHIP"
LEVEL = "LEVEL"


def usual_admission_rule(mode: Mode) -> str:
    """Name the admission rule of a programme that does not choose one: by its level, or law 12-00 for apprentices."""
    return APPRENTICESHIP if mode is Mode.APPRENTICESHIP else LEVEL


def check_programme(draft: ProgrammeDraft, rules: RuleSet, *, on: date) -> None:
    """Refuse a programme whose admission rule does not exist or does not fit, or whose shares break law 12-00.

    At least 80 % of an apprentice's time is in the enterprise and 10 % in complementary training. Source: law 12-00;
    facts.md 4.2, certainty verified.

    Raises:
        AdmissionRuleUnfitError: No such rule is in force, or it is not the one of the programme's mode.
        ApprenticeshipSharesError: A share is missing or too small.
    """
    known = rules.find(f"ADMISSION_{draft.admission_rule}", on) is not None
    apprentices = draft.mode is Mode.APPRENTICESHIP
    if not known or (draft.admission_rule == APPRENTICESHIP) is not apprentices:
        raise AdmissionRuleUnfitError
    if not apprentices:
        return
    shares = (
        ("/enterprise_hours", draft.enterprise_hours, "APPRENTICESHIP_ENTERPRISE_SHARE_MIN"),
        ("/centre_hours", draft.centre_hours, "APPRENTICESHIP_CENTRE_SHARE_MIN"),
    )
    for pointer, hours, code in shares:
        minimum = rules.find(code, on)
        if minimum is not None and (not hours or not draft.hours or hours * 100 < minimum.number * draft.hours):
            raise ApprenticeshipSharesError(pointer, minimum.number)


def check_amendment(current: Session, draft: SessionDraft) -> None:
    """Refuse to take seats from under those who sit on them, or to bring back a cancelled session.

    Raises:
        CapacityBelowEnrolledError: More seats are taken than would be left.
        TransitionRefusedError: The session was cancelled.
    """
    if draft.state not in NEXT_SESSION_STATES[current.state]:
        raise TransitionRefusedError(current.state, draft.state)
    if draft.capacity < current.seats_taken and draft.state is not SessionState.CANCELLED:
        raise CapacityBelowEnrolledError(seats_taken=current.seats_taken)
