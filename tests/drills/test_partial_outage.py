"""One service down: the rest answers, and says honestly what is missing."""

from __future__ import annotations

import os
import signal

import pytest

from tests.drills import processes
from tests.drills.writing import read_when_settled
from tests.end_to_end.deployment import Launcher
from tests.end_to_end.partner import Partner, expect
from tests.end_to_end.people import awa

pytestmark = pytest.mark.slow

PARTS = {"health": "coverage", "training": "training", "registry": "registry"}


@pytest.mark.parametrize("down", ["health", "training"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "hung"])
def test_the_overview_answers_and_names_the_part_that_does_not(
    launcher: Launcher, partner: Partner, down: str, how: signal.Signals
) -> None:
    person = expect(partner.post("/v1/persons", awa()), 201)
    path = f"/v1/persons/{person['id']}/overview"
    assert {part["status"] for part in expect(partner.get(path), 200)["parts"].values()} == {"ok"}

    victim = processes.service(launcher, down)
    os.kill(victim, how)
    try:
        parts = expect(partner.get(path), 200)["parts"]
    finally:
        if how == signal.SIGSTOP:
            os.kill(victim, signal.SIGCONT)

    assert parts[PARTS[down]]["status"] in {"unavailable", "stale"}
    assert {parts[part]["status"] for name, part in PARTS.items() if name != down} == {"ok"}
    while {part["status"] for part in read_when_settled(partner, path).json()["parts"].values()} != {"ok"}:
        pass  # the supervisor brings it back; the test's own time limit ends the wait


def test_a_check_at_the_desk_is_answered_while_the_registry_is_down(launcher: Launcher, partner: Partner) -> None:
    os.kill(processes.service(launcher, "registry"), signal.SIGSTOP)
    asked = {"identifier": {"system": "PASSPORT", "value": "E2E-NOBODY"}}
    answer = expect(partner.for_purpose("HEALTH_COVERAGE").post("/v1/coverage/verify", asked), 200)
    assert answer["minimum_access"]
    os.kill(processes.service(launcher, "registry"), signal.SIGCONT)


def test_a_service_that_is_down_is_said_to_be_and_when_to_come_back(launcher: Launcher, partner: Partner) -> None:
    victim = processes.service(launcher, "training")
    os.kill(victim, signal.SIGSTOP)
    try:
        answer = partner.for_purpose("TRAINING").get("/v1/sessions")
    finally:
        os.kill(victim, signal.SIGCONT)
    assert answer.status_code in {502, 503, 504}
    assert answer.headers["content-type"].startswith("application/problem+json")
