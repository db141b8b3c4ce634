"""An event never outruns the wall: what a service knows of whom a person is kept from travels with its changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.gateway.events.contract.feeds import change_of
from tests.gateway.events.desk import Desk
from tests.gateway.events.test_polling import poll, versions

AWA = UUID(int=1)
AT = "2026-11-23T12:00:00Z"
KEPT: dict[str, Any] = {"callers": [{"organisation": "mdm"}]}


def of_coverage(number: int, version: int, **walls: Any) -> dict[str, Any]:
    """Return a change as coverage's feed has it."""
    return {
        "id": number,
        "at": AT,
        "kind": "coverage.entitlement_opened",
        "subject": str(AWA),
        "version": version,
        "payload": {"person_id": str(AWA), "organisation": "mdm"},
        **walls,
    }


def of_registry(number: int, version: int, withheld: dict[str, Any]) -> dict[str, Any]:
    """Return a change as the registry's feed has it for the gateway."""
    changed = {"id": number, "at": AT, "kind": "person.updated", "person_id": str(AWA), "version": version}
    return {**changed, "organisation": "mdm", "withheld": withheld}


async def told(desk: Desk, source: str, *items: dict[str, Any]) -> Sequence[int]:
    """Follow changes of a source, and return the versions that a partner reads."""
    await desk.record([change_of(source, item) for item in items])
    return versions(await poll(desk))


async def test_a_right_opened_behind_the_wall_is_not_told_before_the_registry_is_followed(desk: Desk) -> None:
    assert await told(desk, "coverage", of_coverage(1, 1, withheld=KEPT, withheld_at=7)) == []
    assert await told(desk, "registry", of_registry(1, 7, KEPT)) == []


async def test_what_an_older_version_withheld_does_not_come_back(desk: Desk) -> None:
    assert await told(desk, "registry", of_registry(1, 8, KEPT), of_registry(2, 9, {})) == [8, 9]
    assert await told(desk, "coverage", of_coverage(1, 1, withheld=KEPT, withheld_at=8)) == [8, 9, 1]


async def test_a_service_that_knows_nothing_of_her_says_nothing_of_walls(desk: Desk) -> None:
    assert change_of("coverage", of_coverage(1, 1)).withheld is None
    assert await told(desk, "coverage", of_coverage(1, 1)) == [1]
