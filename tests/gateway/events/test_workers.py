"""Several workers, and workers that die: at least once under one message id, never out of order for a subject."""

import asyncio
import signal
import socket
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.gateway.events.domain.schedule import Schedule
from services.gateway.events.operations.deliver_event import DeliveryTools
from services.gateway.events.operations.dispatch_deliveries import dispatch_deliveries
from services.gateway.events.reference.settings import patience
from services.gateway.events.store import claiming
from services.kit import clock
from services.kit.database import Database
from services.stack.stores import Store
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver, receiving
from tests.kit.waiting import until

ROOT = Path(__file__).parents[3]
AWA, BINTA = UUID(int=1), UUID(int=2)
QUICK = Schedule((0.05,) * 60, jitter=0.0, most_retry_after_s=1.0, disable_after=timedelta(days=3))


class Impatient(Desk):
    """A desk whose time is the present."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schedule = QUICK

    @property
    def tools(self) -> DeliveryTools:
        """Those of the desk, with the true clock."""
        return replace(super().tools, now=clock.now)


async def test_two_workers_at_once_never_deliver_out_of_order_for_a_subject(
    database: Database, gateway_database: Store, receiver: Receiver
) -> None:
    desk, subjects = Impatient(database), [UUID(int=n) for n in range(1, 7)]
    _, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    receiver.answers = [503 if n % 5 == 0 else 204 for n in range(200)]
    for version in range(1, 7):
        await desk.tell(*((subject, version) for subject in subjects))
    other = Impatient(Database(gateway_database.url, pool_size=8))
    stopping = asyncio.Event()
    running = [
        asyncio.create_task(
            dispatch_deliveries(
                one.database, one.deliver, patience=replace(patience(), at_once=8), now=clock.now, stopping=stopping
            )
        )
        for one in (desk, other)
    ]
    try:
        await until(lambda: len(receiver.got) >= 36, within_s=60)
    finally:
        stopping.set()
        await asyncio.gather(*running)
        await other.database.close()
    assert len({message_id for message_id, _ in receiver.got}) == len(receiver.got) == 36
    for subject in subjects:
        assert receiver.versions(str(subject)) == [1, 2, 3, 4, 5, 6]
    assert await desk.states() == {"delivered": 36}


async def test_what_a_killed_worker_had_sent_is_sent_again_under_the_same_id(
    desk: Desk, gateway_database: Store, receiver: Receiver
) -> None:
    _, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    await desk.tell((AWA, 1), (AWA, 2))
    receiver.delay_s = 3.0  # it has the message, and the worker does not know yet
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tests.gateway.events.doomed_worker", gateway_database.url,
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        await until(lambda: bool(receiver.tries), within_s=30)
    finally:
        doomed.send_signal(signal.SIGKILL)
        await doomed.wait()
    await until(lambda: len(receiver.got) == 1, within_s=10)
    receiver.delay_s = 0.0
    desk.at = datetime.now(UTC)
    assert await desk.deliver_due() == 0, "the lease of the dead still holds"
    desk.at += patience().lease
    assert await desk.deliver_due() == 2
    assert receiver.versions(str(AWA)) == [1, 1, 2]
    assert receiver.got[0][0] == receiver.got[1][0] != receiver.got[2][0]
    assert await desk.states() == {"delivered": 2}


async def test_a_worker_that_was_held_for_dead_records_nothing(desk: Desk, receiver: Receiver) -> None:
    _, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    await desk.tell((AWA, 1))
    (late,) = await desk.claim()
    desk.at += patience().lease
    (taken_over,) = await desk.claim()
    await desk.deliver(late)
    assert receiver.tries == [], "its lease is over: it does not even send"
    async with desk.database.sessions.begin() as session:
        assert not await claiming.hold(session, late, at=desk.at)
    await desk.deliver(taken_over)
    assert await desk.states() == {"delivered": 1}
    await desk.deliver(taken_over)
    assert len(receiver.tries) == 1


async def test_a_subscription_that_was_removed_while_sending_leaves_nothing_behind(
    desk: Desk, receiver: Receiver
) -> None:
    made, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    await desk.tell((AWA, 1))
    (claimed,) = await desk.claim()
    receiver.delay_s = 0.5
    sending = asyncio.create_task(desk.deliver(claimed))
    await until(lambda: bool(receiver.tries), within_s=5)
    async with desk.database.sessions.begin() as session:
        await desk.remove(session, made)
    await sending
    assert await desk.deliveries() == []


async def test_a_slow_receiver_holds_back_nobody_else(database: Database, receiver: Receiver) -> None:
    desk = Impatient(database)
    with receiving(Receiver(delay_s=4.0)) as slow:
        _, slow.secrets["/in"] = await desk.subscribe(slow.url + "/in")
        _, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
        await desk.tell(*((UUID(int=n), 1) for n in range(1, 21)))
        stopping = asyncio.Event()
        running = asyncio.create_task(
            dispatch_deliveries(database, desk.deliver, patience=patience(), now=clock.now, stopping=stopping)
        )
        await until(lambda: len(receiver.got) == 20, within_s=20)
        assert len(slow.tries) <= patience().at_once * 2
        stopping.set()
        await running
        assert len(slow.got) == len(slow.tries), "what was under way was seen through"


async def test_trouble_of_our_own_ends_neither_the_worker_nor_the_delivery(
    desk: Desk, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    _, receiver.secrets["/in"] = await desk.subscribe(receiver.url + "/in")
    await desk.tell((AWA, 1))
    stopping = asyncio.Event()
    tried = asyncio.Event()

    async def fail(_claimed: object) -> None:
        tried.set()
        raise RuntimeError("ours")

    running = asyncio.create_task(
        dispatch_deliveries(desk.database, fail, patience=patience(), now=lambda: desk.at, stopping=stopping)
    )
    await asyncio.wait_for(tried.wait(), 10)
    stopping.set()
    await running
    desk.at += patience().lease
    assert await desk.deliver_due() == 1


async def test_a_database_that_is_away_is_waited_for(gateway_database: Store) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    away = Database(f"postgresql://nobody@127.0.0.1:{port}/none")
    stopping = asyncio.Event()

    async def never(_claimed: object) -> None:
        raise AssertionError

    running = asyncio.create_task(
        dispatch_deliveries(away, never, patience=patience(), now=clock.now, stopping=stopping)
    )
    await asyncio.sleep(0.3)
    assert not running.done()
    stopping.set()
    await running
    await away.close()
