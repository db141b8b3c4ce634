"""The breaker against a slow obvious oracle, over any order of events; and the examples of docs/resilience.md."""

from collections.abc import Mapping

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.gateway.forwarding.domain.breaker import Breaker, BreakerPolicy, State

POLICY = BreakerPolicy(window_s=10, slots=5, minimum=4, share=0.5, open_s=2, longest_open_s=8, probe_s=3)


def opened(now: float = 100.0) -> Breaker:
    """A breaker that four failures have opened."""
    breaker = Breaker(POLICY)
    for _ in range(4):
        fail(breaker, now)
    assert breaker.state is State.OPEN
    return breaker


def ticket_of(breaker: Breaker, now: float) -> int:
    ticket = breaker.admit(now)
    assert ticket is not None
    return ticket


def fail(breaker: Breaker, now: float) -> None:
    breaker.failed(ticket_of(breaker, now), now)


def succeed(breaker: Breaker, now: float) -> None:
    breaker.succeeded(ticket_of(breaker, now), now)


def test_a_few_failures_among_many_answers_open_nothing() -> None:
    breaker = Breaker(POLICY)
    for now in range(50):
        for _ in range(3):
            succeed(breaker, now)
        fail(breaker, now)
    assert (breaker.state, breaker.opened) == (State.CLOSED, 0)


def test_failures_below_the_minimum_open_nothing_and_old_ones_are_forgotten() -> None:
    breaker = Breaker(POLICY)
    for now in (0, 4, 8, 12, 16, 20):
        fail(breaker, now)
    assert breaker.state is State.CLOSED
    assert breaker.seen(20) == (3, 3)
    assert breaker.seen(200) == (0, 0)


def test_half_of_the_calls_failing_opens_it_and_it_says_for_how_long() -> None:
    breaker = Breaker(POLICY)
    for result in (succeed, fail, succeed, fail):
        assert breaker.refuses_for(1) == 0
        result(breaker, 1)
    assert breaker.state is State.OPEN
    assert breaker.refuses_for(1) == 2
    assert breaker.refuses_for(2.5) == 0.5
    assert breaker.admit(2.9) is None


def test_one_probe_is_let_through_and_its_answer_closes_it() -> None:
    breaker = opened()
    probe = ticket_of(breaker, 102)
    assert breaker.state == "half_open"
    assert breaker.admit(102) is None
    assert breaker.refuses_for(102) == 3
    breaker.succeeded(probe, 103)
    assert breaker.state is State.CLOSED
    assert breaker.seen(103) == (0, 0)


def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    breaker, now = opened(0), 0.0
    for pause in (2, 4, 8, 8):
        assert breaker.refuses_for(now) == pause
        now += pause
        fail(breaker, now)
    succeed(breaker, now + 8)
    for _ in range(4):
        fail(breaker, now + 8)
    assert breaker.refuses_for(now + 8) == 2


def test_a_probe_that_hangs_holds_nobody_up_for_long_and_counts_for_nothing_afterwards() -> None:
    breaker = opened()
    first = ticket_of(breaker, 102)
    second = ticket_of(breaker, 105)
    breaker.failed(first, 105)
    breaker.succeeded(first, 105)
    assert breaker.state == "half_open"
    breaker.succeeded(second, 106)
    assert breaker.state is State.CLOSED


def test_a_probe_that_is_let_go_makes_room_for_the_next() -> None:
    breaker = opened()
    probe = ticket_of(breaker, 102)
    breaker.let_go(probe, 102.5)
    assert breaker.admit(102.5) is not None


def test_calls_that_were_under_way_when_it_opened_change_nothing() -> None:
    breaker = Breaker(POLICY)
    old = ticket_of(breaker, 0)
    for _ in range(4):
        fail(breaker, 0)
    for tell in (breaker.succeeded, breaker.failed, breaker.let_go):
        tell(old, 1)
        assert (breaker.state, breaker.refuses_for(1), breaker.opened) == (State.OPEN, 1, 1)


def test_letting_go_of_an_ordinary_call_changes_nothing() -> None:
    breaker = Breaker(POLICY)
    breaker.let_go(ticket_of(breaker, 0), 0)
    assert (breaker.state, breaker.seen(0)) == (State.CLOSED, (0, 0))


class BreakerLife(RuleBasedStateMachine):
    """Any calls, outcomes and pauses; the oracle keeps every outcome since the breaker was last closed."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(POLICY)
        self.now = 0.0
        self.under_way: list[tuple[int, State]] = []
        self.outcomes: list[tuple[float, bool]] = []
        self.state = State.CLOSED
        self.until = 0.0
        self.pause = 0.0
        self.current = -1

    @rule(seconds=st.floats(0.01, 12))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def call(self) -> None:
        ticket = self.breaker.admit(self.now)
        if self.state is State.CLOSED:
            assert ticket is not None
            self.under_way.append((ticket, State.CLOSED))
            self.current = ticket
        elif self.now < self.until:
            assert ticket is None
        else:
            assert ticket is not None
            self.state, self.until, self.current = State.HALF_OPEN, self.now + POLICY.probe_s, ticket
            self.under_way.append((ticket, State.HALF_OPEN))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 10_000), outcome=st.sampled_from(["answer", "failure", "nothing"]))
    def end(self, which: int, outcome: str) -> None:
        ticket, begun = self.under_way.pop(which % len(self.under_way))
        tell: Mapping[str, object] = {
            "answer": self.breaker.succeeded, "failure": self.breaker.failed, "nothing": self.breaker.let_go,
        }  # fmt: skip
        tell[outcome](ticket, self.now)  # type: ignore[operator]  # each takes a ticket and the time
        if ticket != self.current or begun is not self.state:
            return
        if self.state is State.HALF_OPEN:
            if outcome == "answer":
                self.state, self.pause, self.outcomes = State.CLOSED, 0.0, []
            elif outcome == "failure":
                self.opens()
            else:
                self.until = self.now
        elif outcome != "nothing":
            self.outcomes.append((self.now, outcome == "failure"))
            slot = POLICY.window_s / POLICY.slots
            seen = [failed for at, failed in self.outcomes if int(at / slot) > int(self.now / slot) - POLICY.slots]
            if outcome == "failure" and len(seen) >= POLICY.minimum and sum(seen) >= POLICY.share * len(seen):
                self.opens()
            else:
                assert self.breaker.seen(self.now) == (len(seen), sum(seen))

    def opens(self) -> None:
        self.pause = min(self.pause * 2 or POLICY.open_s, POLICY.longest_open_s)
        self.state, self.until, self.current, self.outcomes = State.OPEN, self.now + self.pause, -1, []

    @invariant()
    def it_is_where_the_oracle_is(self) -> None:
        assert self.breaker.state is self.state
        expected = 0.0 if self.state is State.CLOSED else max(0.0, self.until - self.now)
        assert self.breaker.refuses_for(self.now) == pytest.approx(expected)


TestBreakerLife = BreakerLife.TestCase
TestBreakerLife.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
