"""Determinations on the wire: the public request, the internal question with the registry's facts, and the answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.health.coverage.contract.facts import CoverageFacts
from services.health.coverage.contract.fields import Amount, CoveragePage, CoverageRule, CoverageTexts, SchemeCode
from services.health.coverage.domain import facts as records
from services.health.coverage.domain.facts import Relation, Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.rules import Category, Certainty, Criterion
from services.kit.fields import CivilDate, StrictModel
from services.kit.periods import Result

YesNo = Annotated[bool, Field(strict=True)] | None
Score = Annotated[Decimal, Field(ge=0, le=1000, max_digits=15)]
Income = Annotated[Decimal, Field(ge=0, le=1_000_000_000, decimal_places=2)]
EXAMPLE: dict[str, Any] = {
    "person_id": "0199c1d2-7a4e-7c3b-9b1a-2f6d8e4c5a10",
    "scheme": None,
    "as_of": "2026-11-23",
    "declared": {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True},
}


class CoverageDeclaration(StrictModel):
    """What was declared or shown at the desk. Leave out what is not known: null is "not known", never "no"."""

    rsu_score: Score | None = Field(
        default=None, description="RSU score; a string keeps every digit", examples=["9.3264284"]
    )
    rsu_registered: YesNo = Field(default=None, description="Whether the household is in the RSU; a score implies it")
    rsu_review_on: CivilDate | None = Field(default=None, description="Last day on which the score counts")
    rnp_registered: YesNo = Field(default=None, description="Whether every member of the household has an IDCS")
    other_amo: YesNo = Field(default=None, description="Whether the person is in another AMO scheme")
    indigent: YesNo = Field(default=None, description="Whether the person is recognised as without means")
    income_mad_year: Income | None = Field(default=None, description="Weighted income per person and year, in MAD")
    student: YesNo = Field(default=None, description="Whether studies are proven")
    disabled: YesNo = Field(default=None, description="Whether a disability is certified")
    married: YesNo = Field(default=None, description="Whether the person is married; asked of students over 21")
    employed: YesNo = Field(default=None, description="Whether an employer declares the person to the CNSS")
    self_employed: YesNo = Field(default=None, description="Whether the person is registered as self-employed")
    contribution_paid: YesNo = Field(default=None, description="Whether contributions are paid up")
    identity_attested: YesNo = Field(default=None, description="Whether two witnesses in the RNP attest the identity")
    resides_in_morocco: YesNo = None
    relation: Relation | None = Field(default=None, description="Given when cover is claimed through a head of family")
    link_proven: YesNo = Field(default=None, description="Whether a deed proves the relation")
    head_scheme: SchemeCode | None = Field(default=None, description="The scheme that covers the head, or `NONE`")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.rsu_score is not None and self.rsu_registered is False:
            raise PydanticCustomError("contradictory_declaration", "A score implies that the household is in the RSU")
        return self

    def to_domain(self) -> records.Declared:
        """Return it as the domain knows it."""
        return records.Declared(**self.model_dump())


class DeterminationRequest(StrictModel):
    """Ask which coverage a person is entitled to."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    person_id: UUID
    scheme: SchemeCode | None = Field(default=None, description="One scheme; null: the best of all in force")
    as_of: CivilDate | None = Field(default=None, description="Civil date asked about; null: today in Morocco")
    declared: CoverageDeclaration | None = None


class DeterminationQuestion(DeterminationRequest):
    """The same with the registry's facts, as the gateway sends it to this service."""

    facts: CoverageFacts | None = Field(
        default=None, description="null when the registry is out of reach: the facts that the feed brought are used"
    )


class CriterionFinding(StrictModel):
    """What one criterion found, on which fact, by which rule."""

    code: Criterion
    result: Result
    fact: str = Field(description="The fact it rests on, or would rest on", examples=["rsu_score"])
    fact_value: Any = Field(description="That fact's value; null when not known", examples=["9.6"])
    fact_source: Source
    reason: str | None = Field(description="Why it did not pass", examples=[None])
    rule: CoverageRule | None


class ReasonExplained(CoverageTexts):
    """A reason in the three languages."""

    reason: str = Field(examples=["R_SCORE_SUP_SEUIL"])


class MissingCoverageFact(StrictModel):
    """A fact to bring, the proofs that settle it and where they are had."""

    fact: str = Field(examples=["rsu_score"])
    criteria: list[Criterion]
    accepted_proofs: list[str] = Field(examples=[["RSU_STATEMENT"]])
    where: str | None = Field(examples=["CITIZEN_SERVICE_CENTRE"])


class NeededFact(StrictModel):
    """How a fact would have to be."""

    criterion: Criterion
    fact: str = Field(examples=["rsu_score"])
    needed: Any = Field(examples=[{"at_most": "9.3264284"}])


class CoverageWouldBecome(StrictModel):
    """What the answer becomes once every fact listed is as needed."""

    model_config = ConfigDict(populate_by_name=True)

    status: Status
    if_: list[NeededFact] = Field(alias="if")


class CoverageAppeal(StrictModel):
    """Where the decision can be contested, once a human has confirmed it."""

    body: str = Field(examples=["CNSS"])
    name: CoverageTexts
    delay_days: int
    rule: CoverageRule


class CoverageDocument(StrictModel):
    """A document of the scheme's file."""

    model_config = ConfigDict(populate_by_name=True)

    code: str = Field(examples=["SCHEME_FORM"])
    requirement: str = Field(examples=["required"])
    for_: Literal["ALL", "DEPENDANTS", "IF_USED"] = Field(alias="for")
    certainty: Certainty
    source: str


class CriterionResult(StrictModel):
    """One criterion of a scheme, in short."""

    code: Criterion
    result: Result
    reason: str | None


class SchemeOutcome(StrictModel):
    """What one scheme answers; minimum access is listed too, and is open to everyone."""

    scheme: str
    category: Category
    status: Status
    reasons: list[str]
    missing: list[str] = Field(description="Facts not known")
    criteria: list[CriterionResult]
    effective_from: date | None
    effective_to: date | None
    end_reason: EndReason | None
    contribution_mad_month: Amount | None


class FactsDecidedOn(StrictModel):
    """Which facts of the registry it was decided on, and by which road they came."""

    version: int
    recorded_at: datetime
    source: Source


class DeterminationConfirmation(StrictModel):
    """Who stands for the determination; until then it is a proposal."""

    confirmed_at: datetime
    confirmed_by: str
    organisation: str
    entitlement_id: UUID | None = Field(description="The right that a yes opened")


class Determination(StrictModel):
    """The answer, criterion by criterion. It never refuses care: `minimum_access` is never empty."""

    id: UUID
    person_id: UUID
    status: Status
    scheme: str | None = Field(description="The scheme that answers; null when none is in force on the day")
    scheme_asked: str | None
    as_of: date
    evaluated_at: datetime
    effective_from: date | None
    effective_to: date | None = Field(description="Last day, included; null: open")
    end_reason: EndReason | None
    criteria: list[CriterionFinding]
    reasons: list[str]
    explanations: list[ReasonExplained]
    missing: list[MissingCoverageFact]
    would_become: CoverageWouldBecome | None
    minimum_access: Annotated[list[str], Field(min_length=1, examples=[["URGENCE", "HOPITAL_EGALITE", "ESSP_FREE"]])]
    contribution_mad_month: Amount | None = Field(description="MAD a month; null where no amount is known or due")
    appeal: CoverageAppeal | None
    documents: list[CoverageDocument]
    schemes: list[SchemeOutcome]
    rule_set: str = Field(description="Hash of the rules it was decided under")
    weakest_certainty: Certainty | None = Field(description="The least certain rule it rests on")
    facts_used: FactsDecidedOn
    confirmation: DeterminationConfirmation | None


class DeterminationSummary(StrictModel):
    """A determination in short."""

    id: UUID
    person_id: UUID
    status: Status
    scheme: str | None
    as_of: date
    evaluated_at: datetime
    effective_from: date | None
    effective_to: date | None
    reasons: list[str]
    confirmed_at: datetime | None


class DeterminationPage(CoveragePage):
    """A person's determinations, the newest first."""

    items: list[DeterminationSummary]


class DeterminationComparison(StrictModel):
    """The same facts under the rules of then and of now."""

    id: UUID
    rule_set: str
    current_rule_set: str
    differing: list[str] = Field(
        description="Members of the answer that would change", examples=[["status", "reasons"]]
    )
    decided: dict[str, Any]
    current: dict[str, Any]
