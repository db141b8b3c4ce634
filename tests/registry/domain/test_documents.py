"""Links that are signed and run out; what an examination objects to."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.registry.domain.documents import (
    Document,
    DocumentState,
    Examination,
    Link,
    LinkRefusedError,
    read_link,
    sign,
)

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = b"k" * 32
LINK = Link("d", "p", int(AT.timestamp()) + 300, "client", "subject", "org", None)


def test_a_link_says_what_was_signed_until_it_runs_out() -> None:
    written = sign(LINK, KEY)
    assert read_link(written, KEY, at=AT) == LINK
    assert read_link(written, KEY, at=AT + timedelta(seconds=299)) == LINK
    with pytest.raises(LinkRefusedError):
        read_link(written, KEY, at=AT + timedelta(seconds=300))


@pytest.mark.parametrize(
    "written", ["", ".", "x", "a.b", "!.!", "é.é", "aGk.", sign(LINK, b"other"), sign(LINK, KEY)[:-2]]
)
def test_what_was_not_signed_is_no_link(written: str) -> None:
    with pytest.raises(LinkRefusedError):
        read_link(written, KEY, at=AT)


def document_of(content: bytes, media_type: str = "application/pdf") -> Document:
    return Document(
        UUID(int=1), UUID(int=2), "PASSPORT", None, None, None, None, media_type, len(content),
        hashlib.sha256(content).hexdigest(), DocumentState.QUARANTINED, None, 1, "org", "me", AT,
        None, None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "media_type", "objection"),
    [
        (b"%PDF-1.7 plain", "application/pdf", None),
        (b"%PDF-1.7 <</S /JavaScript>>", "application/pdf", "active-content"),
        (b"%PDF-1.7 <</S /Launch>> and more after it", "application/pdf", "active-content"),
        (b"\x89PNG /JavaScript", "image/png", None),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_paper_that_does_something_is_objected_to_wherever_it_is_cut(
    content: bytes, media_type: str, objection: str | None, size: int
) -> None:
    examination = Examination(document_of(content, media_type))
    for first in range(0, len(content), size):
        examination.see(content[first : first + size])
    assert examination.objection == objection


def test_content_that_is_not_what_was_received_is_damaged() -> None:
    examination = Examination(document_of(b"%PDF-1.7 plain"))
    examination.see(b"%PDF-1.7 other")
    assert examination.objection == "damaged"
