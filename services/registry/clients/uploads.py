"""Receive an upload into the blob store: counted, hashed and known by its first bytes while it streams by."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import puremagic

from services.registry.clients.blobs import Blobs
from services.registry.domain.documents import (
    MEDIA_TYPES,
    DocumentEmptyError,
    DocumentTooLargeError,
    DocumentTypeRefusedError,
    key_of,
)

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Upload:
    """What was received.

    Attributes:
        sha256: 64 hexadecimal characters.
        media_type: By its first bytes; what the sender called it is not believed.
    """

    id: UUID
    size: int
    sha256: str
    media_type: str


async def receive(blobs: Blobs, document_id: UUID, parts: AsyncIterable[bytes], *, declared: str, limit: int) -> Upload:
    """Store an upload under the key of a document that is to be.

    Args:
        blobs: Where to.
        document_id: The new document's id.
        parts: As they come in.
        declared: The media type that the sender names.
        limit: The most bytes.

    Raises:
        DocumentTooLargeError: It is longer.
        DocumentEmptyError: It has no byte.
        DocumentTypeRefusedError: It is no picture and no PDF, or not what the sender calls it.
        BlobStoreUnavailableError: It could not be stored.
    """
    digest, size, head = hashlib.sha256(), 0, b""

    async def counted() -> AsyncIterator[bytes]:
        nonlocal size, head
        async for part in parts:
            size += len(part)
            if size > limit:
                raise DocumentTooLargeError
            head += part[: _HEAD - len(head)]
            digest.update(part)
            if part:
                yield part
        if not size:
            raise DocumentEmptyError
        if declared not in known_types(head):
            raise DocumentTypeRefusedError

    await blobs.put(key_of(document_id), counted())
    return Upload(document_id, size, digest.hexdigest(), declared)


def known_types(head: bytes) -> frozenset[str]:
    """Return the media types of ours that content may have by its first bytes; empty for anything else."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return frozenset()
    names = {_NAMES.get(match.mime_type, match.mime_type) for match in found}
    return frozenset(names & MEDIA_TYPES)


_NAMES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "application/x-pdf": "application/pdf"}
