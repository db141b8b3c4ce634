"""Applications on the wire: the public request, the internal question with the registry's facts, and the answer."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.kit.fields import CivilDate, Code, StrictModel, Text
from services.kit.periods import Precision, Result
from services.training.courses.contract.catalogue import Rule
from services.training.courses.contract.fields import ListPage
from services.training.courses.domain.catalogue import Level
from services.training.courses.domain.enrolments import State
from services.training.courses.domain.facts import FactSource, FactsRoad
from services.training.courses.domain.findings import Criterion, Outcome, Reason, Relation


class DeclaredFacts(StrictModel):
    """What the applicant said or showed at the desk."""

    school_level: Code | None = Field(default=None, description="Her level by a paper the registry does not know yet")
    diplomas: Annotated[list[Code], Field(max_length=10)] | None = Field(
        default=None,
        description="S, Q, T, TS, BP or LICENCE; an empty list says that she has none, null that nobody asked",
        examples=[["S"]],
    )
    contract_on: CivilDate | None = Field(default=None, description="Day of the apprenticeship contract")


class ApplicationRequest(StrictModel):
    """An application to a session, as partners send it."""

    person_id: UUID
    declared: DeclaredFacts | None = None


_Part = TypeVar("_Part", bound="_FactsPart")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class _FactsPart(StrictModel):
    """A part of the registry's facts; what this area does not decide on is not read, let alone kept."""

    model_config = ConfigDict(extra="ignore")


def _in_order(part: _Part, first: date | None, last: date | None) -> _Part:
    if first is not None and last is not None and last < first:
        raise PydanticCustomError("dates_reversed", "Give a last day that is not before the first")
    return part


class BirthFacts(_FactsPart):
    """The days on which she may have been born."""

    earliest: CivilDate | None
    latest: CivilDate | None
    precision: Precision

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        return _in_order(self, self.earliest, self.latest)


class LegalStatusFacts(_FactsPart):
    """A legal status, with its days where they are known."""

    code: Code
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        return _in_order(self, self.valid_from, self.valid_to)


class ResidenceFacts(_FactsPart):
    """Where she lives."""

    region: str | None = Field(default=None, max_length=2)


class ClosedFacts(_FactsPart):
    """Callers that she is closed to; null stands for any."""

    organisation: str | None = None
    subject: str | None = None
    purposes: tuple[str, ...] | None = None


class WithheldFacts(_FactsPart):
    """From whom she is kept, and whom she may ask about."""

    persons: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    callers: Annotated[tuple[ClosedFacts, ...], Field(max_length=500)] = ()
    sees: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()


class PersonFacts(_FactsPart):
    """The registry's facts about a person, by value or from the change feed."""

    person_id: UUID
    version: int = Field(ge=1, le=1_000_000_000)
    recorded_at: AwareDatetime = Field(ge=_EARLIEST)
    birth: BirthFacts
    legal_statuses: Annotated[list[LegalStatusFacts], Field(max_length=200)]
    residence: ResidenceFacts | None = None
    school_level: Code | None = None
    deceased_on: CivilDate | None = None
    withheld: WithheldFacts | None = None


class ApplicationQuestion(ApplicationRequest):
    """An application with the registry's facts, as the gateway sends it to this service."""

    facts: PersonFacts | None = Field(description="null when the registry is out of reach: the feed's are used")

    @model_validator(mode="after")
    def _about_one_person(self) -> Self:
        if self.facts is not None and self.facts.person_id != self.person_id:
            raise PydanticCustomError("facts_of_another", "Send the facts of the person who applies")
        return self


class CriterionView(StrictModel):
    """What one criterion came to, and on what."""

    code: Criterion
    result: Result
    fact: str = Field(examples=["school_level"])
    fact_value: str | None = Field(examples=["COLLEGE_3"])
    fact_source: FactSource
    on: date = Field(description="The day the question was asked of, such as 1 September")
    reason: Reason | None
    rule: Rule | None


class MissingFact(StrictModel):
    """A fact to bring, and the papers that prove it."""

    fact: str = Field(examples=["birth"])
    accepted_proofs: list[str] = Field(examples=[["PASSPORT", "PERMIT", "BIRTH_CERTIFICATE"]])


class NeedView(StrictModel):
    """How a fact would have to be."""

    fact: str = Field(examples=["school_level"])
    relation: Relation
    values: list[str] = Field(examples=[["COLLEGE_3"]])


class ConditionView(StrictModel):
    """What would make one criterion pass: any one of the needs; without a criterion, a human's decision."""

    criterion: Criterion | None
    any_of: list[NeedView]


class WouldBecome(StrictModel):
    """What the answer becomes once every condition is met."""

    model_config = ConfigDict(populate_by_name=True)

    status: Outcome
    if_: list[ConditionView] = Field(alias="if")


class LevelOrientation(StrictModel):
    """Another level, and what admission to it would say."""

    level: Level
    status: Outcome


class Orientation(StrictModel):
    """Where to go instead."""

    levels: list[LevelOrientation] = Field(description="Levels that remain open to her, the highest first")
    tracks: list[str] = Field(description="Outside the levels", examples=[["ENF", "ASSOCIATION_COURSE"]])
    sessions: list[UUID] = Field(description="Sessions that take applications, those of her region first")


class Explanation(StrictModel):
    """A reason in the three languages."""

    reason: Reason
    fr: str
    ar: str
    en: str


class FactsUsed(StrictModel):
    """Which facts it was decided on."""

    version: int
    recorded_at: datetime
    source: FactsRoad


class Ruling(StrictModel):
    """A human's answer where the rules could not give one."""

    status: Outcome
    reason: str
    by: str
    at: datetime


class Application(StrictModel):
    """An application with the answer and all that explains it."""

    id: UUID
    session_id: UUID
    person_id: UUID
    version: int
    created_at: datetime
    organisation: str = Field(description="The partner that filed it")
    state: State
    status: Outcome = Field(description="The answer in force: the ruling's where there is one, else the rules'")
    as_of: date
    criteria: list[CriterionView]
    reasons: list[Reason]
    explanations: list[Explanation]
    missing: list[MissingFact]
    would_become: WouldBecome | None
    orientation: Orientation | None = Field(description="Given when the answer is no")
    rule_set: str = Field(description="Fingerprint of the rules it was decided under")
    facts_used: FactsUsed
    declared: DeclaredFacts
    ruling: Ruling | None


class ApplicationPage(ListPage):
    """A page of applications, in the order they came."""

    items: list[Application]


class DecisionRequest(StrictModel):
    """A human's answer to an application that was referred, or that waits for a fact she has seen proven."""

    status: Literal[Outcome.ADMISSIBLE, Outcome.NOT_ADMISSIBLE]
    reason: Text = Field(examples=["Admission recommended by the commission of 12 September"])
