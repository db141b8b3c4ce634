"""The embedded PostgreSQL and the one of docker-compose.yml give the services the same rights."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.stack import binaries
from services.stack.migrations import STORES
from services.stack.postgres import HOST, Server
from services.stack.stores import create_store
from tests.support.server import scratch_folder

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "init.sh"

ROLES = """
    SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit,
           rolconfig FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY rolname
"""
DATABASES = """
    SELECT datname, pg_get_userbyid(datdba), datacl::text, datlocprovider, datlocale, datcollate,
           pg_encoding_to_char(encoding) FROM pg_database WHERE datname = ANY(%s) ORDER BY datname
"""
SCHEMA = """
    SELECT 'schema', pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace WHERE nspname = 'public'
    UNION ALL
    SELECT defaclobjtype::text, pg_get_userbyid(defaclrole), defaclacl::text FROM pg_default_acl ORDER BY 1, 2
"""


@pytest.fixture
def by_script() -> Iterator[Server]:
    """A server on which the compose file's script has created everything."""
    with scratch_folder() as folder, Server(folder / "postgres", scratch=True) as made:
        passwords = {f"{store.upper()}_{role}_PASSWORD": "0" * 32 for store in STORES for role in ("OWNER", "APP")}
        places = {
            "PATH": f"{binaries.programs(binaries.wheel_folder())}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": HOST,
            "PGPORT": str(made.port),
            "PGPASSWORD": made.credentials()["roles"]["postgres"],
        }
        subprocess.run(["bash", str(SCRIPT)], env=os.environ | passwords | places, check=True)
        yield made


def rights(server: Server) -> dict[str, list[tuple[object, ...]]]:
    """Return everything the catalogue says about roles, databases and schemas of the stores."""
    found = {}
    with psycopg.connect(server.url("postgres")) as connection:
        found["roles"] = connection.execute(ROLES).fetchall()
        found["databases"] = connection.execute(DATABASES, [list(STORES)]).fetchall()
    for store in STORES:
        with psycopg.connect(server.url(store)) as connection:
            found[store] = connection.execute(SCHEMA).fetchall()
    return found


def test_the_compose_script_and_the_launcher_create_the_same(by_script: Server) -> None:
    with scratch_folder() as folder, Server(folder / "postgres", scratch=True) as launched:
        for store in STORES:
            create_store(launched, store)
        assert rights(by_script) == rights(launched)
