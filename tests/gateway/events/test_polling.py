"""Polling for events, and what the worker does besides: feeds, chores, what is forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import JobState
from services.gateway.events.contract.feeds import change_of
from services.gateway.events.domain.errors import ReplayWindowError
from services.gateway.events.domain.records import Change, DeliveryState
from services.gateway.events.operations.purge_events import purge_events
from services.gateway.events.operations.read_events import read_events
from services.gateway.events.operations.replay_events import replay_events
from services.gateway.events.operations.send_test import send_test
from services.gateway.events.operations.start_replay import Window, start_replay
from services.gateway.events.reference.settings import catalogue, patience
from services.gateway.events.store.events import EventPage
from services.kit.callers import Caller
from services.kit.database import Database
from services.stack.stores import Store
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver

AWA, BINTA = UUID(int=1), UUID(int=2)
CALLER = Caller("mdm", "mdm", "mdm", frozenset({"events:subscribe"}), purpose="REGISTRATION")


async def poll(desk: Desk, after: str | None = None, limit: int = 100, types: tuple[str, ...] = ("*",)) -> EventPage:
    async with desk.database.sessions.begin() as session:
        return await read_events(
            session,
            after,
            limit=limit,
            caller=CALLER,
            types=catalogue().matching(types),
            catalogue=catalogue(),
            given_to=desk.given_to,
            at=desk.at,
        )


def versions(page: EventPage) -> list[int]:
    return [each.data["version"] for each in page.items]


async def test_a_poll_goes_on_where_the_page_ended_and_skips_nothing(desk: Desk) -> None:
    assert await poll(desk) == EventPage([], "0.0", caught_up=True)
    await desk.tell(*((AWA, version) for version in range(1, 6)))
    first = await poll(desk, limit=3)
    assert (versions(first), first.caught_up, len(first)) == ([1, 2, 3], False, 3)
    second = await poll(desk, first.next, limit=3)
    assert (versions(second), second.caught_up) == ([4, 5], True)
    last = await poll(desk, second.next)
    assert (versions(last), last.next) == ([], second.next)
    with pytest.raises(ValueError, match="cursor"):
        await poll(desk, "yesterday")


async def test_a_cursor_counts_transactions_as_numbers(desk: Desk, gateway_database: Store) -> None:
    await desk.tell(*((AWA, version) for version in range(1, 5)))
    with psycopg.connect(gateway_database.admin_url) as connection:
        for number, xid in enumerate(("9", "10", "99", "100"), start=1):
            connection.execute(
                "UPDATE event SET xid = %s::text::xid8 WHERE data ->> 'version' = %s", [xid, str(number)]
            )
    assert versions(await poll(desk)) == [1, 2, 3, 4]
    page = await poll(desk, limit=1)
    assert (versions(page), page.next.partition(".")[0]) == ([1], "9")
    assert versions(await poll(desk, page.next)) == [2, 3, 4]


async def test_an_event_of_a_transaction_that_is_not_over_is_waited_for(desk: Desk, gateway_database: Store) -> None:
    other = Database(gateway_database.url)
    async with other.sessions() as open_session, open_session.begin():
        await open_session.execute(text("SELECT pg_current_xact_id()"))
        await desk.tell((AWA, 1))
        assert versions(await poll(desk)) == []
    await other.close()
    assert versions(await poll(desk)) == [1]


async def test_the_cursor_goes_past_what_is_not_asked_for(desk: Desk) -> None:
    await desk.tell((AWA, 1), (AWA, 2))
    page = await poll(desk, types=("coverage.*",))
    assert (page.items, page.next != "0.0") == ([], True)
    assert versions(await poll(desk, page.next)) == []


async def test_a_poll_shows_what_is_given_now_and_was_given_then(desk: Desk) -> None:
    await desk.tell((AWA, 1))
    await desk.tell((AWA, 2), kind="coverage.determination_made")
    desk.given["mdm"] = {"coverage": False}
    assert versions(await poll(desk)) == [2]
    desk.given["mdm"] = {"persons": True}
    await desk.tell((BINTA, 3), organisation="cnss")
    assert versions(await poll(desk)) == [1]

    async def since_yesterday(_session: AsyncSession, _organisation: str, _purpose: str, on: object) -> dict[str, bool]:
        return {"persons": False} if on == desk.at.date() else {}

    async with desk.database.sessions.begin() as session:
        await session.execute(
            text("UPDATE event SET recorded_at = recorded_at - interval '3 days' WHERE subject = :x"), {"x": AWA}
        )
    desk.given_to = since_yesterday  # type: ignore[method-assign,assignment]  # agreements that began today
    desk.at = desk.at.replace(hour=12)
    assert 1 not in versions(await poll(desk))


async def test_a_replay_sends_a_period_again_and_nothing_that_was_not_agreed_then(
    desk: Desk, receiver: Receiver
) -> None:
    desk.at -= timedelta(minutes=3)
    made, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in", "person.*")
    for version in (1, 2, 3):
        await desk.tell((AWA, version))
        desk.at += timedelta(minutes=1)
    await desk.deliver_due()
    began = desk.at
    window = Window(since=began - timedelta(minutes=2, seconds=30), until=began - timedelta(seconds=30))
    async with desk.database.sessions.begin() as session:
        job = await start_replay(session, made.id, window, caller=CALLER, kept=patience().kept, at=desk.at)
    context = await jobs.start(desk.database, job.id)
    assert context is not None
    result = await replay_events(context, catalogue=catalogue(), given_to=desk.given_to, at=desk.at)
    assert result == {"sent_again": 2}
    await desk.deliver_due()
    assert receiver.versions(str(AWA)) == [1, 2, 3, 2, 3]
    desk.given["mdm"] = {}
    again = await replay_events(context, catalogue=catalogue(), given_to=desk.given_to, at=desk.at)
    assert again == {"sent_again": 0}
    async with desk.database.sessions.begin() as session:
        await desk.remove(session, made)
    gone = await replay_events(context, catalogue=catalogue(), given_to=desk.given_to, at=desk.at)
    assert gone == {"sent_again": 0}
    await jobs.end(desk.database, job.id, JobState.SUCCEEDED)


@pytest.mark.parametrize(
    "window",
    [
        Window(since=datetime(2020, 1, 1, tzinfo=UTC)),
        Window(since=datetime(2100, 1, 1, tzinfo=UTC)),
        Window(after="0.0", until=datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
async def test_a_period_that_cannot_be_replayed_is_refused(desk: Desk, window: Window) -> None:
    made, _ = await desk.subscribe("http://127.0.0.1:9/in")
    async with desk.database.sessions.begin() as session:
        with pytest.raises(ReplayWindowError):
            await start_replay(session, made.id, window, caller=CALLER, kept=patience().kept, at=desk.at)


async def test_what_is_old_is_forgotten_with_all_that_hangs_on_it(
    desk: Desk, receiver: Receiver, gateway_database: Store
) -> None:
    made, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    await desk.tell((AWA, 1))
    async with desk.database.sessions.begin() as session:
        await send_test(session, made.id, organisation="mdm", at=desk.at)
    await desk.deliver_due()
    assert len(await desk.deliveries(DeliveryState.DELIVERED)) == 2
    for days, gone in ((29, 0), (31, 2)):
        async with desk.database.sessions.begin() as session:
            at = desk.at + timedelta(days=days)
            assert await purge_events(session, kept=patience().kept, at=at) == gone
    with psycopg.connect(gateway_database.admin_url) as connection:
        counted = connection.execute("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM attempt)").fetchone()
    assert counted == (0, 0)


def test_a_row_of_either_shape_of_feed_is_read() -> None:
    at = "2026-11-23T12:00:00Z"
    of_registry = {"cursor": "1.1", "id": 1, "at": at, "kind": "person.updated", "person_id": str(AWA), "version": 2}
    read = change_of("registry", {**of_registry, "facts": {"birth": "hidden"}})
    instant = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert read == Change("registry", 1, "person.updated", AWA, 2, instant, None, {"person_id": str(AWA)})
    assert change_of("registry", {**of_registry, "organisation": "mdm"}).organisation == "mdm"
    other = {**of_registry, "subject": str(BINTA), "payload": {"person_id": "x", "organisation": "cnss"}}
    del other["person_id"]
    assert change_of("coverage", other).organisation == "cnss"
    with pytest.raises(ValueError, match="validation error"):
        change_of("coverage", {"id": 1})


async def test_two_followers_of_one_page_make_each_event_once(desk: Desk) -> None:
    once = Change("registry", 9, "person.updated", AWA, 1, desk.at, "mdm", {"person_id": str(AWA)})
    await asyncio.gather(desk.record([once]), desk.record([once]))
    assert versions(await poll(desk)) == [1]
