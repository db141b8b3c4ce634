"""The load generator's words are read right, and nothing but good answers is measured."""

import pytest

from benchmarks.load import LoadError, Target, command, read_report, rotating_paths

PRINTED = """Running 1s test @ http://127.0.0.1:8000/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   395.20us  131.00us   2.01ms   80.00%
    Req/Sec    40.01k     1.20k   42.00k    60.00%
  Latency Distribution
     50%  368.50us
     75%  450.00us
     90%  600.00us
     99%    1.16ms
  40395 requests in 1.00s, 33.51MB read
Requests/sec:  40395.56
Transfer/sec:     33.51MB
"""


def test_rate_and_percentiles_are_read_in_microseconds() -> None:
    report = read_report(PRINTED)
    assert report.requests == 40395
    assert report.rate == 40395.56
    assert report.p50 == 368.5
    assert report.p99 == 1160.0


def test_a_slice_with_refusals_is_no_measurement() -> None:
    with pytest.raises(LoadError, match="not every request"):
        read_report(PRINTED + "  Non-2xx or 3xx responses: 12\n")


def test_a_slice_with_broken_connections_is_no_measurement() -> None:
    with pytest.raises(LoadError, match="not every request"):
        read_report(PRINTED + "  Socket errors: connect 0, read 3, write 0, timeout 0\n")


@pytest.mark.parametrize("printed", ["", "unable to connect", PRINTED.replace("40395 requests", "0 requests")])
def test_nothing_measured_is_said_so(printed: str) -> None:
    with pytest.raises(LoadError, match="measured nothing"):
        read_report(printed)


def test_a_missing_percentile_is_said_so() -> None:
    with pytest.raises(LoadError, match="99th"):
        read_report(PRINTED.replace("99%", "98%"))


def test_the_load_stays_on_its_own_core_and_carries_its_headers() -> None:
    line = command(Target("http://127.0.0.1:1/x", {"Purpose": "TRAINING"}), connections=16, seconds=2)
    assert line[:3] == ["taskset", "-c", "0"]
    assert "-c16" in line
    assert "-d2s" in line
    assert "Purpose: TRAINING" in line
    assert line[-1] == "http://127.0.0.1:1/x"


def test_paths_take_turns() -> None:
    assert '{"/a", "/b"}' in rotating_paths(["/a", "/b"])


def test_a_path_cannot_end_the_string_it_stands_in() -> None:
    with pytest.raises(ValueError, match="quotes"):
        rotating_paths(['/a" .. os.exit() .. "'])
