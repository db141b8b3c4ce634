"""Documents: uploads about a person, from quarantine to use, and the short-lived links by which one is fetched."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

MEDIA_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff", "image/webp"})
"""What a document may be: a scan or a picture. Nothing that is meant to be run."""

LINK_LASTS = timedelta(minutes=5)
_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
"""Names in a PDF that make a reader do something. Source: ISO 32000-1, 12.6.4 and 7.11.4 (design)."""

_OVERLAP = max(map(len, _ACTIVE)) - 1


class DocumentState(StrEnum):
    """Where an upload stands: nobody is given one that was not examined."""

    QUARANTINED = "quarantined"
    AVAILABLE = "available"
    REFUSED = "refused"


class DocumentNotFoundError(LookupError):
    """The person has no such document, or none for this purpose."""


class DocumentTypeUnknownError(ValueError):
    """No such type of document."""


class DocumentTooLargeError(Exception):
    """Longer than the register takes."""


class DocumentEmptyError(Exception):
    """An upload without a byte."""


class DocumentTypeRefusedError(Exception):
    """The content is no picture and no PDF, or not what it was sent as."""


class DocumentNotAvailableError(Exception):
    """Still in quarantine, or refused there."""


class LinkRefusedError(Exception):
    """A link that we have not signed, or that has run out."""


@dataclass(frozen=True, slots=True)
class Document:
    """An upload and what is said about it.

    Attributes:
        type: Code of /v1/reference/document-types.
        sha256: 64 hexadecimal characters.
        reason: Why it was refused.
        version: Raised by every change of what is said about it.
        examined_by: `structure`, or the scanner that looked too.
        verified_by: Who has held it against the original or its issuer.
    """

    id: UUID
    person_id: UUID
    type: str
    title: str | None
    issuer: str | None
    issued_on: date | None
    expires_on: date | None
    media_type: str
    size: int
    sha256: str
    state: DocumentState
    reason: str | None
    version: int
    organisation: str
    uploaded_by: str
    uploaded_at: datetime
    examined_at: datetime | None
    examined_by: str | None
    verified_by: str | None
    verified_at: datetime | None
    verification_method: str | None


@dataclass(frozen=True, slots=True)
class Details:
    """What is said about a document, and can be corrected."""

    type: str
    title: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Who may fetch one document until when.

    Attributes:
        expires: Epoch seconds.
        client_id: To whom it was given, as organisation, subject and purpose: the trail names them when it is used.
    """

    document: str
    person: str
    expires: int
    client_id: str
    subject: str
    organisation: str
    purpose: str | None


def key_of(document_id: UUID) -> str:
    """Return the key of a document's content in the blob store."""
    return f"documents/{document_id}"


def sign(link: Link, key: bytes) -> str:
    """Return a link as the text that stands in its URL: what it says, and that we say it."""
    said = json.dumps(asdict(link), separators=(",", ":")).encode()
    return f"{_text(said)}.{_text(_signature(said, key))}"


def read_link(written: str, key: bytes, *, at: datetime) -> Link:
    """Return what a link says.

    Raises:
        LinkRefusedError: It was not signed with the key, or has run out.
    """
    said, _, signature = written.partition(".")
    try:
        content = _bytes(said)
        genuine = hmac.compare_digest(_bytes(signature), _signature(content, key))
    except (binascii.Error, ValueError):
        raise LinkRefusedError from None
    if not genuine:
        raise LinkRefusedError
    link = Link(**json.loads(content))
    if at.timestamp() >= link.expires:
        raise LinkRefusedError
    return link


class Examination:
    """Looks through a document as it goes by: whether it is what was received, and a plain picture or paper.

    Args:
        document: What was received.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._digest = hashlib.sha256()
        self._tail = b""
        self._active = False

    def see(self, part: bytes) -> None:
        """Take in the next part."""
        self._digest.update(part)
        if self._document.media_type == "application/pdf":
            window = self._tail + part
            self._active = self._active or any(name in window for name in _ACTIVE)
            self._tail = window[-_OVERLAP:]

    @property
    def objection(self) -> str | None:
        """Why the document cannot be used, once all of it was seen; None when it can."""
        if self._digest.hexdigest() != self._document.sha256:
            return "damaged"
        return "active-content" if self._active else None


def _signature(said: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"document link\n" + said, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
