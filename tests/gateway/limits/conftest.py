"""A gateway whose clock and limits a test sets."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.gateway.forwarding.domain.limits import Override
from services.gateway.forwarding.store.overrides import save_override
from services.kit import clock
from tests.gateway.conftest import House


@pytest.fixture
def upstream() -> str:
    """The gateway's own pool: limits do not know who speaks to the services."""
    return "pool"


@dataclass
class Clock:
    """A clock that stands until it is moved on."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    async def read(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def stopped(house: House) -> Clock:
    """The gateway's clock, stopped."""
    found = Clock()
    house.gateway.plane._now = found
    house.gateway.control.dependency_overrides[clock.read_now] = found.read
    return found


async def set_numbers(
    house: House, organisation: str, policy: str, numbers: tuple[int, int, int], client_id: str | None = None
) -> None:
    """Give an organisation a limit of `numbers`: units, window in seconds, burst."""
    async with house.gateway.state.database.sessions.begin() as session:
        override = Override(organisation, client_id, policy, 1, *numbers)
        assert await save_override(session, override, at=datetime.now(UTC))
    house.gateway.state.limits.expire()


_ITEM = re.compile(r'"([a-z-]+)";(\w)=(\d+);(\w)=(\d+)')


def told(response: httpx.Response, header: str = "ratelimit") -> dict[str, dict[str, int]]:
    """Return a header's items by policy, having seen that nothing else is in it."""
    found: dict[str, dict[str, int]] = {}
    for item in response.headers[header].split(", "):
        match = _ITEM.fullmatch(item)
        assert match, item
        name, first, number, second, other = match.groups()
        found[name] = {first: int(number), second: int(other)}
    return found


def code(response: httpx.Response) -> tuple[int, Any]:
    """Return status and problem code."""
    return response.status_code, response.json().get("code")
