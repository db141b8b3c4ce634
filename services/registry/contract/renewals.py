"""Shapes of renewals of residence titles, and of the answer whether a stay is covered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, Code, StrictModel, Text
from services.registry.contract.persons import WriteMeta
from services.registry.domain.renewals import RenewalState
from services.registry.domain.residence import Basis, Why


class NewReceipt(StrictModel):
    """The receipt that stands for a title while its renewal is looked at; how long it runs is a dated rule."""

    number: Text | None = Field(default=None, examples=["R-2027-0815"])
    valid_from: CivilDate | None = Field(
        default=None,
        description="Its first day. Of the first receipt the day of filing, of a later one the day after "
        "the last receipt's end, when left out",
    )


class NewRenewal(StrictModel):
    """A request to renew a title. Filed late it is taken, with a warning: nothing covers the days between."""

    filed_on: CivilDate
    receipt: NewReceipt = Field(default=NewReceipt())


class NewTitle(StrictModel):
    """The title that a granted request leads to. Left out, its type and length are those of the rules."""

    type: Code | None = Field(default=None, examples=["REG3"])
    number: Text | None = Field(default=None, examples=["C350356A"])
    mention: Code | None = None
    valid_from: CivilDate
    valid_to: CivilDate | None = None


class Granted(StrictModel):
    """The request is granted."""

    outcome: Literal["GRANTED"]
    on: CivilDate = Field(description="The day of the decision; its receipts end with it")
    title: NewTitle


class Closed(StrictModel):
    """The request is refused, or given up."""

    outcome: Literal["REFUSED", "ABANDONED"]
    on: CivilDate
    reason: Text


NewOutcome = Annotated[Granted | Closed, Field(discriminator="outcome")]


class RenewalBody(StrictModel):
    """A request for renewal."""

    id: UUID
    permit_id: UUID = Field(description="The title that is to be renewed")
    state: RenewalState
    filed_on: CivilDate
    late: bool = Field(description="Whether the title had ended when it was filed")
    receipts: list[UUID] = Field(description="Ids of its receipts, among the person's titles")
    decided_on: CivilDate | None
    reason: str | None
    granted_permit_id: UUID | None
    filed_at: datetime = Field(description="When the register learnt of it")
    decided_at: datetime | None
    meta: WriteMeta | None = Field(default=None, description="In answers to writes")


class RenewalList(StrictModel):
    """The renewals of one title, oldest first."""

    items: list[RenewalBody]
    next: None = None


class AlertBody(StrictModel):
    """A day on which the bearer should be told that the title ends."""

    days_before: int
    on: CivilDate


class EndingBody(StrictModel):
    """The end of the title that counts: when to renew, into what, for how much."""

    on: CivilDate = Field(description="The title's last day")
    renew_from: CivilDate | None = Field(description="From when on a renewal is best filed")
    renews_to: str = Field(description="The type of title that follows", examples=["REG3"])
    alerts: list[AlertBody]
    fee_mad: int | None = Field(description="What the next title costs, when its type has one length")


class Explanation(StrictModel):
    """What to tell the person."""

    fr: str
    ar: str
    en: str


class ResidenceBody(StrictModel):
    """Whether a stay is covered on a day."""

    person_id: UUID
    on: CivilDate
    covered: bool
    reason: Why
    explanation: Explanation
    basis: Basis | None = Field(description="What covers it; null when nothing does")
    permit_id: UUID | None = Field(description="The title or receipt that covers it")
    renewal_id: UUID | None = Field(description="The request that a receipt was given for")
    until: CivilDate | None = Field(description="The last day without a gap; null when open, or when nothing covers")
    ending: EndingBody | None
