"""What a process knows of one subject's calls of one class."""

import asyncio

from services.gateway.forwarding.domain.errors import LimitedError
from services.gateway.forwarding.domain.headers import Headers
from services.gateway.forwarding.domain.limits import SECOND, LimitClass, Meter


class Account:
    """One subject's calls of one class."""

    __slots__ = ("asking", "lock", "meters", "name", "only", "organisation", "policies", "subject")

    def __init__(self, limited: LimitClass, subject: str, organisation: str | None) -> None:
        self.name, self.subject, self.organisation = limited.name, subject, organisation
        self.meters = [Meter(policy) for policy in limited.policies]
        self.only = self.meters[0] if len(self.meters) == 1 else None
        self.lock = asyncio.Lock()
        self.asking = False
        self.policies = b""

    def lines(self, now: int) -> Headers:
        """Return the headers that tell the client where it stands."""
        only = self.only
        if only is not None:
            left, behind = only.state(now)
            state = b'"%b";r=%d;t=%d' % (only.policy.label, left, -(-behind // SECOND))
        else:
            state = b", ".join(told(meter, now) for meter in self.meters)
        return [(b"ratelimit-policy", self.policies), (b"ratelimit", state)]

    def limited(self, meter: Meter, cost: int, now: int) -> LimitedError:
        """Return the refusal by one of the limits."""
        return LimitedError(-(-meter.wait(cost, now) // SECOND), self.lines(now))


def told(meter: Meter, now: int) -> bytes:
    """Return where a limit stands, as a structured field (draft-ietf-httpapi-ratelimit-headers-10)."""
    left, behind = meter.state(now)
    return b'"%b";r=%d;t=%d' % (meter.policy.label, left, -(-behind // SECOND))
