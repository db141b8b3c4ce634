"""Wire models of partners, clients, agreements and proposals."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.gateway.access.domain.agreements import AgreementState, Rows, Standing
from services.gateway.access.domain.approvals import ApprovalState
from services.kit.callers import Purpose
from services.kit.fields import CivilDate, LongText, StrictModel, Text

PartnerKind = Literal["public_body", "care_provider", "training_provider", "civil_society", "service"]
AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
GrantType = Literal["client_credentials", "authorization_code", "refresh_token"]
ApplicationType = Literal["service", "web", "native"]
PartnerCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
ClientId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$")]
ScopeName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z_]{1,40}:[a-z_]{1,40}$")]
Word = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z_]{1,40}$")]
Uri = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500, pattern=r"^[!-~]+$")]
Scopes = Annotated[list[ScopeName], Field(max_length=60)]
Keys = Annotated[list[dict[str, Any]], Field(max_length=10)]


class NewPartner(StrictModel):
    """An organisation to take in."""

    code: PartnerCode = Field(description="Names it for ever, in tokens and in the trail", examples=["clinic-rabat"])
    name: Text = Field(examples=["Clinique de Rabat"])
    kind: PartnerKind


class PartnerPatch(StrictModel):
    """What may be changed of an organisation."""

    name: Text | None = None
    active: bool | None = Field(None, description="`false` stops its clients at once; `true` is a proposal")


class PartnerBody(StrictModel):
    """An organisation."""

    id: UUID
    code: str
    name: str
    kind: str
    active: bool
    version: int


class PartnerPage(StrictModel):
    """One page of organisations."""

    items: list[PartnerBody]
    next: str | None = Field(description="Cursor of the next page; null at the end")


class ResourceTerms(StrictModel):
    """One resource of an agreement."""

    resource: Word = Field(description="Of `/v1/data-catalogue`", examples=["persons"])
    actions: Annotated[list[Word], Field(min_length=1, max_length=20)] = Field(examples=[["read", "search"]])
    fields: Annotated[list[Word], Field(max_length=200)] | None = Field(
        None, description="What may be shown and written; all where null", examples=[["names", "sex", "birth"]]
    )
    rows: Rows = Field(Rows.ALL, description="Everybody's, or those that the organisation has made itself")


Resources = Annotated[list[ResourceTerms], Field(min_length=1, max_length=40)]
Purposes = Annotated[list[Purpose], Field(min_length=1, max_length=20)]
Authorisation = Annotated[Text, Field(description="Number of the authorisation (CNDP)", examples=["A-S-123/2026"])]


class NewAgreement(StrictModel):
    """What is proposed to be agreed."""

    authorisation_number: Authorisation
    purposes: Purposes
    resources: Resources
    valid_from: CivilDate
    valid_to: CivilDate | None = Field(None, description="Its last day; until it is ended, where null")


class AgreementPatch(StrictModel):
    """A narrower agreement: fewer purposes, resources, actions, fields, rows or days."""

    purposes: Purposes | None = None
    resources: Resources | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None


class AgreementBody(StrictModel):
    """An agreement."""

    id: UUID
    authorisation_number: str
    purposes: list[str]
    resources: list[ResourceTerms]
    valid_from: date
    valid_to: date | None
    state: AgreementState
    standing: Standing = Field(description="What it is worth today")
    ended_on: date | None
    version: int


class AgreementPage(StrictModel):
    """One page of agreements."""

    items: list[AgreementBody]
    next: str | None = Field(description="Cursor of the next page; null at the end")


class Decision(StrictModel):
    """Why something is rejected, ended or revoked."""

    reason: LongText | None = None


class ClientTerms(StrictModel):
    """What a client is."""

    name: Text
    scopes: Scopes
    token_endpoint_auth_method: AuthMethod = Field("client_secret_basic", description="How it proves itself")
    grant_types: Annotated[list[GrantType], Field(min_length=1, max_length=3)] = Field(["client_credentials"])
    redirect_uris: Annotated[list[Uri], Field(max_length=10)] = Field([], description="Where codes may be sent")
    jwks: Keys = Field([], description="Public keys (P-256) for `private_key_jwt`")
    dpop_required: bool = Field(False, description="Whether its tokens are always bound to a key of its own (RFC 9449)")
    application_type: ApplicationType = "service"
    serves_persons: bool = Field(
        False, description="Whether it acts for one person at a time: its calls about persons name her in `Acting-For`"
    )


class NewClient(ClientTerms):
    """A client to make."""

    client_id: ClientId | None = Field(None, description="Made up where left out")


class ClientPatch(StrictModel):
    """What may be changed of a client."""

    name: Text | None = None
    scopes: Scopes | None = None
    token_endpoint_auth_method: AuthMethod | None = None
    grant_types: Annotated[list[GrantType], Field(min_length=1, max_length=3)] | None = None
    redirect_uris: Annotated[list[Uri], Field(max_length=10)] | None = None
    jwks: Keys | None = None
    dpop_required: bool | None = None
    application_type: ApplicationType | None = None
    serves_persons: bool | None = Field(None, description="`false` after `true` is a proposal")
    active: bool | None = Field(None, description="`false` stops it at once; `true` is a proposal")


class SecretBody(StrictModel):
    """A secret in force; the secret itself is not kept."""

    created_at: datetime
    expires_at: datetime | None


class ClientBody(ClientTerms):
    """A client."""

    client_id: str
    state: Literal["active", "proposed", "stopped"]
    version: int
    created_at: datetime
    secrets: list[SecretBody]


class IssuedClientBody(ClientBody):
    """A client with its new secret."""

    client_secret: str | None = Field(
        description="Shown this once; null where it has none, and where the answer is given again"
    )
    approval_id: UUID | None = Field(description="The proposal that waits for a second person, if one does")


class ClientPage(StrictModel):
    """One page of clients."""

    items: list[ClientBody]
    next: str | None = Field(description="Cursor of the next page; null at the end")


class Rotation(StrictModel):
    """How a secret is replaced."""

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = Field(
        24, description="How long the old secret works on; 0 ends it at once"
    )


class OwnBody(StrictModel):
    """What a caller's own organisation may do."""

    partner: PartnerBody
    clients: list[ClientBody]
    agreements: list[AgreementBody]


class ApprovalBody(StrictModel):
    """A change that waits, or waited, for a second person."""

    id: UUID
    kind: str = Field(examples=["agreement"])
    target: str = Field(description="The id of what is to change")
    partner_id: UUID | None
    payload: dict[str, Any] = Field(description="What is proposed")
    state: ApprovalState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class ApprovalPage(StrictModel):
    """One page of proposals."""

    items: list[ApprovalBody]
    next: str | None = Field(description="Cursor of the next page; null at the end")


class RightsChangeBody(StrictModel):
    """One change of rights."""

    at: datetime
    kind: str = Field(examples=["agreement_narrowed"])
    target: str
    version: int
    by: str
    client_id: str
    request_id: str = Field(description="Of the request, as in the audit trail")
    document: dict[str, Any] = Field(description="What the target said then")


class RightsChangePage(StrictModel):
    """One page of changes."""

    items: list[RightsChangeBody]
    next: str | None = Field(description="Cursor of the next page; null at the end")


class LabelBody(StrictModel):
    """A word in the three languages."""

    fr: str
    ar: str
    en: str


class CatalogueEntry(StrictModel):
    """A resource that an agreement can be about."""

    resource: str
    label: LabelBody
    personal: bool = Field(description="Whether it is about persons")
    own_rows: bool = Field(description="Whether `rows: own` can be agreed")
    actions: dict[str, LabelBody]
    fields: dict[str, LabelBody]


class CatalogueBody(StrictModel):
    """What agreements can be about."""

    items: list[CatalogueEntry]
    next: str | None = Field(description="Always null: it is one page")
