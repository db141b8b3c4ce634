"""The command line of the sealed audit trails; arguments are read here, the work is done in `auditing`."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The sealed audit trails: see docs/audit.md.", no_args_is_help=True)


class Trail(StrEnum):
    """Whose trail."""

    ALL = "all"
    REGISTRY = "registry"
    COVERAGE = "coverage"
    TRAINING = "training"
    GATEWAY = "gateway"


DatabaseUrl = Annotated[
    str | None, typer.Option(help="Of the one store named; a role that can read its four audit tables is enough.")
]


@app.command("verify")
def verify(
    name: Annotated[Trail, typer.Argument(help="A store, or `all`.")] = Trail.ALL,
    anchor: Annotated[list[Path] | None, typer.Option(help="A file of checkpoints that were kept outside.")] = None,
    keys: Annotated[
        list[str] | None, typer.Option("--key", help="A verifier key to trust; this installation's own without any.")
    ] = None,
    database_url: DatabaseUrl = None,
    tolerance_s: Annotated[int, typer.Option(help="Seconds that a row may wait for its seal.", min=1)] = 600,
) -> None:
    """Recompute everything from the rows, and name the first one that was changed, dropped, reordered or cut off."""
    from services.stack import auditing  # noqa: PLC0415  # late, so that --help is quick

    if database_url is not None and name is Trail.ALL:
        raise typer.BadParameter("name the store that --database-url belongs to")
    code = auditing.verify(
        _stores(name),
        keys=keys or (),
        anchors=anchor or (),
        database_url=database_url,
        tolerance=timedelta(seconds=tolerance_s),
    )
    raise typer.Exit(code)


@app.command("checkpoint")
def checkpoint(
    name: Annotated[Trail, typer.Argument(help="A store, or `all`.")] = Trail.ALL, database_url: DatabaseUrl = None
) -> None:
    """Print the newest signed checkpoint of a store, to be kept where nobody of this installation can change it."""
    from services.stack import auditing  # noqa: PLC0415  # late, so that --help is quick

    notes = []
    for store in _stores(name):
        try:
            notes.append(auditing.newest_note(store, database_url))
        except auditing.CannotVerifyError as trouble:
            typer.echo(trouble, err=True)
    print("\n".join(notes), end="")
    raise typer.Exit(0 if notes else 2)


@app.command("key")
def key(name: Annotated[Trail, typer.Argument(help="A store, or `all`.")] = Trail.ALL) -> None:
    """Print the verifier key of a store, which others need to check its checkpoints."""
    from services.stack import auditing  # noqa: PLC0415  # late, so that --help is quick

    try:
        print(*(auditing.verifier_key(store) for store in _stores(name)), sep="\n")
    except auditing.CannotVerifyError as trouble:
        typer.echo(trouble, err=True)
        raise typer.Exit(2) from None


def _stores(name: Trail) -> tuple[str, ...]:
    return tuple(one.value for one in Trail if one is not Trail.ALL) if name is Trail.ALL else (name.value,)
