"""Households, links and barriers, for the tests that walk every operation: ids, bodies and POSTs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from tests.contract.posts import Post, Prepare, World, person

KINDS: Mapping[str, str] = {
    "household_id": "household",
    "relationship_id": "relationship",
    "representation_id": "representation",
    "representative_id": "person",
    "barrier_id": "barrier",
    "leaving": "person",
    "head": "person",
    "protected_from": "person",
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "create_household": {"members": []},
    "dissolve_household": {"on": "2026-11-23"},
    "split_household": {"protected": True},
    "add_household_member": {"role": "OTHER"},
    "amend_household_member": {"role": "OTHER"},
    "end_household_membership": {"on": "2026-11-23"},
    "add_relationship": {"kind": "SIBLING"},
    "amend_relationship": {"proven": True},
    "retract_relationship": {"reason": "Another's"},
    "add_representative": {"capacity": "FAMILY"},
    "end_representation": {"on": "2026-11-23"},
    "place_barriers": {},
    "propose_lift": {"reason": "She asks"},
    "lift_barrier": {},
}


def household(world: World) -> tuple[str, list[str]]:
    """Found a household of three and return its path and their ids, the head first."""
    people = [person(world) for _ in range(3)]
    members = [{"person_id": one, "role": role} for one, role in zip(people, ("HEAD", "SPOUSE", "CHILD"), strict=True)]
    return f"/v1/households/{world.partner.make('/v1/households', {'members': members})['id']}", people


def of_household(path: str, body: Callable[[World, list[str]], Mapping[str, Any]]) -> Prepare:
    def prepare(world: World) -> Post:
        there, people = household(world)
        return Post(f"{there}/{path}".replace("{child}", people[2]), dict(body(world, people)), world.partner)

    return prepare


def of_two(collection: str, body: Callable[[str], Mapping[str, Any]], then: str = "", more: Any = None) -> Prepare:
    def prepare(world: World) -> Post:
        there = f"/v1/persons/{person(world)}/{collection}"
        said = dict(body(person(world)))
        if not then:
            return Post(there, said, world.partner)
        return Post(f"{there}/{world.partner.make(there, said)['id']}/{then}", more, world.partner)

    return prepare


def lift(*, agreed: bool) -> Prepare:
    """Propose to lift a barrier, or agree to what somebody else has proposed."""

    def prepare(world: World) -> Post:
        there = f"/v1/persons/{person(world)}/barriers"
        [made] = world.partner.make(there, {"protected_from": [person(world)]})["items"]
        if agreed:
            with psycopg.connect(world.system.stores["registry"].admin_url) as connection:
                proposal = (
                    "UPDATE barrier SET lift_reason = 'So', lift_proposed_by = 'clerk', lift_proposed_client = 'desk',"
                    " lift_proposed_at = now() WHERE id = %s"
                )
                connection.execute(proposal, (made["id"],))
            return Post(f"/v1/barriers/{made['id']}/lift/confirmation", {}, world.partner)
        return Post(f"/v1/barriers/{made['id']}/lift", {"reason": "She asks"}, world.partner)

    return prepare


POSTS: Mapping[str, Prepare] = {
    "create_household": lambda world: Post(
        "/v1/households", {"members": [{"person_id": person(world), "role": "HEAD"}]}, world.partner
    ),
    "dissolve_household": of_household("dissolution", lambda _world, _people: {"on": "2026-11-23"}),
    "split_household": of_household("split", lambda _world, people: {"leaving": people[1:], "protected": True}),
    "add_household_member": of_household(
        "members", lambda world, _people: {"person_id": person(world), "role": "OTHER"}
    ),
    "end_household_membership": of_household("members/{child}/end", lambda _world, _people: {"on": "2026-11-23"}),
    "add_relationship": of_two("relationships", lambda other: {"kind": "SPOUSE", "person_id": other}),
    "retract_relationship": of_two(
        "relationships", lambda other: {"kind": "SPOUSE", "person_id": other}, "retraction", {"reason": "Mistyped"}
    ),
    "add_representative": of_two("representatives", lambda _: {"capacity": "PROXY", "subject": "account-9"}),
    "end_representation": of_two(
        "representatives", lambda _: {"capacity": "PROXY", "subject": "account-9"}, "end", {"on": "2027-01-01"}
    ),
    "place_barriers": of_two("barriers", lambda other: {"protected_from": [other]}),
    "propose_lift": lift(agreed=False),
    "lift_barrier": lift(agreed=True),
}
"""How to try each POST that has an effect, by operationId."""
