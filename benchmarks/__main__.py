"""`python -m benchmarks`: measure, print the table, keep the figures.

Figures are chosen by letter; without one, all are taken. They share one stand, and the import comes first, because the
reads need persons to read.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import bulk, forwarding, hot_read, million, real_service, report
from benchmarks.report import Figure
from benchmarks.stand import Stand, stand
from benchmarks.tools import NGINX, TASKSET, WRK, ToolsMissingError, require

RESULTS = Path(__file__).resolve().parents[1] / ".local" / "bench"
QUICK_ROUNDS, ROUNDS = 2, 6
QUICK_ROWS, ROWS = 2_000, 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "figures",
        nargs="*",
        metavar="LETTER",
        help="A B D (gateway), E, F (service), G (import); when asked for: M S (a million persons, an hour)",
    )
    parser.add_argument("--quick", action="store_true", help="few rounds and rows: does it run, not how fast is it")
    options = parser.parse_args(arguments)
    wanted = {letter.upper() for letter in options.figures} or set("ABDEFG")
    console = Console(stderr=True)
    try:
        require(NGINX, WRK, TASKSET)
    except ToolsMissingError as missing:
        console.print(str(missing), style="red", markup=False)
        return 2
    rounds, count = (QUICK_ROUNDS, QUICK_ROWS) if options.quick else (ROUNDS, ROWS)
    console.print("making the stand ready: PostgreSQL, databases, migrations")
    figures: list[Figure] = []
    with stand() as made:
        for title, letters, measure in _plan(rounds, count):
            if wanted & letters:
                console.print(f"measuring {title}")
                figures += [figure for figure in measure(made) if figure.code in wanted]
    report.show(sorted(figures, key=lambda figure: figure.code))
    if not options.quick:
        console.print(f"kept in {report.write(figures, RESULTS)}", markup=False)
    return 0


def _plan(rounds: int, count: int) -> list[tuple[str, set[str], Callable[[Stand], list[Figure]]]]:
    """Return what to measure, in order: title, letters, measurement."""
    return [
        (
            "an import of a million rows and a search among them",
            set("MS"),
            lambda made: million.measure(made, count=count * 50 if count == ROWS else count),
        ),
        (
            "the import against COPY",
            set("EFG"),
            lambda made: bulk.measure(made, count=count, rounds=max(1, rounds // 2)),
        ),
        ("the service's read against pgbench", {"F"}, lambda made: hot_read.measure(made, rounds=rounds)),
        (
            "a read through the gateway against a direct one",
            {"E"},
            lambda made: real_service.measure(made, rounds=rounds),
        ),
        ("the gateway against nginx", set("ABD"), lambda made: forwarding.measure(made, rounds=rounds)),
    ]


if __name__ == "__main__":
    sys.exit(main())
