"""Repeating never multiplies an outage."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.forwarding.domain.retries import SAFE, Budget, RetryPolicy

POLICY = RetryPolicy()


def test_only_reads_are_made_again() -> None:
    assert frozenset({b"GET", b"HEAD"}) == SAFE


@given(st.integers(1, 5), st.floats(0, 1, exclude_max=True))
def test_pauses_double_and_are_spread_over_half_of_themselves(attempts: int, chance: float) -> None:
    full = POLICY.first_s * 2 ** (attempts - 1)
    assert full / 2 <= POLICY.pause_s(attempts, chance) <= full


def test_what_a_service_asks_for_is_waited_for() -> None:
    assert POLICY.pause_s(1, 0.5, asked_s=1.0) == 1.0


def test_a_few_calls_may_always_be_made_again_and_of_many_a_tenth() -> None:
    few, many = Budget(POLICY), Budget(POLICY)
    assert [few.spend(0, 0) for _ in range(5)] == [True, True, True, False, False]
    spent, calls = 0, 100
    while many.spend(0, calls):
        spent, calls = spent + 1, calls + 1
    assert spent == 10


def test_what_was_spent_comes_back_when_its_window_is_over() -> None:
    budget = Budget(POLICY)
    assert [budget.spend(now, 0) for now in (0, 10, 20, 25)] == [True, True, True, False]
    assert [budget.spend(now, 0) for now in (30, 31, 40)] == [True, False, True]


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 50)), max_size=200))
def test_no_window_ever_holds_more_than_the_budget(steps: list[tuple[float, int]]) -> None:
    budget, now, taken = Budget(POLICY), 0.0, list[float]()
    for pause, calls in steps:
        now += pause
        recent = [at for at in taken if at > now - POLICY.window_s]
        allowed = max(POLICY.floor, int(POLICY.share * calls))
        if budget.spend(now, calls + len(recent)):
            taken.append(now)
            assert len(recent) < allowed
        else:
            assert len(recent) >= allowed
