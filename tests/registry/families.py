"""Families for tests of the API: who lives with whom, and who looks."""

from typing import Any

import httpx

from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import register
from tests.support.callers import bearer

HOME = {"region": "06", "unit": "MA-CAS", "line": "12 rue des Oliviers"}
NEW_HOME = {"region": "04", "unit": "MA-RAB", "line": "3 rue de la Paix"}


def as_(**claims: Any) -> dict[str, str]:
    """Return headers of another caller with every scope."""
    return bearer(*EVERY_SCOPE, service="registry", **claims)


async def someone(client: httpx.AsyncClient, given: str, **more: Any) -> str:
    """Register a person and return her id."""
    body = {"names": [{"family": "Diallo", "given": given}], "address": HOME, **more}
    return str((await register(client, body))["id"])


async def found(client: httpx.AsyncClient, **roles: str) -> str:
    """Found a household of role to person, `CHILD_2` for a second child, and return its id."""
    members = [{"person_id": one, "role": role.partition("_")[0]} for role, one in roles.items()]
    answer = await client.post("/v1/households", json={"members": members})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class Family:
    """A head, his wife and a child of theirs in one household."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.he = self.she = self.child = self.home = ""

    async def settle(self) -> "Family":
        """Register them."""
        self.he, self.she, self.child = [await someone(self.client, name) for name in ("Ali", "Awa", "Issa")]
        self.home = await found(self.client, HEAD=self.he, SPOUSE=self.she, CHILD=self.child)
        return self

    async def split(self, **more: Any) -> dict[str, Any]:
        """Let her leave with the child, out of his sight."""
        body = {"leaving": [self.she, self.child], "protected": True, "address": NEW_HOME, **more}
        answer = await self.client.post(f"/v1/households/{self.home}/split", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


async def members(client: httpx.AsyncClient, household: str, **options: Any) -> dict[str, tuple[str, Any, Any]]:
    """Return the members of a household: person to role, first and last day."""
    answer = await client.get(f"/v1/households/{household}/members", **options)
    assert answer.status_code == 200, answer.text
    return {one["person_id"]: (one["role"], one["valid_from"], one["valid_to"]) for one in answer.json()["items"]}
