"""A deployment of this run's own that may be hurt: never the one GATEWAY_URL names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.deployment import Launcher, launched
from tests.end_to_end.partner import Partner


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """Everything, started for one file of drills: it must have recovered from one before the next."""
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def partner(launcher: Launcher) -> Iterator[Partner]:
    """The sandbox client, with patience."""
    with launcher.connection() as http:
        yield Partner(http, launcher.deployment().clients["integrator"], "REGISTRATION")
