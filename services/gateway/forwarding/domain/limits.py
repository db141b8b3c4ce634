"""Rate limits: the generic cell rate algorithm (GCRA), and what one process knows of a bucket that many share.

A bucket is one number, its *theoretical arrival time* (tat): the instant at which it is whole again. Every unit taken
moves it on by one interval; a unit may be taken as long as it stays within one span of the present. All times are
whole microseconds since the epoch. Source: ITU-T I.371 annex A, the virtual scheduling form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND = 1_000_000
MOST_AHEAD = 1000
SHARE_AHEAD = 20
"""A process leases at most a twentieth of the burst ahead of need."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How many units may be used.

    Attributes:
        name: As the answer's headers call it.
        units: So many come back within one window.
        window_s: Seconds.
        burst: The most units at once, after a time of rest.
        strict: Whether each call asks the shared bucket, so that the limit is exact over all processes.
        interval: Microseconds in which one unit comes back, rounded up: never more than the policy says.
        span: Microseconds in which an empty bucket becomes whole.
        ahead: Units that a process may lease beyond what it needs now.
        label: The name in bytes.

    Raises:
        ValueError: A number is not positive.
    """

    name: str
    units: int
    window_s: int
    burst: int
    strict: bool = False
    interval: int = field(init=False)
    span: int = field(init=False)
    ahead: int = field(init=False)
    label: bytes = field(init=False)

    def __post_init__(self) -> None:
        if min(self.units, self.window_s, self.burst) < 1:
            raise ValueError("a limit's numbers are positive")
        interval = -(-self.window_s * SECOND // self.units)
        object.__setattr__(self, "interval", interval)
        object.__setattr__(self, "span", interval * self.burst)
        ahead = 0 if self.strict else min(MOST_AHEAD, self.burst // SHARE_AHEAD)
        object.__setattr__(self, "ahead", ahead)
        object.__setattr__(self, "label", self.name.encode("ascii"))

    @property
    def described(self) -> bytes:
        """The policy as a structured field (draft-ietf-httpapi-ratelimit-headers-10)."""
        return b'"%b";q=%d;w=%d' % (self.label, self.units, self.window_s)


@dataclass(frozen=True, slots=True)
class Override:
    """Other numbers for one organisation, or for one client of it.

    Attributes:
        client_id: None for every client of the organisation.
        policy: The policy's name.
        version: For optimistic locking; counts on through removal.
        units: None where the policy is back to its default; likewise `window_s` and `burst`.
    """

    organisation: str
    client_id: str | None
    policy: str
    version: int
    units: int | None
    window_s: int | None
    burst: int | None

    def laid_over(self, policy: Policy) -> Policy:
        """Return the policy with these numbers."""
        if self.units is None or self.window_s is None or self.burst is None:
            return policy
        return Policy(policy.name, self.units, self.window_s, self.burst, policy.strict)


@dataclass(frozen=True, slots=True)
class LimitClass:
    """Calls that are counted together.

    Attributes:
        name: As the access line calls it.
        about: What it is for.
        policies: All of them hold.
        by: What is counted: `client`, `address`, `name` or `name-and-address`; see reference/limits.yaml.
        operations: Its operations by operationId, with what each costs.
        scopes: Operations that ask for one of these are in it too, at one unit.
        methods: So are operations of these methods.
    """

    name: str
    about: str
    policies: tuple[Policy, ...]
    by: str = "client"
    operations: Mapping[str, int] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()

    def cost_of(self, operation_id: str, scopes: frozenset[str], method: str) -> int | None:
        """Return what an operation costs in units; None where it is not in the class."""
        if operation_id in self.operations:
            return self.operations[operation_id]
        return 1 if self.scopes & scopes or method in self.methods else None


def spare(policy: Policy, tat: int, now: int) -> int:
    """Return the units that can be taken from a bucket now."""
    return max(0, now + policy.span - max(tat, now)) // policy.interval


def take(policy: Policy, tat: int, *, least: int, most: int, now: int) -> tuple[int, int]:
    """Take units from a bucket: as many as there are up to `most`, and none where there are fewer than `least`.

    Returns:
        The units taken, and the bucket's new tat.
    """
    found = spare(policy, tat, now)
    taken = min(most, found) if found >= least else 0
    return taken, max(tat, now) + taken * policy.interval


class Meter:
    """A subject's bucket as one process knows it.

    The shared tat only ever moves on, so what was last heard of it says for certain what can *not* be had: a refusal
    needs no question.

    Attributes:
        policy: May change at any time.
        held: Units leased and not spent yet.
        tat: The shared bucket's, as last heard.
    """

    __slots__ = ("held", "policy", "tat")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.held = 0
        self.tat = 0

    def spend(self, units: int) -> bool:
        """Spend units that are held; say whether there were enough."""
        if self.held < units:
            return False
        self.held -= units
        return True

    @property
    def low(self) -> bool:
        """Whether it is time to lease more ahead of need."""
        return self.held * 2 < self.policy.ahead

    def lease(self, units: int, tat: int) -> None:
        """Note what the shared bucket has given."""
        self.held += units
        self.tat = max(self.tat, tat)

    def take_alone(self, *, least: int, most: int, now: int) -> None:
        """Lease by what this process knows, while the shared bucket cannot be asked."""
        units, tat = take(self.policy, self.tat, least=least, most=most, now=now)
        self.lease(units, tat)

    def wait(self, units: int, now: int) -> int:
        """Return the microseconds until so many units can be there; 0 where they can be now.

        More than the burst are never there; the wait is then for a whole bucket.
        """
        policy = self.policy
        missing = min(units, policy.burst) - self.held
        if units <= policy.burst and missing <= spare(policy, self.tat, now):
            return 0
        return max(1, max(self.tat, now) + missing * policy.interval - policy.span - now)

    def state(self, now: int) -> tuple[int, int]:
        """Return the units left, and the microseconds until the bucket is whole again."""
        policy = self.policy
        # where the bucket would stand if what is held were given back
        behind = self.tat - self.held * policy.interval - now
        if behind <= 0:
            return policy.burst, 0
        return max(0, policy.span - behind) // policy.interval, behind
