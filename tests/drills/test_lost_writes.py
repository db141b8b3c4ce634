"""SIGKILL in the middle of writes: what was acknowledged is there, whatever was killed."""

from __future__ import annotations

import pytest

from tests.drills import processes
from tests.drills.writing import Writers, read_when_settled
from tests.end_to_end.deployment import Launcher
from tests.end_to_end.partner import Partner

pytestmark = pytest.mark.slow

BEFORE, AFTER = 25, 25


@pytest.mark.parametrize("victim", ["postgres", "registry", "gateway", "health", "training", "registry worker"])
def test_no_acknowledged_write_is_lost_when_it_is_killed(launcher: Launcher, partner: Partner, victim: str) -> None:
    with Writers(launcher.deployment()) as writers:
        writers.wait_for(BEFORE)
        processes.kill(_pid(launcher, victim))
        writers.wait_for(AFTER)
    for path in writers.acknowledged.persons:
        assert read_when_settled(partner, path).status_code == 200, (victim, path)


def test_a_killed_launcher_leaves_nothing_running_and_a_new_start_has_every_write(launcher: Launcher) -> None:
    with Writers(launcher.deployment()) as writers:
        writers.wait_for(BEFORE)
        family, database = processes.children(launcher.pid), processes.postgres(launcher)
        launcher.kill()
    acknowledged = list(writers.acknowledged.persons)
    # PostgreSQL may go on: the next start takes it over
    processes.wait_until_gone(family - processes.children(database) - {database})

    launcher.start()

    client = launcher.deployment().clients["integrator"]
    with launcher.connection() as http:
        partner = Partner(http, client, "REGISTRATION")
        for path in acknowledged:
            assert read_when_settled(partner, path).status_code == 200, path


def _pid(launcher: Launcher, victim: str) -> int:
    name, _, is_worker = victim.partition(" ")
    if name == "postgres":
        return processes.postgres(launcher)
    return processes.worker(launcher, name) if is_worker else processes.service(launcher, name)
