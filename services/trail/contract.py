"""Wire models of the trail, as services publish them to the gateway and the gateway to auditors."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.kit.fields import StrictModel


class RecordBody(StrictModel):
    """A row as it is sealed: its canonical JSON (RFC 8785) after a zero byte, hashed by SHA-256, is its leaf."""

    seq: int = Field(description="Its place, from 0 without gaps")
    id: UUID
    at: str = Field(description="RFC 3339, UTC, six digits of the second")
    action: str = Field(description="The operation, by its operationId")
    outcome: str = Field(description="`ok`, `replayed`, or `refused:` and why")
    subject: str = Field(description="Who acted: a client, or a person of the partner's staff")
    client_id: str
    organisation: str
    purpose: str | None
    persons: list[str] = Field(description="Whose data: pseudonyms")
    request_id: str


class SealedRecordBody(StrictModel):
    """A row with its leaf."""

    record: RecordBody
    leaf: str = Field(description="Hash of the row at its place, 64 hexadecimal digits")


class RecordsBody(StrictModel):
    """Sealed rows in order."""

    items: list[SealedRecordBody]
    next: int | None = Field(description="Pass it as `after` to read on; null at the end")


class CheckpointBody(StrictModel):
    """A signed root."""

    size: int = Field(description="Rows it covers")
    root: str = Field(description="64 hexadecimal digits")
    at: datetime
    note: str = Field(description="C2SP signed note: keep it outside, as an anchor")
    verifier_key: str = Field(description="The key that it is signed under: hold it against the one you were given")


class CheckpointsBody(StrictModel):
    """Checkpoints, the newest first."""

    items: list[CheckpointBody]
    next: int | None = Field(description="Pass it as `before` to read on; null at the end")


class ProofBody(StrictModel):
    """That a row stands in the trail: its leaf, and the hashes beside its way to a signed root (RFC 6962)."""

    record: RecordBody
    leaf: str
    path: list[str] = Field(description="Hashes from the leaf to the root, 64 hexadecimal digits each")
    checkpoint: CheckpointBody


class AccessBody(StrictModel):
    """One use of a person's data."""

    id: UUID
    at: datetime
    action: str
    outcome: str
    organisation: str
    purpose: str | None
    request_id: str


class AccessesBody(StrictModel):
    """Uses of a person's data, the newest first."""

    items: list[AccessBody]
