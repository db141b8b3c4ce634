"""Clients of a version that kept purposes with the client: they go on for 90 days, written down as agreements."""

import io

import psycopg
from alembic import command

from services.stack.migrations import configuration
from services.stack.stores import Store


def test_purposes_of_clients_become_agreements_and_go_back(gateway_database: Store) -> None:
    config = configuration("gateway", gateway_database.owner_url)
    config.stdout = io.StringIO()
    command.downgrade(config, "0004")
    with psycopg.connect(gateway_database.admin_url, autocommit=True) as connection:
        connection.execute("INSERT INTO organisation (code, name, kind) VALUES ('old', 'Old', 'service')")
        for name, scopes, purposes in (
            ("desk", ["persons:read", "persons:search", "coverage:verify"], ["HEALTH_COVERAGE", "TRAINING"]),
            ("idle", ["courses:read"], []),
        ):
            connection.execute(
                "INSERT INTO client (id, organisation_id, name, grant_types, auth_methods, scopes, purposes)"
                " SELECT %s, id, 'x', '{}', '{}', %s, %s FROM organisation",
                [name, scopes, purposes],
            )
    command.upgrade(config, "head")
    with psycopg.connect(gateway_database.admin_url) as connection:
        found = connection.execute(
            "SELECT authorisation_number, purposes, resources, state, upper(valid) - lower(valid) FROM agreement"
        ).fetchall()
    ((number, purposes, resources, state, days),) = found
    assert (number, purposes, state, days) == ("TRANSITION desk", ["HEALTH_COVERAGE", "TRAINING"], "active", 90)
    actions = {entry["resource"]: (sorted(entry["actions"]), entry["fields"], entry["rows"]) for entry in resources}
    assert actions == {"persons": (["read", "search"], None, "all"), "coverage": (["verify"], None, "all")}
    command.downgrade(config, "0004")
    with psycopg.connect(gateway_database.admin_url) as connection:
        back: dict[str, list[str]] = dict(connection.execute("SELECT id, purposes FROM client").fetchall())
    assert {name: sorted(purposes) for name, purposes in back.items()} == {
        "desk": ["HEALTH_COVERAGE", "TRAINING"],
        "idle": ["HEALTH_COVERAGE", "TRAINING"],
    }
