"""The algorithm against its definition, and several processes on one bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.gateway.forwarding.domain.errors import OverloadedError
from services.gateway.forwarding.domain.limits import SECOND, LimitClass, Meter, Override, Policy, spare, take
from services.gateway.forwarding.domain.load import Load

policies = st.builds(
    Policy,
    name=st.just("read"),
    units=st.integers(1, 5000),
    window_s=st.integers(1, 3600),
    burst=st.integers(1, 200),
    strict=st.booleans(),
)


def allowed(policy: Policy, passed: list[tuple[int, int]], cost: int, now: int) -> bool:
    """Say by the definition whether a call conforms: in no stretch of time more than the burst and what came back."""
    for start, _ in [*passed, (now, 0)]:
        used = cost + sum(units for at, units in passed if at >= start)
        if (used - policy.burst) * policy.interval > now - start:
            return False
    return True


@given(policies, st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(1, 30)), max_size=40))
def test_a_call_passes_just_when_the_definition_lets_it(policy: Policy, calls: list[tuple[int, int]]) -> None:
    passed: list[tuple[int, int]] = []
    now, tat = 1_000_000_000, 0
    for pause, cost in calls:
        now += pause
        expected = allowed(policy, passed, cost, now)
        taken, tat = take(policy, tat, least=cost, most=cost, now=now)
        assert (taken == cost) is expected
        assert taken in {0, cost}
        if taken:
            passed.append((now, cost))


@given(policies, st.integers(0, 10**10), st.integers(1, 300), st.integers(0, 300), st.integers(0, 10**10))
def test_what_is_taken_lies_between_least_and_most(policy: Policy, tat: int, least: int, more: int, now: int) -> None:
    found = spare(policy, tat, now)
    taken, new = take(policy, tat, least=least, most=least + more, now=now)
    assert taken == (min(found, least + more) if found >= least else 0)
    assert spare(policy, new, now) == found - taken
    assert 0 <= found <= policy.burst


@given(policies, st.integers(0, 400), st.integers(1, 250), st.integers(0, 30))
def test_waiting_as_long_as_is_said_is_enough_and_no_longer_than_needed(
    policy: Policy, used: int, cost: int, held: int
) -> None:
    now, meter = 10**15, Meter(policy)
    meter.tat = now + used * policy.interval
    meter.held = min(held, policy.burst)
    wait = meter.wait(cost, now)
    if wait == 0:
        assert cost <= policy.burst
        meter.take_alone(least=cost - meter.held, most=cost - meter.held, now=now) if cost > meter.held else None
        assert meter.spend(cost)
        return
    reachable = min(cost, policy.burst)
    if cost <= policy.burst:
        assert meter.wait(reachable, now + wait - 1) > 0
    assert meter.wait(reachable, now + wait) == 0


@given(policies, st.integers(0, 500), st.integers(0, 20))
def test_what_the_headers_say_is_what_can_be_spent(policy: Policy, used: int, held: int) -> None:
    now, meter = 10**15, Meter(policy)
    meter.tat, meter.held = now + used * policy.interval, min(held, policy.burst)
    left, behind = meter.state(now)
    assert 0 <= left <= policy.burst
    assert (behind == 0) is (used <= meter.held)
    if left > meter.held:
        assert meter.wait(left, now) == 0
    later = Meter(policy)
    later.tat, later.held = meter.tat, meter.held
    assert later.state(now + behind) == (policy.burst, 0)


def test_a_policy_says_what_it_is_and_its_numbers_are_positive() -> None:
    policy = Policy("read", 100, 60, 40)
    assert policy.described == b'"read";q=100;w=60'
    assert (policy.interval, policy.span, policy.ahead) == (600_000, 24 * SECOND, 2)
    assert Policy("read", 7, 60, 40).interval * 7 >= 60 * SECOND  # rounded up: never more than was said
    assert Policy("search", 100, 60, 40, strict=True).ahead == 0
    assert Policy("bulk", 10**9, 60, 10**9).ahead == 1000
    for numbers in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):
        with pytest.raises(ValueError, match="positive"):
            Policy("read", *numbers)


def test_other_numbers_are_laid_over_and_taken_back() -> None:
    policy = Policy("search", 100, 60, 40, strict=True)
    other = Override("hospital", None, "search", 3, 500, 60, 80)
    assert other.laid_over(policy) == Policy("search", 500, 60, 80, strict=True)
    assert Override("hospital", None, "search", 4, None, None, None).laid_over(policy) == policy


def test_an_operation_is_in_a_class_by_name_by_scope_or_by_method() -> None:
    limited = LimitClass("admin", "", (), "client", {"a": 5}, frozenset({"x:admin"}), frozenset({"PUT"}))
    assert limited.cost_of("a", frozenset(), "GET") == 5
    assert limited.cost_of("b", frozenset({"x:admin", "y:read"}), "GET") == 1
    assert limited.cost_of("b", frozenset(), "PUT") == 1
    assert limited.cost_of("b", frozenset({"y:read"}), "GET") is None


class Processes(RuleBasedStateMachine):
    """Three processes that lease from one bucket which may be away, and a clock."""

    @initialize(policy=policies)
    def begin(self, policy: Policy) -> None:
        self.policy, self.now, self.tat = policy, 10**15, 0
        self.meters = [Meter(policy) for _ in range(3)]
        self.spent: list[tuple[int, int]] = []
        self.alone = False

    @rule(pause=st.integers(0, 30 * SECOND))
    def time_passes(self, pause: int) -> None:
        self.now += pause

    @rule(process=st.integers(0, 2), cost=st.integers(1, 12), away=st.sampled_from([False, False, False, True]))
    def call(self, process: int, cost: int, away: bool) -> None:
        meter = self.meters[process]
        if not meter.spend(cost):
            if meter.wait(cost, self.now):
                return
            need = cost - meter.held
            most = need + self.policy.ahead
            if away:
                meter.take_alone(least=need, most=most, now=self.now)
                self.alone = True
            else:
                known = max(self.tat, meter.tat)
                units, self.tat = take(self.policy, known, least=need, most=most, now=self.now)
                meter.lease(units, self.tat)
            if not meter.spend(cost):
                assert meter.wait(cost, self.now) > 0
                return
        self.spent.append((self.now, cost))

    @invariant()
    @precondition(lambda self: hasattr(self, "policy"))
    def nobody_holds_more_than_allowed(self) -> None:
        for meter in self.meters:
            assert 0 <= meter.held <= self.policy.ahead

    @invariant()
    @precondition(lambda self: hasattr(self, "policy"))
    def the_limit_holds_over_all_processes(self) -> None:
        """In every stretch of time: burst, what came back, and at most what the processes had leased before it."""
        times = 3 if self.alone else 1
        slack = 3 * self.policy.ahead
        for start, _ in self.spent:
            used = sum(units for at, units in self.spent if at >= start)
            back = (self.now - start) / self.policy.interval
            assert used <= times * (self.policy.burst + back) + slack

    @invariant()
    @precondition(lambda self: hasattr(self, "policy"))
    def a_process_knows_no_later_time_than_there_is(self) -> None:
        if not self.alone:
            assert all(meter.tat <= self.tat for meter in self.meters)


TestProcesses = Processes.TestCase


def test_the_load_is_bounded_over_all_for_each_and_in_bytes() -> None:
    load = Load(calls=3, of_one=2, room=100)
    load.enter("registry", 60)
    for target, size in (("health", 41), ("registry", 41)):
        with pytest.raises(OverloadedError):
            load.enter(target, size)
    load.enter("registry", 40)
    with pytest.raises(OverloadedError):
        load.enter("registry")
    load.enter("health")
    with pytest.raises(OverloadedError):
        load.enter("training")
    load.leave("registry", 60)
    load.enter("training", 60)
