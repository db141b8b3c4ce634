"""How to try each POST about the rights of a person: changes, consents, oppositions, rectifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from tests.contract.posts import Post, Prepare, World, of_person, part, word


def consent() -> dict[str, Any]:
    notice = {"code": "TRAINING", "version": 1}
    return {"purpose": "TRAINING", "recipient": "ofppt", "notice": notice, "language": "fr", "channel": "oral"}


def opposition() -> dict[str, Any]:
    return {"recipient": "ofppt", "purposes": ["TRAINING"], "grounds": word(), "channel": "oral"}


def complaint() -> dict[str, Any]:
    return {"fields": ["birth"], "said": word(), "wanted": word(), "channel": "oral"}


def wanted_change() -> dict[str, Any]:
    return {"sex": "X", "reason": word()}


def on_part(action: str, collection: str, made: Callable[[], Mapping[str, Any]], body: Mapping[str, Any]) -> Prepare:
    return lambda world: Post(f"{part(world, collection, made())}/{action}", dict(body), world.partner)


def of_other_proposer(action: str, body: Mapping[str, Any]) -> Prepare:
    """Decide on a change request that somebody else has made."""

    def prepare(world: World) -> Post:
        there = part(world, "change-requests", wanted_change())
        with psycopg.connect(world.system.stores["registry"].admin_url) as connection:
            somebody = "UPDATE change_request SET proposed_by = 'clerk', proposed_client = 'desk' WHERE id = %s"
            connection.execute(somebody, (there.rpartition("/")[2],))
        return Post(f"{there}/{action}", dict(body), world.partner)

    return prepare


POSTS: Mapping[str, Prepare] = {
    "request_change": of_person("change-requests", wanted_change),
    "approve_change_request": of_other_proposer("approve", {}),
    "reject_change_request": of_other_proposer("reject", {"reason": "No"}),
    "withdraw_change_request": on_part("withdraw", "change-requests", wanted_change, {}),
    "record_consent": of_person("consents", consent),
    "withdraw_consent": on_part("withdrawal", "consents", consent, {"channel": "oral"}),
    "oppose_use": of_person("oppositions", opposition),
    "assess_opposition": on_part("assessment", "oppositions", opposition, {"outcome": "upheld", "reasons": "Right"}),
    "withdraw_opposition": on_part("withdrawal", "oppositions", opposition, {}),
    "request_rectification": of_person("rectifications", complaint),
    "answer_rectification": on_part(
        "answer", "rectifications", complaint, {"outcome": "refused", "reasons": "Right as it is"}
    ),
}
