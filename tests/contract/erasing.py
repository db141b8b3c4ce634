"""Erasure, holds and retention, for the tests that walk every operation: ids, bodies and POSTs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from tests.contract.partners import Partner
from tests.contract.posts import Post, Prepare, World, person
from tests.support.system import System

WHY = {"reason": "UNLAWFUL"}
KINDS: Mapping[str, str] = {"erasure_id": "erasure", "hold_id": "hold", "proposal_id": "proposal"}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "propose_erasure": WHY,
    "confirm_erasure": {},
    "withdraw_erasure": {},
    "place_hold": {"reason": "AUDIT"},
    "lift_hold": {},
    "propose_retention": {},
    "confirm_retention": {},
    "withdraw_retention": {},
}
SOMEBODY = {
    "erasure": "UPDATE erasure SET proposed_by = 'clerk' WHERE id = %s",
    "legal_hold": "UPDATE legal_hold SET placed_by = 'clerk' WHERE id = %s",
    "retention_proposal": "UPDATE retention_proposal SET proposed_by = 'clerk' WHERE id = %s",
}
"""Let somebody else have begun it, so that this partner may be the second."""


def settle(system: System, partner: Partner) -> None:
    """Make an erasure, a hold and a retention proposal; note their ids."""
    rows = partner.rows
    rows["hold"] = partner.make(f"/v1/persons/{rows['person']}/holds", {"reason": "AUDIT"})["id"]
    forgotten = long_gone(system, partner)
    rows["proposal"] = partner.make("/v1/retention/proposals", {})["id"]
    rows["erasure"] = partner.make(f"/v1/persons/{forgotten}/erasure", WHY)["id"]


def long_gone(system: System, partner: Partner) -> str:
    """Register a person and let her be heard of for the last time long ago; return her id."""
    made = str(partner.make("/v1/persons", {"names": [{"given": "Anta"}]})["id"])
    change(system, "UPDATE person SET recorded_at = '2015-01-01', created_at = '2015-01-01' WHERE id = %s", made)
    return made


def change(system: System, statement: str, row: str) -> None:
    """Change a row behind the register's back."""
    with psycopg.connect(system.stores["registry"].admin_url) as connection:
        connection.execute(statement.encode(), (row,))


def of_erasure(action: str) -> Prepare:
    def prepare(world: World) -> Post:
        made = world.partner.make(f"/v1/persons/{person(world)}/erasure", WHY)["id"]
        change(world.system, SOMEBODY["erasure"], made)
        return Post(f"/v1/erasures/{made}/{action}", {}, world.partner)

    return prepare


def of_proposal(action: str) -> Prepare:
    def prepare(world: World) -> Post:
        long_gone(world.system, world.partner)
        made = world.partner.make("/v1/retention/proposals", {})["id"]
        change(world.system, SOMEBODY["retention_proposal"], made)
        return Post(f"/v1/retention/proposals/{made}/{action}", {}, world.partner)

    return prepare


def lifting(world: World) -> Post:
    there = f"/v1/persons/{person(world)}/holds"
    made = world.partner.make(there, {"reason": "AUDIT"})["id"]
    change(world.system, SOMEBODY["legal_hold"], made)
    return Post(f"{there}/{made}/lift", {}, world.partner)


def proposing(world: World) -> Post:
    long_gone(world.system, world.partner)
    return Post("/v1/retention/proposals", {}, world.partner)


POSTS: Mapping[str, Prepare] = {
    "propose_erasure": lambda world: Post(f"/v1/persons/{person(world)}/erasure", WHY, world.partner),
    "confirm_erasure": of_erasure("confirm"),
    "withdraw_erasure": of_erasure("withdraw"),
    "place_hold": lambda world: Post(f"/v1/persons/{person(world)}/holds", {"reason": "AUDIT"}, world.partner),
    "lift_hold": lifting,
    "propose_retention": proposing,
    "confirm_retention": of_proposal("confirm"),
    "withdraw_retention": of_proposal("withdraw"),
}
