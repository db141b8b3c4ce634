"""Two who administer partners, and a partner to administer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import House

TERMS: dict[str, Any] = {
    "authorisation_number": "A-S-77/2026",
    "purposes": ["HEALTH_COVERAGE"],
    "resources": [{"resource": "persons", "actions": ["read", "search"], "fields": ["names", "birth"]}],
    "valid_from": "2026-01-01",
    "valid_to": "2030-12-31",
}
CLIENT: dict[str, Any] = {"client_id": "clinic-desk", "name": "Desk", "scopes": []}


@dataclass
class Desk:
    """Speaks to the administration API as one client, and hands etags on by itself."""

    house: House
    headers: Mapping[str, str]

    async def get(self, path: str) -> httpx.Response:
        return await self.house.client.get(path, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        return await self.house.client.post(path, headers={**self.headers, **headers}, **sent)

    async def patch(self, path: str, body: Any, etag: str | None = None) -> httpx.Response:
        etag = etag or (await self.get(path)).headers["etag"]
        return await self.house.client.patch(path, json=body, headers={**self.headers, "if-match": etag})

    async def made(self, path: str, body: Any, status: int = 201) -> dict[str, Any]:
        response = await self.post(path, body)
        assert response.status_code == status, response.text
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture
def upstream() -> str:
    """Administration does not forward: one client of services is enough."""
    return "pool"


@pytest.fixture
async def one(house: House) -> Desk:
    """The first of two who administer partners."""
    return Desk(house, await house.headers("ministry", purpose=None))


@pytest.fixture
async def other(house: House) -> Desk:
    """The second."""
    return Desk(house, await house.headers("integrator", purpose=None))


@pytest.fixture
async def clinic(one: Desk) -> str:
    """The path of a fresh partner."""
    body = {"code": "clinic", "name": "Clinique", "kind": "care_provider"}
    return f"/v1/partners/{(await one.made('/v1/partners', body))['id']}"


async def agreed(one: Desk, other: Desk, partner: str, **changes: Any) -> str:
    """Propose an agreement, approve it by the second person, and return its path."""
    made = await one.made(f"{partner}/agreements", TERMS | changes)
    path = f"{partner}/agreements/{made['id']}"
    assert (await other.post(f"{path}/approve")).status_code == 200
    return path


def travel(house: House, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let the door's clock show another instant; tokens verified before stay remembered for their minute."""
    monkeypatch.setattr(house.gateway.plane, "_now", lambda: at)
