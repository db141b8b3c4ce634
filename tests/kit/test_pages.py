"""Cursors: ours come back as they were, and nobody else's are read."""

import base64
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request, Response
from hypothesis import given
from hypothesis import strategies as st

from services.kit.callers import Caller
from services.kit.pages import next_cursor, page_params
from services.kit.problems import Problem

APP = FastAPI()
APP.state.cursor_key = b"k" * 32
keys = st.lists(st.text(max_size=5) | st.integers(-(2**53), 2**53) | st.none(), min_size=1, max_size=3)


def request(path: str = "/v1/notes", query: str = "", client_id: str = "ministry") -> Request:
    """A request as a route sees it, after its caller is known."""
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": [], "app": APP}
    made = Request({**scope, "scheme": "http", "server": ("service", 80)})
    made.state.caller = Caller("agent", client_id, "org", frozenset())
    return made


def cursor_after(values: list[Any], asked: Request) -> str:
    cursor = next_cursor(asked, Response(), values)
    assert cursor
    return cursor


@given(keys)
def test_the_sort_key_comes_back_as_it_was(values: list[Any]) -> None:
    asked = request(query="word=a&limit=2")
    cursor = cursor_after(values, asked)
    assert cursor.isascii()
    assert list(page_params(asked, 2, cursor).after) == values
    assert list(page_params(request(query="limit=9&word=a&cursor=x"), 9, cursor).after) == values


def test_identifiers_and_dates_travel_as_text() -> None:
    person = UUID(int=7)
    assert page_params(request(), 50, cursor_after([person], request())).after == (str(person),)


@given(keys, st.integers(min_value=0), st.integers(0, 7))
def test_a_cursor_with_a_changed_bit_is_refused(values: list[Any], place: int, bit: int) -> None:
    cursor = cursor_after(values, request())
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[place % len(raw)] ^= 1 << bit
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    with pytest.raises(Problem) as refusal:
        page_params(request(), 50, changed)
    assert refusal.value.errors[0].code == "cursor_foreign"


@given(st.text(max_size=60))
def test_no_text_at_all_is_taken_for_a_cursor(text: str) -> None:
    with pytest.raises(Problem):
        page_params(request(), 50, text)


@pytest.mark.parametrize(
    "other",
    [
        request(path="/v1/persons"),
        request(query="word=a"),
        request(query="word="),
        request(client_id="hospital"),
    ],
    ids=["path", "filter", "empty filter", "client"],
)
def test_a_cursor_continues_its_own_question_only(other: Request) -> None:
    with pytest.raises(Problem):
        page_params(other, 50, cursor_after([1], request()))


def test_a_signed_payload_that_is_no_list_is_refused() -> None:
    asked = request()
    raw = base64.urlsafe_b64decode(cursor_after([1], asked) + "==")
    with pytest.raises(Problem):
        page_params(asked, 50, base64.urlsafe_b64encode(raw[:16] + b'{"a":1}').decode())


def test_the_link_keeps_the_filters_and_a_strange_path_stays_a_header() -> None:
    response = Response()
    asked = request(path='/v1/lists/a b"<é', query="word=%C3%A9&limit=2")
    cursor = next_cursor(asked, response, [1])
    assert response.headers["link"] == f'</v1/lists/a%20b%22%3C%C3%A9?word=%C3%A9&limit=2&cursor={cursor}>; rel="next"'


def test_the_last_page_has_no_next() -> None:
    response = Response()
    assert next_cursor(request(), response, None) is None
    assert "link" not in response.headers
