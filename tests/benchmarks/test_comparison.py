"""Rounds are fair and medians are the right ones."""

import pytest

from benchmarks.comparison import Slice, order, quietest, summarise
from benchmarks.load import Report
from benchmarks.noise import Use


def _slice(rate: float, *, foreign: float = 0.0, cpu: float = 0.5) -> Slice:
    return Slice(Report(requests=int(rate), rate=rate, p50=100.0, p99=200.0), Use(cpu, foreign, 1.0))


def test_every_second_round_runs_backwards() -> None:
    assert order(["a", "b", "c"], 0) == ["a", "b", "c"]
    assert order(["a", "b", "c"], 1) == ["c", "b", "a"]


def test_of_several_tries_the_quietest_counts() -> None:
    assert quietest([_slice(1, foreign=0.5), _slice(2, foreign=0.2), _slice(3, foreign=0.3)]).report.rate == 2


def test_ratios_are_taken_round_by_round() -> None:
    ours, base = [_slice(50), _slice(90), _slice(40)], [_slice(100), _slice(100), _slice(50)]
    summary = summarise(ours, base)
    assert summary.ratio == pytest.approx(0.8)
    assert summary.rate == 50


def test_disturbed_slices_stay_out_of_the_medians() -> None:
    ours = [_slice(100), _slice(10, foreign=0.5), _slice(120)]
    summary = summarise(ours, ours)
    assert summary.rate == 110
    assert (summary.clean, summary.of) == (2, 3)


def test_when_every_slice_was_disturbed_all_of_them_count() -> None:
    ours = [_slice(10, foreign=0.5), _slice(30, foreign=0.5)]
    assert summarise(ours, ours).rate == 20


def test_processor_time_is_told_per_request() -> None:
    assert _slice(1000, cpu=0.05).cpu == pytest.approx(50.0)
