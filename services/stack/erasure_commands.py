"""The command line of erasures; the work is done in `erasing`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Erasures and their ledger: see docs/operations.md.", no_args_is_help=True)


@app.callback()
def erasures() -> None:
    """Erasures and their ledger: see docs/operations.md."""


@app.command("replay")
def replay() -> None:
    """After a restore, before anything serves: erase again whom the restored databases have brought back."""
    from services.stack import erasing  # noqa: PLC0415  # late, so that --help is quick

    for store, count in erasing.replay(erasing.place()).items():
        print(f"{store}: {count} brought back and erased again")
