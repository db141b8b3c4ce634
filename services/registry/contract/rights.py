"""Shapes of the rights of a person: notices, consents, oppositions, rectifications."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.kit.callers import Purpose
from services.kit.fields import CivilDate, Code, LongText, StrictModel
from services.kit.problems import Language
from services.registry.domain.consents import Channel, ConsentState, Giver
from services.registry.domain.oppositions import OppositionState
from services.registry.domain.rectifications import RectificationState

MOST_DOCUMENTS, MOST_PURPOSES, MOST_FIELDS = 20, 20, 30

Organisation = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["ofppt"])]
"""Code of a partner."""
Documents = Annotated[list[UUID], Field(max_length=MOST_DOCUMENTS)]
FieldName = Annotated[str, Field(strict=True, pattern=r"^[a-z_]{1,40}$", examples=["birth"])]


class NoticeText(StrictModel):
    """A notice in one language."""

    title: str
    body: str = Field(description="Who keeps the data, what for, who receives them")
    rights: str


class NoticeBody(StrictModel):
    """One version of what persons are told."""

    code: str
    version: int
    purpose: str
    texts: dict[Language, NoticeText]
    valid_from: CivilDate | None
    valid_to: CivilDate | None
    certainty: str
    source: str


class NoticePage(StrictModel):
    """Notices of a day."""

    items: list[NoticeBody]
    next: None = None


class NoticeRef(StrictModel):
    """Which notice was shown."""

    code: Code
    version: Annotated[int, Field(strict=True, ge=1, le=1000)]


class NewConsent(StrictModel):
    """What a person agrees to, having been shown a notice."""

    purpose: Purpose
    recipient: Organisation | None = Field(default=None, description="Null: whoever serves the purpose")
    notice: NoticeRef
    language: Language = Field(description="In which the notice was shown")
    channel: Channel
    given_by: Giver = Giver.PERSON
    given_on: CivilDate | None = Field(default=None, description="Today when left out")
    expires_on: CivilDate | None = None
    documents: Documents = Field(default=[], description="Ids of her documents that show it")


class EffectBody(StrictModel):
    """What the withdrawal of a consent does."""

    code: str
    text: str


class ConsentBody(StrictModel):
    """A consent as recorded."""

    id: UUID
    person_id: UUID
    number: str = Field(description="On the receipt")
    state: ConsentState
    purpose: str
    recipient: str | None
    notice: NoticeRef
    language: str
    channel: Channel
    given_by: Giver
    given_on: CivilDate
    expires_on: CivilDate | None
    documents: list[UUID]
    recorded_at: datetime
    organisation: str = Field(description="Who recorded it")
    ended_on: CivilDate | None
    end_reason: str | None
    end_channel: Channel | None
    effects: list[EffectBody] = Field(description="What the withdrawal did; before it, what it would do")


class ConsentPage(StrictModel):
    """Consents, newest first."""

    items: list[ConsentBody]
    next: str | None


class Withdrawal(StrictModel):
    """The end of a consent, as the person wishes."""

    on: CivilDate | None = Field(default=None, description="Today when left out")
    channel: Channel
    reason: LongText | None = Field(default=None, description="Hers to give or to keep")


class ReceiptBody(StrictModel):
    """What the person takes home."""

    number: str
    language: str
    on: CivilDate
    title: str
    lines: list[str] = Field(description="What was agreed to or withdrawn, what follows, and her rights")


class NewOpposition(StrictModel):
    """What a person says no to."""

    recipient: Organisation | None = Field(default=None, description="Who is to receive nothing; null: nobody at all")
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=MOST_PURPOSES)] | None = Field(
        default=None, description="Null: every purpose"
    )
    grounds: LongText
    channel: Channel
    received_on: CivilDate | None = Field(default=None, description="Today when left out")
    documents: Documents = Field(default=[])


class OppositionBody(StrictModel):
    """An opposition and what became of it."""

    id: UUID
    person_id: UUID
    number: str
    state: OppositionState = Field(description="Sharing is stopped while it is received or upheld")
    recipient: str | None
    purposes: list[str] | None
    stopped: list[str] = Field(description="Purposes for which nothing is shared")
    statutory: list[str] = Field(description="Purposes that a law demands; they go on")
    grounds: str
    channel: Channel
    received_on: CivilDate
    due_on: CivilDate = Field(description="The last day to assess it")
    overdue: bool
    documents: list[UUID]
    recorded_at: datetime
    organisation: str
    assessed_at: datetime | None
    reasons: str | None
    ended_at: datetime | None
    end_reason: str | None
    appeal: str | None = Field(description="Where a rejection can be contested")


class OppositionPage(StrictModel):
    """Oppositions, newest first."""

    items: list[OppositionBody]
    next: str | None


class Assessment(StrictModel):
    """Whether the grounds hold."""

    outcome: Literal["upheld", "rejected"]
    reasons: LongText


class Taking(StrictModel):
    """Why something is taken back."""

    reason: LongText | None = None


class NewRectification(StrictModel):
    """What is wrong, in the person's words."""

    fields: Annotated[list[FieldName], Field(min_length=1, max_length=MOST_FIELDS)]
    said: LongText = Field(description="What is wrong with it")
    wanted: LongText = Field(description="What it should say")
    channel: Channel
    received_on: CivilDate | None = Field(default=None, description="Today when left out; the clock starts here")
    documents: Documents = Field(default=[])


class RectificationAnswer(StrictModel):
    """The answer that the person gets."""

    outcome: Literal["accepted", "partly_accepted", "refused", "withdrawn"]
    reasons: LongText
    change_request_id: UUID | None = Field(default=None, description="The approved change that puts it right")


class RecipientBody(StrictModel):
    """An organisation that has read the old value and is to be told."""

    organisation: str
    reads: int
    first_at: datetime
    last_at: datetime
    purposes: list[str]


class RectificationBody(StrictModel):
    """A request and its answer."""

    id: UUID
    person_id: UUID
    number: str
    state: RectificationState
    fields: list[str]
    said: str
    wanted: str
    channel: Channel
    documents: list[UUID]
    received_on: CivilDate
    due_on: CivilDate = Field(description="Ten clear days after it came in. Source: law 09-08 art. 8")
    days_left: int | None = Field(description="Negative when it is late; null once it is answered")
    overdue: bool
    recorded_at: datetime
    organisation: str
    change_request_id: UUID | None
    answered_on: CivilDate | None
    reasons: str | None
    recipients: list[RecipientBody] | None = Field(description="Who has read her and is to be told; null before")
    appeal: str | None = Field(description="Where a refusal can be contested")


class RectificationPage(StrictModel):
    """Requests of a person newest first; those without an answer the most urgent first."""

    items: list[RectificationBody]
    next: str | None


class RectificationFigures(StrictModel):
    """The indicator DPR01. Source: facts.md 8.2."""

    indicator: Literal["DPR01"] = "DPR01"
    period_start: CivilDate
    period_end: CivilDate
    as_of: CivilDate
    numerator: int = Field(description="Answered in time")
    denominator: int = Field(description="Answered, or late without an answer")
    value: float | None = Field(description="Per cent; null where the denominator is 0")
    target: int
    requests: int
    late: int
    open: int = Field(description="Without an answer, still in time")
    overdue: int = Field(description="Without an answer, and late")
