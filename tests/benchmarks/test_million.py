"""What the figures of a million persons are read from."""

import pytest

from benchmarks.million import p95, peak_megabytes, questions


def test_the_peak_is_read_in_megabytes() -> None:
    assert peak_megabytes("Name:\tpython\nVmPeak:\t 900000 kB\nVmHWM:\t  123456 kB\n") == pytest.approx(123.456)
    with pytest.raises(ValueError, match="no peak"):
        peak_megabytes("Name:\tpython\n")


def test_ninety_five_of_a_hundred_stay_below() -> None:
    assert p95([float(number) for number in range(1, 102)]) == pytest.approx(96.0)


def test_questions_name_persons_of_the_batch() -> None:
    assert [set(question) for question in questions(3, batch=1)] == [{"name", "birth_year"}] * 3
    assert all(1960 <= question["birth_year"] <= 2004 for question in questions(50, batch=1))
