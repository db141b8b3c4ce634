"""The extract in front of services that are dead, slow or lying; and what is printed of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.gateway.persons.api.extract_views import document, printed
from services.gateway.persons.clients.typesetting import typeset
from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.persons.domain.extracts import Extract, SourceStatus, Use, recipients_of
from services.gateway.persons.domain.printing import DEEPEST, lines_of
from services.gateway.persons.operations.read_extract import read_extract
from services.kit.callers import Caller, Share

PERSON = UUID("0198c0de-0000-7000-8000-000000000001")
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECTION = {
    "name": "permit", "title": {"fr": "Titres", "ar": "السندات", "en": "Permits"}, "origin": "recorded",
    "retention": {
        "data_class": "REGISTRY", "months": 60, "after": "last_contact", "certainty": "design", "source": "facts.md 7",
    },
    "rows": [{"type": "REG3", "valid_from": "2025-02-01"}], "more": False,
}  # fmt: skip
DESK = Caller(
    "desk", "desk", "ministry", frozenset({"persons:read"}), "SUBJECT_REQUEST", shares=frozenset({Share("persons")})
)


class Reply:
    """A service's answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body
        self.headers: Sequence[tuple[bytes, bytes]] = ()


class Peers:
    """Services that answer, refuse, lie, hang or are gone, as the test says for each."""

    def __init__(self, **told: Any) -> None:
        self.told = told

    async def ask(self, service: str, method: str, target: str, **options: Any) -> Reply:
        """Answer as told; an extract of one section otherwise."""
        assert options["scopes"] == {"facts:read"}
        assert (method, str(PERSON) in target) == ("GET", True)
        told = self.told.get(service)
        if told == "hang":
            await asyncio.sleep(60)
        if isinstance(told, Exception):
            raise told
        if isinstance(told, Reply):
            return told

        return Reply(200, orjson.dumps({"person_id": str(PERSON), "sections": [SECTION]}))


async def uses(limit: int) -> tuple[Sequence[Use], bool, bool]:
    """Return one use, of all stores."""
    assert limit > 1
    return [Use(AT, "Hospital", "HEALTH_COVERAGE", "Looked", "ok")], False, True


async def read(**told: Any) -> Extract:
    return await read_extract(Peers(**told), uses, person_id=PERSON, caller=DESK, request_id="r", deadline_s=0.2)


async def test_what_every_service_says_is_in_it() -> None:
    found = await read()
    assert found.complete
    assert set(found.sections) == {"registry", "coverage", "training"}
    assert [one.organisation for one in found.recipients] == ["Hospital"]


@pytest.mark.parametrize(
    "trouble",
    ["hang", ConnectionError(), Reply(500, b"{}"), Reply(200, b"babble"), Reply(403, b"{}")],
    ids=["hang", "away", "500", "babble", "403"],
)
async def test_a_part_that_is_down_is_told_never_left_out_silently(trouble: Any) -> None:
    found = await read(health=trouble)
    assert (found.complete, found.statuses["coverage"]) == (False, SourceStatus.UNAVAILABLE)
    assert set(found.sections) == {"registry", "training"}
    shown = document(found, PERSON, language="en", say=lambda _, code: code, at=AT)
    assert printed(shown)["missing"] == ["Health coverage"]


async def test_nobody_is_given_an_extract_and_the_registry_must_say_who_is() -> None:
    with pytest.raises(PersonUnknownError):
        await read(registry=Reply(404, b"{}"))
    with pytest.raises(ConnectionError):
        await read(registry=Reply(503, b"{}"))


def test_recipients_are_who_used_her_data_and_was_not_refused() -> None:
    seen = [
        Use(AT, "B", "TRAINING", "x", "ok"), Use(AT, "A", None, "x", "ok"), Use(AT, "B", "AUDIT", "x", "replayed"),
        Use(AT, "C", None, "x", "refused"), Use(AT, None, None, "x", "ok"),
    ]  # fmt: skip
    assert [(one.organisation, one.purposes, one.times) for one in recipients_of(seen)] == [
        ("A", [], 1), ("B", ["AUDIT", "TRAINING"], 2),
    ]  # fmt: skip


def test_rows_are_printed_as_labels_and_texts() -> None:
    row = {"names": [{"given": "Awa"}, {"given": "A."}], "sure": True, "not": False, "none": None, "languages": ["fr"]}
    assert lines_of(row, {"given": "First name"}, ("yes", "no")) == [
        ("names 1 · First name", "Awa"), ("names 2 · First name", "A."), ("sure", "yes"), ("not", "no"),
        ("languages", "fr"),
    ]  # fmt: skip
    deep: Any = "end"
    for _ in range(DEEPEST + 2):
        deep = {"in": [deep]}
    assert len(lines_of(deep, {}, ("yes", "no"))) == 1


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
async def test_the_page_is_set_in_each_language_with_the_packaged_fonts(language: str) -> None:
    found = Extract(
        {"registry": SourceStatus.OK, "access_log": SourceStatus.UNAVAILABLE},
        {"registry": [{**SECTION, "more": True}, {**SECTION, "retention": None}]},
        [Use(AT, None, None, "Looked", "ok")],
        more_uses=True,
    )
    shown = document(found, PERSON, language=language, say=lambda _, code: code, at=AT)
    page = await typeset(printed(shown), at=AT)
    assert page.startswith(b"%PDF-")
    assert (b"NotoNaskhArabic" in page) == (language == "ar")
