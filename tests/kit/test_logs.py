"""Log lines: allow-listed fields, and nothing of what a request or a row holds."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from services.kit import logs
from tests.support.callers import bearer

CANARY = "Aminata-Canary"
WRITE = bearer("notes:write", service="notes")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Give the test run its own logging back after each test; a test calls `configure` itself, under its capture."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_names_the_service_and_keeps_only_the_fields_of_the_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("notes", "info")
    logs.log.info("job_done", job_id="notes-1", count=3, name=CANARY, body={"a": CANARY}, exc_info=True)
    logs.log.debug("too_fine")
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"service": "notes", "level": "info", "event": "job_done", "job_id": "notes-1", "count": 3}


def test_an_unknown_level_is_an_error_and_not_silence() -> None:
    with pytest.raises(KeyError):
        logs.configure("notes", "LOUD")


def test_what_a_library_logs_of_an_error_is_its_type_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("notes")
    library = logging.getLogger("somebody.else")
    library.info("chatter")
    try:
        int(CANARY)
    except ValueError:
        library.exception("it failed")
    library.error("no error at hand", exc_info=(None, None, None))
    written = capsys.readouterr().err
    assert "ERROR somebody.else it failed" in written
    assert "ValueError at test_logs.py:" in written
    assert CANARY not in written
    assert "chatter" not in written


def test_logging_itself_writes_to_standard_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("notes")
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr


async def test_nothing_that_a_request_carries_is_written(
    capsys: pytest.CaptureFixture[str], client: httpx.AsyncClient
) -> None:
    logs.configure("notes")
    note = {"person_id": str(uuid4()), "body": CANARY}
    for body in (note, note, note | {"body": "bug"}, note | {"role": CANARY}, note | {"person_id": CANARY}, [CANARY]):
        await client.post("/v1/notes", json=body, headers=WRITE)  # stored, in breach of uq_note, failing, refused
    await client.get(f"/v1/notes/{CANARY}?name={CANARY}", headers={"cookie": CANARY, "authorization": CANARY})
    await client.get(f"/{CANARY}", headers={"x-request-id": f"{CANARY} "})
    written = capsys.readouterr()
    assert CANARY not in written.err + written.out
    events = [json.loads(line) for line in written.err.splitlines()]
    assert [event["status"] for event in events if event["event"] == "request"] == [
        201,
        409,
        500,
        422,
        422,
        422,
        405,
        404,
    ]
    [failure] = [event for event in events if event["event"] == "unexpected_error"]
    assert (failure["error"], failure["route"]) == ("ZeroDivisionError", "/v1/notes")
    assert {event["route"] for event in events} == {"/v1/notes", "/v1/notes/{note_id}", "-"}
