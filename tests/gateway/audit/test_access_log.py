"""The access log in front of services that are slow, dead or lying, and the words in it."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from services.gateway.assembly.audit import wire_audit
from services.gateway.audit.domain.accesses import LOOKING, Access, LogPart, joined
from services.gateway.audit.domain.errors import LogClosedError
from services.gateway.audit.domain.stores import TrailStore
from services.gateway.audit.operations.read_access_log import read_access_log
from services.gateway.audit.reference import words
from services.kit.callers import PURPOSES, Caller, Share
from services.trail.contract import AccessBody, AccessesBody

PERSON = UUID("0198c0de-0000-7000-8000-000000000001")
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOCUMENTS = Path(__file__).parents[3] / "docs" / "openapi"


def access(minute: int, *, action: str = "read_person", request_id: str = "r", organisation: str = "o") -> AccessBody:
    return AccessBody(
        id=uuid4(),
        at=AT + timedelta(minutes=minute),
        action=action,
        outcome="ok",
        organisation=organisation,
        purpose=None,
        request_id=request_id,
    )


class Reply:
    """A service's answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body
        self.headers: Sequence[tuple[bytes, bytes]] = ()


class Peers:
    """Services that answer, refuse, lie, hang or are gone, as the test says for each."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.targets = answers, [""]

    async def ask(self, service: str, method: str, target: str, **options: Any) -> Reply:
        """Answer as told."""
        assert options["request_id"] == "r-1"
        self.targets.append(f"{service} {method} {target}")
        seen = target.startswith("/v1/persons")
        told = self.answers.get("person", Reply(204, b"")) if seen else self.answers.get(service, [])
        if told == "hang":
            await asyncio.sleep(60)
        if isinstance(told, Exception):
            raise told
        if isinstance(told, Reply):
            return told
        return Reply(200, AccessesBody(items=told).model_dump_json().encode())


class Own:
    """The gateway's own trail."""

    def __init__(self, told: Any = ()) -> None:
        self.told = told

    async def accesses(self, person_id: UUID, *, before: Any, limit: int) -> AccessesBody:
        """Answer as told."""
        assert person_id == PERSON
        assert before is None or limit > 1
        if isinstance(self.told, Exception):
            raise self.told
        return AccessesBody(items=list(self.told))


def caller(purpose: str = "SUBJECT_REQUEST", *, own: bool = False) -> Caller:
    shares = frozenset({Share("persons", own=own), Share("audit")})
    return Caller("s", "c", "o", frozenset({"persons:read", "audit:read"}), purpose, shares=shares)


async def read(peers: Peers, own: Own | None = None, who: Caller | None = None, **options: Any) -> Any:
    asked: dict[str, Any] = {"before": None, "limit": 10, "deadline_s": 0.2, **options}
    return await read_access_log(
        peers, own or Own(), person_id=PERSON, caller=who or caller(), request_id="r-1", **asked
    )


async def test_the_newest_of_all_stores_come_first() -> None:
    log = await read(Peers(registry=[access(5), access(1)], health=[access(3)], training=[]), Own([access(4)]))
    assert [one.at.minute for one in log.entries] == [5, 4, 3, 1]
    assert [one.store.value for one in log.entries] == ["registry", "gateway", "coverage", "registry"]
    assert set(log.parts.values()) == {LogPart.OK}
    assert log.last is None


@pytest.mark.parametrize(
    "trouble",
    [
        "hang",
        ConnectionError(),
        Reply(503, b"{}"),
        Reply(200, b"no JSON"),
        Reply(200, b'{"items": [{"id": 1}]}'),
    ],
    ids=["hangs", "gone", "refuses", "babbles", "lies"],
)
async def test_one_service_in_trouble_never_blanks_the_log(trouble: Any) -> None:
    log = await read(Peers(registry=[access(5)], health=trouble), Own([access(4)]))
    assert [one.at.minute for one in log.entries] == [5, 4]
    assert log.parts == {
        TrailStore.REGISTRY: LogPart.OK,
        TrailStore.COVERAGE: LogPart.UNAVAILABLE,
        TrailStore.TRAINING: LogPart.OK,
        TrailStore.GATEWAY: LogPart.OK,
    }


async def test_nor_does_the_gateways_own_store() -> None:
    log = await read(Peers(registry=[access(5)]), Own(OperationalError("", None, Exception())))
    assert (len(log.entries), log.parts[TrailStore.GATEWAY]) == (1, LogPart.UNAVAILABLE)


async def test_who_asks_must_be_able_to_see_the_person_first() -> None:
    peers = Peers(registry=[access(1)])
    assert len((await read(peers, who=caller(own=True))).entries) == 1
    assert f"registry GET /v1/persons/{PERSON}/visibility" in peers.targets
    for status in (403, 404):
        with pytest.raises(LogClosedError):
            await read(Peers(person=Reply(status, b"{}")), who=caller(own=True))
    for trouble in (Reply(500, b"{}"), ConnectionError()):
        with pytest.raises(ConnectionError):
            await read(Peers(person=trouble), who=caller(own=True))
    auditing = Peers(person=Reply(404, b"{}"), registry=[access(1)])
    assert len((await read(auditing, who=caller("AUDIT", own=True))).entries) == 1


async def test_a_page_goes_on_behind_the_last_entry() -> None:
    peers = Peers(registry=[access(minute) for minute in (9, 7, 5)], health=[access(minute) for minute in (8, 6, 4)])
    log = await read(peers, limit=2)
    assert [one.at.minute for one in log.entries] == [9, 8]
    assert log.last == (log.entries[-1].at, log.entries[-1].id)
    await read(peers, limit=2, before=log.last)
    assert any("before_at=2026-11-23T12%3A08" in target and "limit=3" in target for target in peers.targets)


def as_access(store: TrailStore, body: AccessBody) -> Access:
    return Access(store=store, **dict(body))


@given(st.lists(st.lists(st.integers(0, 30), max_size=6), min_size=4, max_size=4), st.integers(1, 12))
def test_joining_loses_nothing_and_keeps_the_order(minutes: list[list[int]], limit: int) -> None:
    answers = {
        store: [as_access(store, access(minute)) for minute in sorted(some, reverse=True)[: limit + 1]]
        for store, some in zip(TrailStore, minutes, strict=True)
    }
    log = joined(answers, limit=limit)
    everything = sorted((minute for some in minutes for minute in some), reverse=True)
    assert [int((one.at - AT).total_seconds() // 60) for one in log.entries] == everything[:limit]
    assert (log.last is None) == (len(everything) <= limit)


def test_a_look_at_the_log_is_told_once_and_two_looks_twice() -> None:
    looks = [access(1, action=LOOKING), access(2, action=LOOKING, request_id="other")]
    others = [access(3, action=LOOKING), access(4, action=LOOKING, organisation="p"), access(5), access(6)]
    answers = {
        TrailStore.REGISTRY: [as_access(TrailStore.REGISTRY, one) for one in looks],
        TrailStore.COVERAGE: [as_access(TrailStore.COVERAGE, one) for one in others],
    }
    log = joined(answers, limit=10)
    assert [int(one.at.minute) for one in log.entries] == [6, 5, 4, 3, 2]
    assert joined({TrailStore.REGISTRY: None}, limit=1).parts == {TrailStore.REGISTRY: LogPart.UNAVAILABLE}


def test_there_are_words_for_everything_in_three_languages() -> None:
    for kind in words.words().values():
        assert words.OTHERWISE in kind
        for said in kind.values():
            assert set(said) == {"fr", "ar", "en"}
            assert all(said.values())
            assert any("\u0600" <= letter <= "\u06ff" for letter in said["ar"])
    assert "TAMKINE_CARE" not in words.words()["purposes"]  # never shown, so never said
    assert set(words.words()["purposes"]) == PURPOSES - {"TAMKINE_CARE"} | {words.OTHERWISE}
    assert words.action("never_heard_of")["en"] == "Used your data"
    assert words.outcome("refused:not-found")["en"] == "Refused"


def test_every_operation_on_personal_data_has_its_words() -> None:
    for name in ("registry", "health", "training"):
        for item in json.loads((DOCUMENTS / f"{name}.json").read_text("utf-8"))["paths"].values():
            for operation in item.values():
                if operation.get("x-personal-data"):
                    assert operation["operationId"] in words.words()["actions"], operation["operationId"]


async def test_organisations_are_called_by_their_codes_while_the_store_is_away() -> None:
    class Sessions:
        """A store that is away."""

        def begin(self) -> Any:
            """Fail."""
            raise OSError

    class App:
        """What is wired."""

        state = type("State", (), {"database": type("Database", (), {"sessions": Sessions()})()})()

    wire_audit(App())  # type: ignore[arg-type]  # all that is used of an application
    assert await App.state.organisation_names({"a", ""}) == {"a": "a"}
