"""Which headers pass the door, in either direction, and how a request head is written.

Allow-lists, not block-lists: a header that nobody has thought of does not pass. Hop-by-hop headers,
`Authorization`, `Cookie`, `X-Forwarded-*` and the like therefore never reach a service, and `Server`,
`Set-Cookie` and the like never leave one.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from services.gateway.forwarding.domain.errors import HeadersTooLargeError, MalformedHeaderError

Headers = list[tuple[bytes, bytes]]

REQUEST_HEADERS = frozenset(
    {b"accept", b"accept-language", b"content-type", b"idempotency-key", b"if-match", b"if-none-match", b"prefer"}
)
RESPONSE_HEADERS = frozenset(
    {
        b"allow",
        b"cache-control",
        b"content-disposition",
        b"content-language",
        b"content-length",
        b"content-type",
        b"deprecation",
        b"etag",
        b"idempotent-replayed",
        b"last-modified",
        b"link",
        b"location",
        b"retry-after",
        b"sunset",
        b"vary",
    }
)
_SINGLE = REQUEST_HEADERS | {
    b"authorization",
    b"dpop",
    b"purpose",
    b"acting-for",
    b"x-request-id",
    b"content-length",
    b"transfer-encoding",
}
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]{1,5})?")
_DIGITS = 18
LARGEST_VALUE = 16_384
MOST_HEADERS = 100


@dataclass(slots=True)
class RequestHeaders:
    """The headers of a call, sorted out.

    Attributes:
        passed: Those that go on to the service as they came.
        length: Declared bytes of the body; None where not declared.
        chunked: Whether a body comes whose length is not declared.
    """

    passed: Headers = field(default_factory=list)
    authorization: bytes | None = None
    dpop: bytes | None = None
    purpose: bytes | None = None
    acting_for: bytes | None = None
    request_id: bytes | None = None
    accept_language: bytes | None = None
    length: int | None = None
    chunked: bool = False

    @property
    def bodiless(self) -> bool:
        """Whether no body comes."""
        return not self.length and not self.chunked


def read_request(headers: Collection[tuple[bytes, bytes]]) -> RequestHeaders:
    """Sort the headers of a call out.

    Args:
        headers: Names in lower case.

    Raises:
        MalformedHeaderError: One that must be single came twice (two readers could take two different ones), or
            the declared length is no number.
        HeadersTooLargeError: One that would be read is too long, or there are too many.
    """
    if len(headers) > MOST_HEADERS:
        raise HeadersTooLargeError
    found = RequestHeaders()
    passed = found.passed
    read: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _SINGLE:
            if name in read:
                raise MalformedHeaderError
            if len(value) > LARGEST_VALUE:
                raise HeadersTooLargeError
            read[name] = value
            if name in REQUEST_HEADERS:
                passed.append((name, value))
        elif name == b"traceparent":
            passed += _link(value)
    found.authorization = read.get(b"authorization")
    found.dpop = read.get(b"dpop")
    found.purpose = read.get(b"purpose")
    found.acting_for = read.get(b"acting-for")
    found.request_id = read.get(b"x-request-id")
    found.accept_language = read.get(b"accept-language")
    found.chunked = b"transfer-encoding" in read
    found.length = _length(read.get(b"content-length"))
    return found


def _link(value: bytes) -> Headers:
    """Return an outside trace as a link, never as a command to sample: its flags are cleared."""
    trace = _TRACEPARENT.fullmatch(value)
    return [(b"traceparent", b"00-%b-%b-00" % trace.groups())] if trace else []


def _length(declared: bytes | None) -> int | None:
    if declared is None:
        return None
    if not declared.isdigit() or len(declared) > _DIGITS:
        raise MalformedHeaderError
    return int(declared)


def response_lines(headers: Iterable[tuple[bytes, bytes]], base: bytes) -> Headers:
    """Return the headers of an answer that go on to the caller, names in lower case.

    Args:
        headers: As the service sent them.
        base: The service's own base URL; where a Location begins with it, it is cut off: it means nothing outside.
    """
    lines = []
    for name, value in headers:
        low = name.lower()
        if low in RESPONSE_HEADERS:
            if low == b"location" and value.startswith(base):
                value = value[len(base) :]  # noqa: PLW2901  # the line as it goes on
            lines.append((low, value))
    return lines


def host_line(authority: str) -> bytes:
    """Return the Host header for a service.

    Raises:
        ValueError: The authority of the configured URL is not a host with an optional port.
    """
    if not _HOST.fullmatch(authority):
        raise ValueError("a service's URL must name a host and an optional port")
    return b"host: " + authority.encode("ascii")


def write_head(method: bytes, target: bytes, lines: list[bytes]) -> bytes:
    """Return the head of an HTTP/1.1 request.

    Args:
        method: Upper case.
        target: Raw path and query.
        lines: Whole header lines, `name: value`, without line ends.

    Raises:
        MalformedHeaderError: A value holds a line end or NUL, or the target a space: it would become a second request.
    """
    head = b"%b %b HTTP/1.1\r\n%b\r\n\r\n" % (method, target, b"\r\n".join(lines))
    ends = len(lines) + 2
    # counting is one pass in C, and a smuggled line end cannot be counted away
    if head.count(b"\n") != ends or head.count(b"\r") != ends or b"\0" in head or b" " in target:
        raise MalformedHeaderError
    return head
