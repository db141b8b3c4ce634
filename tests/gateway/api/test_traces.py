"""What is left behind of a call: access lines with ids, and never a value."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from services.gateway.forwarding.api.access_line import TOGETHER, AccessLines, Line
from services.gateway.forwarding.clients.alarms import COARSE_S, Alarm, Alarms
from services.kit import clock
from services.kit.logs import FIELDS
from tests.gateway.conftest import House
from tests.gateway.peer import answer

CANARY = "canaryvaluexyz"
LINE = Line(clock.now(), 0.001, "GET", None, 200, "my-request", None, None)


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_no_value_of_a_call_is_echoed_or_logged(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    headers = await house.headers()
    client = house.client
    answers = [
        await client.get(f"/v1/persons/{CANARY}?q={CANARY}", headers={"authorization": f"Bearer {CANARY}"}),
        await client.get(f"/v1/persons/{CANARY}%2f{CANARY}", headers=headers),
        await client.get(f"/v1/{CANARY}?{CANARY}={CANARY}", headers=headers),
        await client.get(f"/v1/persons/{CANARY}", headers=headers | {"purpose": CANARY}),
        await client.delete(f"/v1/persons/{CANARY}", headers=headers),
        await client.get(f"/v1/jobs/{CANARY}", headers=headers),
        await client.get(f"/v1/persons/{CANARY}/overview", headers=headers),
        await client.get("/v1/persons/abc", headers=headers | {"accept": f"{CANARY}\r\nx: y"}),
        await client.post("/oauth2/token", data={"grant_type": CANARY, "client_secret": CANARY, "scope": CANARY}),
        await client.post("/oauth2/token", data={CANARY: CANARY}, auth=(CANARY, CANARY)),
        await client.post("/v1/coverage/determinations", json={"person_id": CANARY, "facts": CANARY}, headers=headers),
        await client.post("/v1/coverage/determinations", content=f'{{"a": {CANARY}}}', headers=headers),
        await client.get(f"/problems/{CANARY}"),
        await client.get(f"/docs/assets/{CANARY}"),
        await client.get("/docs", headers={"cookie": CANARY, "referer": CANARY, "user-agent": CANARY}),
    ]
    house.registry.default = b"HTTP/1.1 200 " + CANARY.encode() + b"\r\nbroken\r\n\r\n"
    answers.append(await client.get("/v1/persons/abc", headers=headers))
    for response in answers:
        assert CANARY not in response.text
        assert CANARY not in str(response.headers)
        assert response.status_code < 500 or response.status_code == 502
    out, error = capfd.readouterr()
    assert "request" in out
    assert CANARY not in out + error


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_every_forwarded_or_refused_call_leaves_one_line(house: House, tmp_path: Path) -> None:
    target = os.open(tmp_path / "lines", os.O_CREAT | os.O_WRONLY)
    house.gateway.plane._lines = lines = AccessLines("INFO", target)
    headers = await house.headers("mdm", purpose="HEALTH_COVERAGE")
    ok = await house.client.get("/v1/persons/abc", headers=headers)
    await house.client.get("/v1/persons/abc")
    await house.client.delete("/v1/persons/abc")
    await house.client.get("/v1/persons/%20")
    house.registry.default = answer(404)
    await house.client.get("/v1/persons/abc", headers=headers)
    lines.flush()
    lines.flush()
    os.close(target)
    found = lines_in(tmp_path / "lines")
    assert [line["status"] for line in found] == [200, 401, 405, 400, 404]
    assert found[0] | {"duration_ms": 0, "timestamp": ""} == {
        "method": "GET",
        "route": "/v1/persons/{person_id}",
        "status": 200,
        "duration_ms": 0,
        "request_id": ok.headers["x-request-id"],
        "operation": "read_person",
        "upstream": "registry",
        "client_id": "mdm",
        "service": "gateway",
        "event": "request",
        "level": "info",
        "timestamp": "",
    }
    assert found[1]["reason"] == "TokenMissingError"
    assert found[3]["route"] == "-"
    assert all(line.keys() <= FIELDS for line in found)


async def test_lines_are_written_together_and_soon(tmp_path: Path) -> None:
    target = os.open(tmp_path / "lines", os.O_CREAT | os.O_WRONLY)
    lines = AccessLines("INFO", target)
    for _ in range(TOGETHER):
        lines.write(LINE)
    assert len(lines_in(tmp_path / "lines")) == TOGETHER
    lines.write(LINE)
    await asyncio.sleep(0.2)
    assert len(lines_in(tmp_path / "lines")) == TOGETHER + 1
    os.close(target)


def test_nothing_is_written_above_info(tmp_path: Path) -> None:
    target = os.open(tmp_path / "lines", os.O_CREAT | os.O_WRONLY)
    lines = AccessLines("WARNING", target)
    lines.write(LINE)
    lines.flush()
    os.close(target)
    assert lines_in(tmp_path / "lines") == []


async def test_a_process_that_has_set_logging_up_gets_its_lines_on_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    structlog.configure()
    try:
        lines = AccessLines("INFO")
    finally:
        structlog.reset_defaults()
    lines.write(LINE)
    lines.flush()
    assert orjson.loads(capfd.readouterr().err)["status"] == 200


class Bell(Alarm):
    """An alarm that is heard."""

    def __init__(self, rung: list[str], name: str, then: Callable[[], None] | None = None) -> None:
        self.rung, self.name, self.then = rung, name, then

    def ring(self) -> None:
        self.rung.append(self.name)
        if self.then is not None:
            self.then()


async def test_alarms_ring_once_unless_cleared() -> None:
    alarms, rung = Alarms(), list[str]()
    now = alarms.loop.time()
    cleared = Bell(rung, "cleared")
    alarms.set(Bell(rung, "at once"), now)
    alarms.set(cleared, now)
    alarms.set(Bell(rung, "later"), now + 3 * COARSE_S)
    alarms.clear(cleared)
    alarms.clear(cleared)
    await asyncio.sleep(2 * COARSE_S)
    assert rung == ["at once"]
    await asyncio.sleep(4 * COARSE_S)
    assert rung == ["at once", "later"]


async def test_an_alarm_may_clear_another_that_is_due() -> None:
    alarms, rung = Alarms(), list[str]()
    pair: list[Bell] = []
    pair += [
        Bell(rung, "first", lambda: alarms.clear(pair[1])),
        Bell(rung, "second", lambda: alarms.clear(pair[0])),
    ]
    now = alarms.loop.time()
    for bell in pair:
        alarms.set(bell, now)
    await asyncio.sleep(3 * COARSE_S)
    assert len(rung) == 1
