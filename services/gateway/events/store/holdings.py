"""What events hold about persons, as `holdings.yaml` declares it."""

from functools import cache
from pathlib import Path

from services.background.holdings import Holdings


@cache
def holdings() -> Holdings:
    """Return it; read once."""
    return Holdings.read(Path(__file__).with_name("holdings.yaml"))
