"""A regularisation file: where it stands, how it may move, and by when. Source: facts.md 1.4."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.kit.periods import Period, Result
from services.registry.domain.papers import LegalStatus, Permit
from services.registry.domain.regularisation_deadlines import Due, after_months, due_of
from services.registry.domain.regularisation_errors import (
    CardRefusedError,
    FileSettledError,
    ReasonsNeededError,
    RegularisationCodeUnknownError,
    RegularisationDateRefusedError,
    StepRefusedError,
)
from services.registry.domain.regularisation_rules import Category, RegularisationBook, Stage

FIRST_STATE, CARD_DELIVERED, REFUSED = "DEPOSE", "CARTE_DELIVREE", "AVIS_DEFAVORABLE"
EXAMINED_ON_APPEAL, IRREGULAR = "RECOURS_EN_EXAMEN", "IRREGULAR"
DAY = timedelta(days=1)
_OPEN_TO_EVIDENCE = frozenset({"DEPOSE", "EN_EXAMEN_COMMISSION", "AVIS_DEFAVORABLE", "RECOURS_DEPOSE",
                               "RECOURS_EN_EXAMEN", "CARTE_DELIVREE", "RENOUVELLEMENT"})  # fmt: skip
_CODED = re.compile(r"[A-Z][A-Z0-9_]{2,39}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken.

    Attributes:
        on: The civil day of the decision or event.
        reasons: Codes and words, as given.
        proposal: What the criteria proposed at that moment.
        findings: What they found, as JSON; kept so that the decision can be read again.
        permit_id: The title that the step brought.
    """

    leaves: str | None
    to_state: str
    on: date
    reasons: tuple[str, ...]
    recorded_at: datetime
    recorded_by: str
    organisation: str
    proposal: Result | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    permit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RegularisationFile:
    """A person's file in one campaign.

    Attributes:
        reference: The bureau's own number.
        notified_on: When the unfavourable opinion was notified: the appeal's delay runs from there.
        due: The deadline that runs now.
        steps: Oldest first; the first is the filing.
    """

    id: UUID
    person_id: UUID
    campaign: str
    category: str
    bureau: str
    filed_on: date
    opened_at: datetime
    opened_by: str
    organisation: str
    reference: str | None = None
    state: str = FIRST_STATE
    version: int = 1
    notified_on: date | None = None
    due: Due | None = None
    steps: tuple[Taken, ...] = field(default=())

    @property
    def last_on(self) -> date:
        """The day of the last step."""
        return self.steps[-1].on if self.steps else self.filed_on

    def stage_day(self, stage: Stage, today: date) -> date:
        """Return the day whose rules judge the file at a stage.

        Local criteria are those of the day of filing; the appeal commission's, of the day it examined the file, so
        that a relaxation reaches files that wait; a renewal's, of today. Source: facts.md 0.2 point 1 (design).
        """
        if stage is Stage.LOCAL:
            return self.filed_on
        if stage is Stage.APPEAL:
            examined = [step.on for step in self.steps if step.to_state == EXAMINED_ON_APPEAL]
            return examined[-1] if examined else today
        return today


def check_day(pointer: str, on: date, *, not_before: date | None, today: date) -> None:
    """See that a day is not to come, and not before what it follows.

    Raises:
        RegularisationDateRefusedError: It is.
    """
    if on > today:
        raise RegularisationDateRefusedError(pointer, "date_in_future")
    if not_before is not None and on < not_before:
        raise RegularisationDateRefusedError(pointer, "date_before_previous_step")


def require_filed(book: RegularisationBook, code: str) -> Category:
    """Return a category that files are deposited in.

    Raises:
        RegularisationCodeUnknownError: There is none, or it is a ground that only the appeal commission opened.
    """
    category = book.category(code)
    if not category.filed:
        raise RegularisationCodeUnknownError("/category", [row.rule.code for row in book.categories if row.filed])
    return category


def require_bureau(book: RegularisationBook, code: str) -> None:
    """See that a bureau is on the list.

    Raises:
        RegularisationCodeUnknownError: It is not.
    """
    if code not in book.bureaus:
        raise RegularisationCodeUnknownError("/bureau", sorted(book.bureaus))


def file_warnings(category_from: Period, campaign: Period, filed_on: date) -> tuple[str, ...]:
    """Return what is odd about a filing: after the campaign closed, or in a category that came later."""
    found = []
    if campaign.end is not None and filed_on > campaign.end:
        found.append("filed-after-closing")
    if not category_from.contains(filed_on):
        found.append("category-not-in-force-then")
    return tuple(found)


def check_reasons(reasons: Sequence[str], needs: frozenset[str], book: RegularisationBook) -> None:
    """See that a step has the reasons it needs, and that codes are on the list.

    A refusal is a person's, in her own words: codes alone do not do. Source: facts.md 1.4 (reasoned opinion, S4).

    Raises:
        ReasonsNeededError: None is given, or none in words where words are needed.
        RegularisationCodeUnknownError: What looks like a code is none.
    """
    for place, reason in enumerate(reasons):
        if _CODED.fullmatch(reason) and reason not in book.reasons:
            raise RegularisationCodeUnknownError(f"/reasons/{place}", sorted(book.reasons))
    if "reasons" in needs and not reasons:
        raise ReasonsNeededError("/reasons", needs=sorted(needs))
    if "words" in needs and all(_CODED.fullmatch(reason) for reason in reasons):
        raise ReasonsNeededError("/reasons", needs=sorted(needs))


def move(file: RegularisationFile, taken: Taken, book: RegularisationBook, *, today: date) -> RegularisationFile:
    """Return the file after a step.

    Raises:
        StepRefusedError: No step leads there from where the file stands; says which do.
        ReasonsNeededError: It is a decision without its reasons.
        RegularisationDateRefusedError: The day is to come, or before the step before it.
    """
    steps = {step.to_state: step for step in book.steps_from(file.state)}
    step = steps.get(taken.to_state)
    if step is None:
        book.state(taken.to_state)
        raise StepRefusedError("/to", state=file.state, allowed=sorted(steps))
    check_reasons(taken.reasons, step.needs, book)
    check_day("/on", taken.on, not_before=file.last_on, today=today)
    moved = replace(file, state=taken.to_state, version=file.version + 1, steps=(*file.steps, taken))
    if taken.to_state == REFUSED:
        moved = replace(moved, notified_on=None)
    return with_due(moved, book)


def notify(file: RegularisationFile, on: date | None, book: RegularisationBook, *, today: date) -> RegularisationFile:
    """Return the file with the day on which the unfavourable opinion was notified; None takes it back.

    Raises:
        StepRefusedError: There is no unfavourable opinion to notify.
        RegularisationDateRefusedError: The day is to come, or before the opinion.
    """
    refused = [step.on for step in file.steps if step.to_state == REFUSED]
    if not refused:
        raise StepRefusedError("/notified_on", state=file.state, allowed=[REFUSED])
    if on is not None:
        check_day("/notified_on", on, not_before=refused[-1], today=today)
    return with_due(replace(file, notified_on=on), book)


def with_due(file: RegularisationFile, book: RegularisationBook) -> RegularisationFile:
    """Return the file with the deadline that runs in its state."""
    due = due_of(book.deadlines, file.state, file.filed_on, file.notified_on)
    return replace(file, due=due)


def require_open_to_evidence(file: RegularisationFile) -> None:
    """See that evidence may still be added, changed or taken back.

    Raises:
        FileSettledError: What the file was judged on stays as it is, until an appeal opens it again.
    """
    if file.state not in _OPEN_TO_EVIDENCE:
        raise FileSettledError(state=file.state)


@dataclass(frozen=True, slots=True)
class DeliveredCard:
    """What is printed on a card; what is left out is as the rules say.

    Attributes:
        number_norm: Normalised number, empty without one.
        start: Its first day.
        end: Its last day.
        permit_id: A title that is on her record already, as one that a renewal has brought.
    """

    number: str | None = None
    number_norm: str = ""
    start: date | None = None
    end: date | None = None
    permit_id: UUID | None = None


def card_of(file: RegularisationFile, card: DeliveredCard, book: RegularisationBook, on: date) -> Permit:
    """Return the residence title that a delivery brings. Source: facts.md 2.1 (S9, S15, S35).

    Raises:
        CardRefusedError: No rule says which card is delivered on this day, or its days are reversed.
    """
    rule = book.card_after(file.state, on)
    if rule is None:
        raise CardRefusedError("/on")
    kind = book.category(file.category).permit or rule.permit
    start = card.start or on
    end = card.end or after_months(start, rule.months) - DAY
    if end < start:
        raise CardRefusedError("/card/valid_to")
    return Permit(kind, card.number, card.number_norm, Period(start, end))


def status_brought(
    file: RegularisationFile, book: RegularisationBook, on: date, known: Sequence[LegalStatus]
) -> LegalStatus | None:
    """Return the legal status that a first card brings; None where she has it already."""
    code = book.campaign(file.campaign).status
    valid = Period(on, None)
    held = any(status.code == code and status.valid.overlaps(valid) for status in known)
    return None if held else LegalStatus(code, valid)


def earlier_status(known: Sequence[LegalStatus], on: date) -> LegalStatus | None:
    """Return the irregular stay that a card ends, as it ends on the eve; None where none runs."""
    for status in known:
        if status.code == IRREGULAR and status.valid.contains(on) and status.valid.contains(on - DAY):
            return replace(status, valid=Period(status.valid.start, on - DAY))
    return None


def step_warnings(before: RegularisationFile, after: RegularisationFile) -> tuple[str, ...]:
    """Return what is odd about a step: one taken after the deadline that it keeps."""
    taken = after.steps[-1]
    late = before.due is not None and before.due != after.due and taken.on > before.due.on
    return ("after-deadline",) if late else ()
