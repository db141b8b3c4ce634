"""The sealed trail's tables and functions in a store, frozen as SQL by version; called by the store's migrations."""

import re
from pathlib import Path

from alembic import op

_SCHEMA = Path(__file__).with_name("schema")
_BIND = re.compile(r"(?<!:):(?=\w)")


def create_sealed_trail_v1() -> None:
    """Create leaves, nodes and checkpoints, and the functions through which alone the application sees the rows."""
    _apply("sealed_trail_1_create")


def drop_sealed_trail_v1() -> None:
    """Undo `create_sealed_trail_v1`; the rows stay, their seals go."""
    _apply("sealed_trail_1_drop")


def _apply(name: str) -> None:
    op.execute(_BIND.sub(r"\\:", (_SCHEMA / f"{name}.sql").read_text("utf-8")))
