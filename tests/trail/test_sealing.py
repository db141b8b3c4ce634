"""The sealer: every row once, none skipped, whatever commits late, is killed, restored or started twice."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from services.trail import sealing as module
from services.trail.hashes import HashesMissingError
from services.trail.sealing import Sealer, TrailDamagedError
from services.trail.settings import SealingSettings
from services.trail.workers import sealing
from tests.kit.waiting import until
from tests.trail.trails import INSERT, SEED, SIGNER, Drill


def places(drill: Drill) -> list[Any]:
    return [seq for (seq,) in drill.read("SELECT seq FROM audit_leaf ORDER BY seq")]


async def test_rows_are_sealed_in_batches_each_with_a_checkpoint(drill: Drill) -> None:
    drill.write(25)
    counts = [(await drill.seal(batch=10)).count for _ in range(5)]
    assert counts == [10, 10, 5, 0, 0]
    assert places(drill) == list(range(25))
    assert drill.read("SELECT size FROM audit_checkpoint ORDER BY size") == [(10,), (20,), (25,)]
    assert drill.found() == []


async def test_nothing_to_seal_leaves_no_checkpoint(drill: Drill) -> None:
    assert (await drill.seal()).count == 0
    await drill.fill(3)
    for _ in range(3):
        assert (await drill.seal()).size == 3
    assert drill.read("SELECT count(*) FROM audit_checkpoint") == [(1,)]


async def test_the_lag_is_the_age_of_the_oldest_row(drill: Drill) -> None:
    drill.write(2)
    later = datetime.now(UTC) + timedelta(seconds=90)
    sealed = await Sealer(drill.database, SIGNER, now=lambda: later).step()
    assert 85 < sealed.lag_s < 95


async def test_a_row_that_is_committed_late_is_sealed_and_never_skipped(drill: Drill) -> None:
    drill.write(2)
    with psycopg.connect(drill.store.url) as slow:
        slow.execute(INSERT.encode(), {"first": 900, "last": 901})
        drill.write(3)
        assert (await drill.seal()).count == 2  # those before the slow one; none behind it
        drill.write(1)
        assert (await drill.seal()).count == 0
    assert (await drill.seal()).count == 6
    drill.write(1)
    assert (await drill.seal()).count == 1
    order = drill.read("SELECT request_id FROM audit_leaf l JOIN audit_record r ON r.id = l.record_id ORDER BY seq")
    assert [name for (name,) in order] == ["r-0", "r-1", "r-900", "r-901", "r-2", "r-3", "r-4", "r-5", "r-6"]
    assert drill.found(tolerance=timedelta(0)) == []


async def test_a_large_transaction_is_sealed_over_several_batches(drill: Drill) -> None:
    await drill.fill(1)
    drill.write(25)
    assert [(await drill.seal(batch=10)).count for _ in range(4)] == [10, 10, 5, 0]
    assert drill.found(tolerance=timedelta(0)) == []


async def test_the_rows_of_a_store_restored_from_a_dump_are_sealed(drill: Drill) -> None:
    """A dump brings transaction numbers along that are far ahead of the new server's own."""
    await drill.fill(3)
    drill.write(25)
    drill.damage(
        "UPDATE audit_record SET xid = (xid::text::bigint + 4000000000000)::text::xid8",
        "UPDATE audit_checkpoint SET sealed_below = (sealed_below::text::bigint + 4000000000000)::text::xid8",
    )
    assert [(await drill.seal(batch=10)).count for _ in range(3)] == [10, 10, 5]
    drill.write(4)
    assert (await drill.seal()).count == 4
    assert drill.found(tolerance=timedelta(0)) == []


async def test_only_one_seals_at_a_time(drill: Drill) -> None:
    drill.write(40)
    with psycopg.connect(drill.store.url) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({module._LOCK})".encode())
        assert (await drill.seal()).count == 0
    done = await asyncio.gather(*(drill.seal(batch=7) for _ in range(12)))
    while (await drill.seal(batch=7)).count:
        pass
    assert sum(one.count for one in done) <= 40
    assert places(drill) == list(range(40))
    assert drill.found(tolerance=timedelta(0)) == []


async def test_nothing_is_sealed_on_top_of_damage(drill: Drill) -> None:
    await drill.fill(300)
    drill.write(1)
    drill.damage("UPDATE audit_leaf SET hash = sha256(hash) WHERE seq = 290")
    with pytest.raises(TrailDamagedError):
        await drill.seal()
    drill.damage("DELETE FROM audit_leaf WHERE seq = 280")
    with pytest.raises(HashesMissingError):
        await drill.seal()
    assert len(places(drill)) == 299


async def test_the_application_reaches_the_trail_by_its_functions_alone(drill: Drill) -> None:
    await drill.fill(3)
    for statement in (
        "SELECT * FROM audit_record",
        "INSERT INTO audit_record (id, action, outcome, persons) VALUES (uuidv7(), '', '', '{}')",
        "INSERT INTO audit_leaf VALUES (9, uuidv7(), sha256(''))",
        "UPDATE audit_leaf SET seq = 9",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_node",
    ):
        with psycopg.connect(drill.store.url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement.encode())
    for statement in ("UPDATE audit_leaf SET seq = 9", "DELETE FROM audit_checkpoint", "TRUNCATE audit_node"):
        with psycopg.connect(drill.store.admin_url) as owner, pytest.raises(psycopg.errors.RaiseException):
            owner.execute(statement.encode())
    with psycopg.connect(drill.store.url) as app, pytest.raises(psycopg.errors.RaiseException, match="goes on behind"):
        app.execute("SELECT audit_append(9, '{}', '{}', '{}', '{}', '{}', sha256(''), '', '', '0', now())")


async def test_the_sealer_goes_on_through_trouble_and_ends_when_told(drill: Drill) -> None:
    drill.write(3)
    sealer = Sealer(drill.database, SIGNER, pause_s=0.05, batch=2)
    steps: list[Exception | None] = [OSError(), DBAPIError("", None, Exception()), None, None, None]
    real = sealer.step

    async def troubled() -> Any:
        trouble = steps.pop(0) if steps else None
        if trouble is not None:
            raise trouble
        return await real()

    sealer.step = troubled  # type: ignore[method-assign]  # a peer that fails, and then does not
    stopping = asyncio.Event()
    with capture_logs() as lines:
        running = asyncio.create_task(sealer.run(stopping))
        await until(lambda: len(places(drill)) == 3)
        await asyncio.sleep(0.2)  # a few looks at which there is nothing to do
        drill.damage("UPDATE audit_leaf SET hash = sha256(hash)")
        drill.write(1)
        await until(lambda: any(line["event"] == "audit_trail_damaged" for line in lines))
        stopping.set()
        await asyncio.wait_for(running, 5)
    assert [line["event"] for line in lines].count("sealing_interrupted") == 2
    (first, second) = [line for line in lines if line["event"] == "audit_sealed"]
    assert (first["store"], first["count"], second["total"]) == ("indimaj/training", 2, 3)
    assert first["duration_ms"] >= 0


async def test_a_killed_sealer_leaves_no_gap_and_seals_nothing_twice(drill: Drill) -> None:
    drill.write(3_000)
    for kill_after in (0.0, 0.004, 0.008, 0.015, 0.03):
        told = {**os.environ, "DRILL_URL": drill.store.url, "PYTHONPATH": str(Path(__file__).parents[2])}
        program = (sys.executable, "-P", str(Path(__file__).with_name("doomed_sealer.py")))
        sealer = await asyncio.create_subprocess_exec(*program, env=told, stdout=asyncio.subprocess.PIPE)
        assert sealer.stdout is not None
        assert await sealer.stdout.readline() == b"ready\n"
        await asyncio.sleep(kill_after)
        sealer.kill()
        await sealer.wait()
    while (await drill.seal()).count:
        pass
    assert places(drill) == list(range(3_000))
    assert drill.found(tolerance=timedelta(0)) == []


async def test_a_worker_seals_under_the_key_of_its_environment(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDIMAJ_AUDIT_KEY", SEED.hex())
    monkeypatch.setenv("INDIMAJ_AUDIT_PAUSE_S", "0.05")
    drill.write(4)
    stopping = asyncio.Event()
    running = asyncio.ensure_future(sealing(drill.database, "training")(stopping))
    await until(lambda: len(places(drill)) == 4)
    stopping.set()
    await asyncio.wait_for(running, 5)
    assert drill.found() == []


@pytest.mark.parametrize("key", ["", "44", "zz" * 32, "44" * 33])
def test_what_is_no_key_is_refused_without_being_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDIMAJ_AUDIT_KEY", key)
    with pytest.raises(ValidationError) as refused:
        SealingSettings()
    assert not key or key not in str(refused.value)
