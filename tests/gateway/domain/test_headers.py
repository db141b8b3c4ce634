"""What passes the door, and how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.forwarding.domain.errors import HeadersTooLargeError, MalformedHeaderError
from services.gateway.forwarding.domain.headers import (
    LARGEST_VALUE,
    MOST_HEADERS,
    host_line,
    read_request,
    response_lines,
    write_head,
)

TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16


def test_only_listed_headers_go_on() -> None:
    found = read_request(
        [
            (b"accept", b"*/*"),
            (b"cookie", b"a=b"),
            (b"authorization", b"Bearer x"),
            (b"purpose", b"TRAINING"),
            (b"x-forwarded-for", b"1.2.3.4"),
            (b"connection", b"upgrade"),
            (b"x-request-id", b"abcdefgh"),
            (b"x-user", b"admin"),
            (b"if-match", b'"v1"'),
            (b"accept-language", b"ar"),
        ]
    )
    assert found.passed == [(b"accept", b"*/*"), (b"if-match", b'"v1"'), (b"accept-language", b"ar")]
    assert (found.authorization, found.purpose, found.request_id) == (b"Bearer x", b"TRAINING", b"abcdefgh")
    assert found.accept_language == b"ar"
    assert found.bodiless


def test_an_outside_trace_is_a_link_and_no_command_to_sample() -> None:
    assert read_request([(b"traceparent", TRACE + b"-01")]).passed == [(b"traceparent", TRACE + b"-00")]
    assert read_request([(b"traceparent", b"00-zz")]).passed == []


@pytest.mark.parametrize(
    ("headers", "bodiless"),
    [
        ([(b"content-length", b"0")], True),
        ([(b"content-length", b"12")], False),
        ([(b"transfer-encoding", b"chunked")], False),
    ],
)
def test_a_body_is_announced_by_its_framing(headers: list[tuple[bytes, bytes]], bodiless: bool) -> None:
    assert read_request(headers).bodiless is bodiless


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
        [(b"purpose", b"A"), (b"purpose", b"B")],
        [(b"if-match", b"a"), (b"if-match", b"b")],
        [(b"content-length", b"-1")],
        [(b"content-length", b"1e3")],
        [(b"content-length", b"9" * 19)],
    ],
)
def test_what_two_readers_could_take_differently_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(MalformedHeaderError):
        read_request(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"a" * (LARGEST_VALUE + 1))],
        [(b"accept", b"a" * (LARGEST_VALUE + 1))],
        [(b"x-%d" % number, b"") for number in range(MOST_HEADERS + 1)],
    ],
)
def test_headers_have_a_limit(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(HeadersTooLargeError):
        read_request(headers)


def test_answers_lose_what_is_not_listed_and_their_inside_address() -> None:
    base = b"http://registry:8001"
    lines = response_lines(
        [
            (b"ETag", b'"v1"'),
            (b"Server", b"uvicorn"),
            (b"Set-Cookie", b"a=b"),
            (b"Location", base + b"/v1/persons/1"),
            (b"X-Internal", b"1"),
        ],
        base,
    )
    assert lines == [(b"etag", b'"v1"'), (b"location", b"/v1/persons/1")]
    assert response_lines([(b"location", b"/v1/x")], base) == [(b"location", b"/v1/x")]


def test_a_head_is_written() -> None:
    assert write_head(b"GET", b"/a?b=c", [b"host: x", b"accept: */*"]) == (
        b"GET /a?b=c HTTP/1.1\r\nhost: x\r\naccept: */*\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (b"/a", b"x: y\r\nevil: 1"),
        (b"/a", b"x: y\nevil: 1"),
        (b"/a", b"x: y\revil: 1"),
        (b"/a", b"x: \0"),
        (b"/a b", b"x: y"),
        (b"/a\r\nx: y", b"x: y"),
    ],
)
def test_no_second_request_can_be_smuggled_in(target: bytes, line: bytes) -> None:
    with pytest.raises(MalformedHeaderError):
        write_head(b"GET", target, [line])


@given(st.binary(max_size=40))
def test_a_written_head_has_the_lines_it_was_given(value: bytes) -> None:
    try:
        head = write_head(b"GET", b"/", [b"x: " + value])
    except MalformedHeaderError:
        return
    assert head.split(b"\r\n") == [b"GET / HTTP/1.1", b"x: " + value, b"", b""]


@pytest.mark.parametrize("authority", ["", "a b", "a/b", "user@host", "host:port", "a\r\nb"])
def test_a_service_has_a_plain_authority(authority: str) -> None:
    with pytest.raises(ValueError, match="host and an optional port"):
        host_line(authority)


def test_its_host_line_is_written() -> None:
    assert host_line("registry:8001") == b"host: registry:8001"
