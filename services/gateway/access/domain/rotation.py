"""When a signing key is made, taken up, put away and forgotten.

next: published, does not sign yet · current: signs · retired: signs no more, what it has signed is still believed.
Source: platform.md 1.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.access.domain.records import KeyState, StoredKey

EVERY = timedelta(days=30)
OVERLAP = timedelta(hours=1)
"""How long a key is published before it signs: every cache of our keys (five minutes at most) has it by then."""

KEPT = timedelta(minutes=15)
"""How long a retired key is believed: the longest token (five minutes), a minute in which another process may still
sign with it, and every leeway fit in three times over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with the keys of one use, in this order.

    Attributes:
        make: Make a key of this state; None for none.
        remove: Names of keys to delete.
        retire: Name of the key that signs no more.
        activate: Name of the key that signs from now on.
    """

    make: KeyState | None = None
    remove: tuple[str, ...] = ()
    retire: str | None = None
    activate: str | None = None


def plan(keys: Sequence[StoredKey], *, at: datetime, begin: bool = False) -> Plan:
    """Return what is due.

    Args:
        keys: Of one use.
        at: The instant of the decision.
        begin: Publish a next key now, whatever the age of the current one.
    """
    current = _of(keys, KeyState.CURRENT)
    following = _of(keys, KeyState.NEXT)
    over = tuple(
        key.kid for key in keys if key.state is KeyState.RETIRED and at - (key.retired_at or key.created_at) >= KEPT
    )
    if current is None:
        return Plan(make=KeyState.CURRENT, remove=over)
    if following is None:
        ageing = at - (current.activated_at or current.created_at) >= EVERY - OVERLAP
        return Plan(make=KeyState.NEXT if begin or ageing else None, remove=over)
    if at - following.created_at < OVERLAP:
        return Plan(remove=over)
    return Plan(remove=over, retire=current.kid, activate=following.kid)


def plan_at_once(keys: Sequence[StoredKey], *, revoke: bool) -> Plan:
    """Return how a new key signs from this moment on, as when the current one may have been stolen.

    Args:
        keys: Of one use.
        revoke: Whether what the others have signed is no longer believed.
    """
    current = _of(keys, KeyState.CURRENT)
    remove = tuple(key.kid for key in keys if revoke or key.state is KeyState.NEXT)
    return Plan(make=KeyState.CURRENT, remove=remove, retire=None if revoke or current is None else current.kid)


def _of(keys: Sequence[StoredKey], state: KeyState) -> StoredKey | None:
    return next((key for key in keys if key.state is state), None)
