"""Shapes of regularisation files: filed, moved, shown with their deadlines and what may follow."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from services.kit.fields import CivilDate, Code, LongText, StrictModel, Text
from services.kit.periods import Result
from services.registry.domain.regularisation_rules import FactKind, Requirement, Stage

MOST_REASONS, MOST_DOCUMENTS = 20, 50
BureauCode = Annotated[str, Field(strict=True, pattern=r"^[A-Z-]{3,40}$")]
FactCode = Annotated[str, Field(strict=True, pattern=r"^[a-z_]{3,40}$")]
Documents = Annotated[
    list[UUID], Field(default_factory=list, max_length=MOST_DOCUMENTS, description="Ids of her documents")
]


class RegularisationTexts(StrictModel):
    """A text in the three languages."""

    fr: str
    ar: str
    en: str


class RegularisationRule(StrictModel):
    """A rule row: what holds from when to when, how certain that is, and where it was read."""

    model_config = ConfigDict(populate_by_name=True)

    code: str = Field(examples=["R2017.LOCAL.CONJOINT_MAROCAIN"])
    value: Any = Field(examples=[2])
    from_: date | None = Field(alias="from", description="First day, included; null: always was")
    to: date | None = Field(description="Last day, included; null: until further notice")
    certainty: str = Field(examples=["verified"])
    source: str = Field(examples=["S12"])


class NewRegularisationFile(StrictModel):
    """A file to open."""

    person_id: UUID
    campaign: Code = Field(examples=["R2017"], description="Code of /v1/regularisation-rules/campaigns")
    category: Code = Field(examples=["CONJOINT_MAROCAIN"], description="Code of /v1/regularisation-rules/categories")
    bureau: BureauCode = Field(examples=["MA-RAB"], description="Code of /v1/regularisation-rules/bureaus")
    filed_on: CivilDate = Field(examples=["2017-03-15"])
    reference: Text | None = Field(default=None, description="The bureau's own number")


class RegularisationFilePatch(StrictModel):
    """What of a file can be amended."""

    category: Code | None = None
    bureau: BureauCode | None = None
    reference: Text | None = None
    notified_on: CivilDate | None = Field(default=None, description="When an unfavourable opinion was notified")


class RegularisationCard(StrictModel):
    """What is printed on a card; what is left out is as the rules say. Or the title that a renewal has brought."""

    number: Text | None = Field(default=None, examples=["R123456A"])
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None
    permit_id: UUID | None = Field(default=None, description="A title on her record, instead of a new one")


class NewRegularisationStep(StrictModel):
    """A step to take."""

    to: Code = Field(description="Code of /v1/regularisation-rules/states", examples=["EN_EXAMEN_COMMISSION"])
    on: CivilDate = Field(description="The day of the decision or event", examples=["2017-04-20"])
    reasons: Annotated[list[LongText], Field(max_length=MOST_REASONS)] = Field(
        default=[],
        description="Codes of /v1/regularisation-rules/reasons, or words. A decision needs one; a refusal, words",
    )
    notified_on: CivilDate | None = Field(default=None, description="With a refusal: when it was notified")
    card: RegularisationCard | None = Field(default=None, description="With CARTE_DELIVREE")


class RegularisationFinding(StrictModel):
    """What one criterion found, on which fact, by which rule."""

    code: str = Field(examples=["common_life_years"])
    ground: str = Field(description="The category whose criterion it is", examples=["CONJOINT_MAROCAIN"])
    result: Result
    fact: str = Field(examples=["common_life_since"])
    fact_value: Any = Field(description="null when not known", examples=["2014-05"])
    fact_source: Literal["registry", "document", "declared", "rules"]
    reason: str | None = Field(description="Why it did not pass", examples=[None])
    needed: Any = Field(description="What the fact would have to be; null for PASS")
    rule: RegularisationRule | None


class RegularisationStep(StrictModel):
    """A step that was taken."""

    to: str
    leaves: str | None
    on: date
    reasons: list[str]
    proposal: Result | None = Field(description="What the criteria proposed at that moment")
    findings: list[RegularisationFinding] = Field(description="Kept as they were found then")
    permit_id: UUID | None = Field(description="The residence title that the step brought")
    recorded_at: datetime
    recorded_by: str
    organisation: str


class RegularisationDeadline(StrictModel):
    """A delay of the file."""

    code: str = Field(examples=["COMMISSION_OPINION"])
    counted_from: str = Field(examples=["filing_date"])
    counted_on: date | None = Field(description="null while that has not happened")
    due_on: date | None = Field(description="Its last day; null while it does not run")
    met_on: date | None
    overdue: bool = Field(description="It runs and has passed")
    late: bool = Field(description="It passed before it was met")
    rule: RegularisationRule


class RegularisationAppeal(StrictModel):
    """Before whom and until when a refusal can be contested."""

    body: str = Field(examples=["CNSR"])
    name: RegularisationTexts
    until: date | None = Field(description="null while the refusal has not been notified: the delay does not run")
    what_to_do: RegularisationTexts
    rule: RegularisationRule
    deadline: RegularisationRule


class PossibleStep(StrictModel):
    """A step that may follow."""

    to: str
    needs: list[str] = Field(description="`reasons`: at least one; `words`: one that is not a code")


class RegularisationWarning(StrictModel):
    """Something odd that was taken all the same."""

    code: str
    detail: str


class RegularisationMeta(StrictModel):
    """Notes on a write."""

    warnings: list[RegularisationWarning]


class RegularisationFileBody(StrictModel):
    """A file. Its category and what tells it are for those who may write: one category is data on health."""

    id: UUID
    person_id: UUID
    campaign: str
    category: str | None = Field(description="null for whoever may only read: it can be data on health")
    bureau: str
    reference: str | None
    filed_on: date
    state: str
    stage: Stage
    version: int
    notified_on: date | None
    opened_at: datetime
    opened_by: str
    organisation: str
    steps: list[RegularisationStep]
    deadlines: list[RegularisationDeadline]
    appeal: RegularisationAppeal | None
    possible: list[PossibleStep]
    withheld: list[str] = Field(description="Members that only those who may write are shown")
    meta: RegularisationMeta | None = Field(default=None, description="In the answer to a write")


class RegularisationFilePage(StrictModel):
    """Files, oldest first."""

    items: list[RegularisationFileBody]
    next: str | None


class MissingRegularisationFact(StrictModel):
    """A fact to bring, and the papers that settle it."""

    fact: str
    grounds: list[str]
    accepted_proofs: list[str]


class RegularisationFindings(StrictModel):
    """What the criteria of a stage find. A proposal: a human decides."""

    file_id: UUID
    stage: Stage
    on: date = Field(description="The day whose rules were applied")
    proposal: Result
    criteria: list[RegularisationFinding]
    missing: list[MissingRegularisationFact]
    weakest_certainty: str | None = Field(description="The least certain rule it rests on")


class NewRegularisationEvidence(StrictModel):
    """A fact to declare for a file."""

    fact: FactCode = Field(description="Code of /v1/regularisation-rules/facts", examples=["common_life_since"])
    value: StrictBool | Text = Field(
        description="By kind: `2014`, `2014-05` or `2014-05-12`; true or false; a code of /v1/reference/school-levels",
        examples=["2014-05"],
    )
    documents: Documents


class RegularisationEvidenceBody(StrictModel):
    """A declared fact."""

    id: UUID
    fact: str
    kind: FactKind
    value: bool | str
    documents: list[UUID]
    source: Literal["document", "declared"]
    recorded_at: datetime
    recorded_by: str
    organisation: str


class RegularisationEvidenceList(StrictModel):
    """What is declared for a file now."""

    items: list[RegularisationEvidenceBody]
    next: None = None


class EvidenceRetraction(StrictModel):
    """Why a fact is taken back."""

    reason: Text


class NewRegularisationPaper(StrictModel):
    """A paper that was brought."""

    code: Code = Field(description="Code of the checklist", examples=["MARRIAGE_DEED"])
    seen_on: CivilDate | None = Field(default=None, description="Today when left out")
    documents: Documents


class RegularisationPaper(StrictModel):
    """A line of the checklist."""

    code: str
    name: RegularisationTexts
    requirement: Requirement
    status: Literal["PROVIDED", "MISSING", "NOT_BROUGHT"]
    bring: RegularisationTexts
    seen_on: date | None
    documents: list[UUID]
    rule: RegularisationRule


class RegularisationChecklist(StrictModel):
    """The papers of a file."""

    file_id: UUID
    complete: bool
    missing: list[str]
    items: list[RegularisationPaper]
    next: None = None
