"""Whose processor time it was is read right from /proc."""

from pathlib import Path

from benchmarks.noise import TICKS_PER_SECOND, Use, busy_seconds, family, process_seconds, used_seconds


def _process(proc: Path, pid: int, *, ticks: int, children: str = "") -> None:
    task = proc / str(pid) / "task" / str(pid)
    task.mkdir(parents=True)
    (task / "children").write_text(children)
    (proc / str(pid) / "stat").write_text(f"{pid} (a (strange) name) S " + "0 " * 10 + f"{ticks} 0 0 0")


def test_interrupts_and_idling_are_nobodys_work() -> None:
    assert busy_seconds("cpu  100 20 30 999 5 6 7 50 0 0\ncpu0 1 1 1") == 200 / TICKS_PER_SECOND


def test_a_process_name_with_parentheses_shifts_no_field() -> None:
    stat = "12 (a (b) c) S 1 12 12 0 -1 0 0 0 0 0 70 30 0 0"
    assert process_seconds(stat) == 100 / TICKS_PER_SECOND


def test_children_count_with_the_process_that_started_them(tmp_path: Path) -> None:
    _process(tmp_path, 10, ticks=100, children="11 12")
    _process(tmp_path, 11, ticks=50, children="13")
    _process(tmp_path, 12, ticks=25)
    _process(tmp_path, 13, ticks=25)
    assert sorted(family(10, tmp_path)) == [10, 11, 12, 13]
    assert used_seconds([10], tmp_path) == 200 / TICKS_PER_SECOND


def test_a_process_that_has_ended_used_nothing(tmp_path: Path) -> None:
    assert used_seconds([99], tmp_path) == 0.0


def test_a_tenth_of_a_core_by_others_spoils_a_slice() -> None:
    assert Use(server=0.9, foreign=0.09, wall=1.0).clean
    assert not Use(server=0.9, foreign=0.10, wall=1.0).clean
