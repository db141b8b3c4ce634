"""The command line: `python -m services COMMAND`. Arguments are read here; the work is done elsewhere.

Every command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.stack.audit_commands import app as audit
from services.stack.erasure_commands import app as erasures

app = typer.Typer(
    name="indimaj",
    help="Indimaj: the open back end of Morocco's programme for the integration of migrants.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback must not print the values of variables: some are passwords, some are persons.
    pretty_exceptions_show_locals=False,
)


app.add_typer(audit, name="audit")
app.add_typer(erasures, name="erasures")


class Service(StrEnum):
    """The services."""

    REGISTRY = "registry"
    HEALTH = "health"
    TRAINING = "training"
    GATEWAY = "gateway"


class Worker(StrEnum):
    """The services that have background work."""

    REGISTRY = "registry"
    HEALTH = "health"
    TRAINING = "training"
    GATEWAY = "gateway"


class Target(StrEnum):
    """What can be migrated."""

    ALL = "all"
    REGISTRY = "registry"
    COVERAGE = "coverage"
    TRAINING = "training"
    GATEWAY = "gateway"


PORTS = {Service.GATEWAY: 8000, Service.REGISTRY: 8001, Service.HEALTH: 8002, Service.TRAINING: 8003}


@app.command()
def serve(
    name: Annotated[Service, typer.Argument(help="The service.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The port to listen on; 8000 to 8003 without it.")] = None,
) -> None:
    """Run one service until SIGTERM; its settings come from INDIMAJ_<SERVICE>_* variables."""
    from services.stack import serving

    serving.serve(name.value, host=host, port=PORTS[name] if port is None else port)


@app.command()
def work(name: Annotated[Worker, typer.Argument(help="The service whose background work to do.")]) -> None:
    """Run a service's worker until SIGTERM: queued jobs, and the feeds it follows."""
    from services.stack import working

    working.work(name.value)


@app.command()
def migrate(name: Annotated[Target, typer.Argument(help="A store, or `all`.")] = Target.ALL) -> None:
    """Bring databases to the newest revision, as their owner roles (INDIMAJ_<SERVICE>_OWNER_DATABASE_URL)."""
    from services.stack import migrations

    for store in migrations.STORES if name is Target.ALL else (name.value,):
        revision = migrations.migrate(store, migrations.owner_url(store))
        print(f"{store}: {revision}")


@app.command()
def up(
    empty: Annotated[bool, typer.Option("--empty", help="Without demo clients and demo persons.")] = False,  # noqa: FBT002 - a flag
    port: Annotated[
        int, typer.Option(envvar="INDIMAJ_PORT", help="The gateway's port; the services take the next three.")
    ] = PORTS[Service.GATEWAY],
    folder: Annotated[
        Path | None,
        typer.Option(envvar="INDIMAJ_FOLDER", help="Where data, keys and logs are kept; .local without it."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show a line for every request.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Run everything on this machine: PostgreSQL, four services, their workers, and demo data."""
    from services.stack import up as launcher

    raise typer.Exit(launcher.up(folder=folder, port=port, empty=empty, verbose=verbose))


@app.command()
def down(
    folder: Annotated[Path | None, typer.Option(envvar="INDIMAJ_FOLDER", help="The folder given to `up`.")] = None,
) -> None:
    """Stop what `up` started, and a PostgreSQL that a killed `up` left running. Data are kept."""
    from services.stack import down as stopper

    raise typer.Exit(stopper.down(folder=folder))


@app.command("worker-clients")
def worker_clients() -> None:
    """Create the workers' own clients in the gateway's database, with secrets from INDIMAJ_<SERVICE>_CLIENT_SECRET."""
    from services.stack import clients

    clients.ensure_worker_clients(clients.gateway_database_url(), clients.worker_secrets_from_environment())


@app.command("demo-clients")
def demo_clients(
    file: Annotated[Path, typer.Option(help="Where to write the credentials, readable to the owner only.")],
    base_url: Annotated[str, typer.Option(help="The gateway as the partners reach it.")] = "http://127.0.0.1:8000",
) -> None:
    """Create the demo partners and their people, and the workers' clients, and write credentials; only in a demo."""
    from services.stack import clients, people, rotation

    url, environment = clients.gateway_database_url(), clients.environment()
    clients.ensure_demo_clients(
        url,
        environment=environment,
        file=file,
        base_url=base_url.rstrip("/"),
        secrets=clients.worker_secrets_from_environment(),
    )
    people.ensure_demo_accounts(url, environment=environment, file=file, seal=rotation.seal_of_gateway())
    print(f"credentials: {file}")


@app.command("create-client")
def create_client(
    client_id: Annotated[str, typer.Argument(help="3 to 64 lower-case letters, digits, dots and hyphens.")],
    organisation: Annotated[str, typer.Option(help="Code of its organisation.")],
    scope: Annotated[list[str], typer.Option(help="What its tokens may carry; once for each.")],
    purpose: Annotated[
        list[str] | None, typer.Option(help="What it may ask for personal data for; once for each.")
    ] = None,
    authorisation: Annotated[
        str | None, typer.Option(help="Number of the authorisation (CNDP) for these purposes; needed with them.")
    ] = None,
) -> None:
    """Create a client by hand in the gateway's database, with an agreement for its purposes; print its secret, once."""
    from services.stack import clients

    if purpose and not authorisation:
        raise typer.BadParameter("--purpose needs --authorisation: the number under which it is agreed")
    made = clients.create_first_client(
        clients.gateway_database_url(),
        client_id,
        organisation=organisation,
        scopes=scope,
        purposes=purpose or [],
        authorisation=authorisation,
    )
    print(f"client_id      {made.client_id}\nclient_secret  {made.client_secret}")


@app.command("create-account")
def create_account(  # noqa: PLR0917  # the options of a command
    username: Annotated[str, typer.Argument(help="3 to 64 lower-case letters, digits, dots and hyphens.")],
    organisation: Annotated[str, typer.Option(help="Code of an organisation that is there.")],
    scope: Annotated[list[str], typer.Option(help="What a token of hers may carry; once for each.")],
    display_name: Annotated[str | None, typer.Option(help="For people; the username without it.")] = None,
    language: Annotated[str, typer.Option(help="fr, ar or en.")] = "fr",
    base_url: Annotated[str, typer.Option(help="The gateway as she reaches it.")] = "http://127.0.0.1:8000",
) -> None:
    """Invite somebody by hand, and print the link with which she sets her password, once; it is good for 72 hours."""
    from services.gateway.access.domain import account_errors as refusals
    from services.stack import clients, people

    try:
        made = people.create_first_account(
            clients.gateway_database_url(),
            username,
            organisation=organisation,
            display_name=display_name or username,
            scopes=scope,
            language=language,
        )
    except refusals.AccountRefusedError as refusal:
        raise typer.BadParameter(type(refusal).__doc__ or "") from None
    print(f"{base_url.rstrip('/')}/invitation?token={made.token}\ngood until {made.expires_at:%Y-%m-%d %H:%M} UTC")


@app.command("rotate-keys")
def rotate_keys(
    now: Annotated[bool, typer.Option("--now", help="Sign with new keys at once, not after an hour.")] = False,  # noqa: FBT002 - a flag
    revoke: Annotated[bool, typer.Option("--revoke", help="With --now: believe nothing that old keys signed.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Take up new signing keys in the gateway's database; processes notice within a minute (docs/tokens.md)."""
    from services.stack import clients, rotation

    if revoke and not now:
        raise typer.BadParameter("--revoke goes with --now")
    for key in rotation.rotate(
        clients.gateway_database_url(), seal=rotation.seal_of_gateway(), at_once=now, revoke=revoke
    ):
        print(f"{key.use:<9} {key.state:<8} {key.kid}")


@app.command("publish-openapi")
def publish_openapi(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a document is not current.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Write the four services' OpenAPI documents to docs/openapi, the gateway's route table among other things."""
    from services.stack import publishing

    stale = publishing.publish(check=check)
    for path in stale:
        print(f"{'not current' if check else 'written'}: {path}")
    raise typer.Exit(1 if check and stale else 0)


@app.command("demo-run")
def demo_run(
    file: Annotated[
        Path | None, typer.Option(help="A CSV of persons (docs/imports.md); demo/persons.csv without it.")
    ] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="The demo credentials that `./start` wrote; .local/demo.json without it.")
    ] = None,
    seats: Annotated[int, typer.Option(help="Seats of the course to fill.", min=1, max=500)] = 25,
) -> None:
    """Import persons, determine coverage for everybody stored, fill a course; print a summary."""
    from services.stack import demo_run as run

    raise typer.Exit(run.demo_run(file or run.SAMPLE, credentials or run.CREDENTIALS, seats))


if __name__ == "__main__":
    app(prog_name="python -m services")
