"""The classes of calls, read from the YAML beside this file."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.gateway.forwarding.domain.limits import LimitClass, Policy

OPEN = "open"
"""The class of operations that need no token."""

BY_CLIENT = "client"
BY_ADDRESS = "address"


@cache
def classes() -> Sequence[LimitClass]:
    """Return every class, in the order in which they are tried.

    Raises:
        ValueError: A policy's numbers do not fit, or one call would cost more than its burst.
    """
    rows = yaml.safe_load(Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8"))
    return tuple(_class(row) for row in rows)


def class_named(name: str) -> LimitClass:
    """Return a class by its name."""
    return next(found for found in classes() if found.name == name)


def _class(row: dict[str, Any]) -> LimitClass:
    return LimitClass(
        name=row["class"],
        about=row["about"],
        policies=tuple(Policy(**policy) for policy in row["policies"]),
        by=row.get("by", BY_CLIENT),
        operations=row.get("operations", {}),
        scopes=frozenset(row.get("scopes", ())),
        methods=frozenset(row.get("methods", ())),
    )
