"""Shapes of documents."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, Code, StrictModel, Text
from services.registry.domain.documents import DocumentState


class DocumentDetails(StrictModel):
    """What is said about a document. A merge patch: members left out stay, null removes."""

    type: Code | None = Field(default=None, description="Code of /v1/reference/document-types", examples=["PASSPORT"])
    title: Text | None = None
    issuer: Text | None = Field(default=None, examples=["SEN"])
    issued_on: CivilDate | None = None
    expires_on: CivilDate | None = None


class DocumentBody(StrictModel):
    """An uploaded document, without its content."""

    id: UUID
    person_id: UUID
    version: int
    type: str
    title: str | None
    issuer: str | None
    issued_on: CivilDate | None
    expires_on: CivilDate | None
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes")
    sha256: str = Field(description="Of the content, 64 hexadecimal characters")
    state: DocumentState = Field(description="`quarantined` until it was examined; only `available` ones are given out")
    reason: str | None = Field(description="Why it was refused: damaged, active-content, malware")
    organisation: str
    uploaded_at: datetime
    examined_at: datetime | None
    examined_by: str | None = Field(description="`structure`, or `scanner` when a virus scanner looked too")
    verified_by: str | None
    verified_at: datetime | None
    verification_method: str | None


class DocumentList(StrictModel):
    """A person's documents, oldest first."""

    items: list[DocumentBody]
    next: str | None


class Verification(StrictModel):
    """How a document was found to be genuine."""

    method: Literal["original_seen", "issuer_asked", "register_lookup"]


class Retraction(StrictModel):
    """Why a document does not belong here."""

    reason: Text = Field(examples=["Uploaded for another person"])


class DocumentLink(StrictModel):
    """Where the content can be fetched, without a token, until it expires."""

    url: str = Field(examples=["/v1/document-links/eyJ..."])
    expires_at: datetime
