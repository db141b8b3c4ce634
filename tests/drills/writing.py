"""Writers that keep count of every write the gateway acknowledged, while something is being killed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.end_to_end.deployment import Deployment
from tests.end_to_end.partner import Partner
from tests.end_to_end.people import awa

_WRITERS = 4
_PATIENCE_SECONDS = 10.0
_SETTLED_SECONDS = 60.0


@dataclass
class Acknowledged:
    """What was promised.

    Attributes:
        persons: Location of each person whose registration was answered 201.
        failures: Statuses and errors of the requests that were not.
    """

    persons: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Writers:
    """Threads that register persons as fast as they are answered, until told to stop."""

    def __init__(self, deployment: Deployment) -> None:
        self.acknowledged = Acknowledged()
        self._deployment = deployment
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(_WRITERS)]

    def __enter__(self) -> Self:
        """Start writing."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop writing and wait for the last answers."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=_SETTLED_SECONDS)

    def wait_for(self, more: int) -> None:
        """Return when this many more writes have been acknowledged."""
        target = len(self.acknowledged.persons) + more
        deadline = time.monotonic() + _SETTLED_SECONDS
        while len(self.acknowledged.persons) < target:
            assert time.monotonic() < deadline, f"no writes are acknowledged: {self.acknowledged.failures[-5:]}"
            time.sleep(0.02)

    def _write(self) -> None:
        with httpx.Client(base_url=self._deployment.base_url, timeout=_PATIENCE_SECONDS) as http:
            ministry = Partner(http, self._deployment.clients["ministry"], "REGISTRATION")
            while not self._stopping.is_set():
                try:
                    answer = ministry.post("/v1/persons", awa())
                except httpx.HTTPError as error:
                    self.acknowledged.failures.append(type(error).__name__)
                    time.sleep(0.05)
                    continue
                if answer.status_code == httpx.codes.CREATED:
                    self.acknowledged.persons.append(answer.headers["location"])
                else:
                    self.acknowledged.failures.append(str(answer.status_code))
                    time.sleep(0.05)


def read_when_settled(partner: Partner, path: str) -> Any:
    """Return what is stored, asking again while services come back."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    while True:
        try:
            answer = partner.get(path)
        except httpx.HTTPError:
            answer = None
        if answer is not None and answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            return answer
        assert time.monotonic() < deadline, f"{path} does not come back"
        time.sleep(0.1)
