"""Databases and roles: one database per store, its owner migrates it, its app role reads and writes rows.

The same shape as `deploy/postgres/init.sh` gives a server of its own: a service never holds more rights on one
machine than in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from services.stack.postgres import SUPERUSER, Server

_APP_LIMITS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("statement_timeout", "5s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "15s"),
)
# Default privileges: what the owner creates later, the app role may use. Tables that only grow take rights away
# again in their own migration.
_APP_RIGHTS: tuple[LiteralString, ...] = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES",
    "GRANT USAGE, SELECT ON SEQUENCES",
    "GRANT EXECUTE ON FUNCTIONS",
)


@dataclass(frozen=True, slots=True)
class Store:
    """A database and the URLs to reach it as the app role, as its owner and as the superuser."""

    name: str
    url: str
    owner_url: str
    admin_url: str


def create_store(server: Server, name: str) -> Store:
    """Create the database and the two roles of a store, or bring existing ones to the same state.

    Args:
        server: A started server.
        name: The store, which is also the database's name.
    """
    owner, app = roles_of(name)
    with server.locked(), psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for role in (owner, app):
            _create_role(connection, role, server.password_of(role))
        for setting, value in _APP_LIMITS:
            statement = sql.SQL("ALTER ROLE {} SET {} = {}")
            connection.execute(statement.format(sql.Identifier(app), sql.Identifier(setting), sql.Literal(value)))
        if not _exists(connection, name):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(owner)
                )
            )
        _close_to_others(connection, name, app)
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        _open_to_app(connection, owner, app)
    return _store(server, name, name)


def clone_store(server: Server, store: str, database: str) -> Store:
    """Copy a store's database, with everything in it, under another name; nobody may be connected to the original.

    Args:
        server: A started server.
        store: The store to copy; the copy belongs to the same two roles.
        database: The name of the copy, which must be free.
    """
    owner, app = roles_of(store)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(database), sql.Identifier(owner), sql.Identifier(store)
            )
        )
        _close_to_others(connection, database, app)
    return _store(server, store, database)


def drop_database(server: Server, database: str) -> None:
    """Remove a database and end the connections to it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def roles_of(store: str) -> tuple[str, str]:
    """Return the names of the owner role and the app role of a store."""
    return f"{store}_owner", f"{store}_app"


def _store(server: Server, store: str, database: str) -> Store:
    owner, app = roles_of(store)
    return Store(
        name=database,
        url=server.url(database, role=app),
        owner_url=server.url(database, role=owner),
        admin_url=server.url(database, role=SUPERUSER),
    )


def _exists(connection: psycopg.Connection, database: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    """Create a login role, or give an existing one the stored password; only the SCRAM verifier is sent."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    verb = sql.SQL("ALTER ROLE") if known else sql.SQL("CREATE ROLE")
    connection.execute(
        sql.SQL("{} {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {}").format(
            verb, sql.Identifier(role), sql.Literal(verifier)
        )
    )


def _close_to_others(connection: psycopg.Connection, database: str, app: str) -> None:
    """Let nobody but the two roles connect. Rights on a database are not copied with it: clones need this too."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, sql.Identifier(app)),
    )


def _open_to_app(connection: psycopg.Connection, owner: str, app: str) -> None:
    """Give the schema to the owner, and the app role its rights on whatever the owner will create in it."""
    owner_name, app_name = sql.Identifier(owner), sql.Identifier(app)
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner_name))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app_name))
    for rights in _APP_RIGHTS:
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public {} TO {}").format(
                owner_name, sql.SQL(rights), app_name
            )
        )
