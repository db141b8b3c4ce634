"""An erasure reaches every service, and a restored backup brings nobody back."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from services.background import worker
from services.background.follower import Follower
from services.health import worker as health_worker
from services.kit.database import Database
from services.registry.clients.opening import open_sealed
from services.registry.worker import erasure_tasks
from services.stack import binaries
from services.stack.erasing import Place, replay
from services.stack.stores import Store, drop_database
from services.training import worker as training_worker
from tests.contract.partners import ORGANISATIONS, Partner, agree
from tests.support.asgi import BLOB_KEY, settings_for
from tests.support.server import Databases
from tests.support.system import System, running_system

TABLES = {
    "registry": ("person", "person_past", "source_record", "identifier", "search_entry"),
    "coverage": ("person_facts", "person_identifier", "determination", "entitlement"),
    "training": ("person_facts", "application", "enrolment"),
}
FOLLOWERS = {
    "coverage": ("health-worker", health_worker.PURPOSE, health_worker.apply),
    "training": ("training-worker", training_worker.PURPOSE, training_worker.apply),
}


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    with running_system(databases) as running:
        yield running


def rows(url: str, store: str, person: str) -> dict[str, int]:
    """Count a person's rows in a store's tables; only those that have any are named."""
    counts = {}
    with psycopg.connect(url) as connection:
        for table in TABLES[store]:
            column = "id" if table == "person" else "person_id"
            statement = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
                sql.Identifier(table), sql.Identifier(column)
            )
            [counts[table]] = connection.execute(statement, [person]).fetchone() or [0]
    return {table: count for table, count in counts.items() if count}


def everywhere(urls: Mapping[str, str], person: str) -> dict[str, int]:
    """Count a person's rows in all stores."""
    return {f"{store}.{table}": count for store in TABLES for table, count in rows(urls[store], store, person).items()}


async def carry_out(system: System, job_id: str) -> None:
    """Do what the registry's worker does with a job."""
    database = Database(system.stores["registry"].url)
    blobs = open_sealed(settings_for(system.stores["registry"])["blobs_url"], BLOB_KEY)
    await worker.perform(database, job_id, erasure_tasks(blobs)["erase_person"], last_attempt=True)
    await database.close()


async def follow(system: System) -> None:
    """Do what the services' workers do with the feed, until its end."""
    for store, (client, purpose, apply) in FOLLOWERS.items():
        database = Database(system.stores[store].url)
        credentials = (client, system.secrets[client])
        follower = Follower(
            database, gateway_url=system.base_url, credentials=credentials, purpose=purpose, apply=apply
        )
        async with httpx.AsyncClient(base_url=system.base_url, timeout=30) as peer:
            while await follower.step(peer):
                continue
        await database.close()


def copy_of(databases: Databases, store: Store, copy: str, folder: Path) -> None:
    """Back a database up, and restore it under another name, with PostgreSQL's own programs."""
    server, file = databases.server, folder / f"{copy}.sql"
    programs = binaries.programs(binaries.wheel_folder())
    subprocess.run([programs / "pg_dump", "--file", file, server.url(store.name)], check=True)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(copy)))
    options = ["--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null"]
    subprocess.run([programs / "psql", *options, "--file", file, server.url(copy)], check=True)


def test_an_erasure_reaches_every_service_and_survives_a_restore(
    databases: Databases, system: System, tmp_path: Path
) -> None:
    secrets = asyncio.run(agree(system))
    with httpx.Client(base_url=system.base_url, timeout=30) as http:
        desk = Partner(http, ORGANISATIONS[0], secrets[ORGANISATIONS[0]])
        desk.settle()
        person = desk.rows["person"]
        asyncio.run(follow(system))
        urls = {store: system.stores[store].url for store in TABLES}
        before = everywhere(urls, person)
        assert {name.partition(".")[0] for name in before} == set(TABLES)
        backups = {store: f"{system.stores[store].name}_backup" for store in TABLES}
        for store, backup in backups.items():
            copy_of(databases, system.stores[store], backup, tmp_path)
        restored = {store: url.replace(system.stores[store].name, backups[store]) for store, url in urls.items()}
        try:
            _erase(system, desk, person)
            assert everywhere(urls, person) == {}
            export = desk.ask("GET", f"/v1/persons/{person}/export", purpose="SUBJECT_REQUEST")
            assert export.status_code == 404
            assert _count(urls["coverage"], "kept_decision") == 1
            assert _count(urls["training"], "kept_enrolment") == 1

            assert everywhere(restored, person) == before
            place = Place(restored, settings_for(system.stores["registry"])["blobs_url"], BLOB_KEY)
            assert replay(place) == {"registry": 1, "coverage": 1, "training": 1}
            assert everywhere(restored, person) == {}
            assert replay(place) == {"registry": 0, "coverage": 0, "training": 0}
        finally:
            for backup in backups.values():
                drop_database(databases.server, backup)


def _erase(system: System, desk: Partner, person: str) -> None:
    erasure = desk.make(f"/v1/persons/{person}/erasure", {"reason": "SUBJECT_REQUEST"})
    alone = desk.ask("POST", f"/v1/erasures/{erasure['id']}/confirm", json={})
    assert alone.status_code == 409, alone.text
    second = Partner(desk.http, "integrator", system.secrets["integrator"])
    confirmed = second.make(f"/v1/erasures/{erasure['id']}/confirm", {})
    asyncio.run(carry_out(system, confirmed["job_id"]))
    asyncio.run(follow(system))
    assert desk.ask("GET", f"/v1/erasures/{erasure['id']}").json()["state"] == "erased"


def _count(url: str, table: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return None if row is None else row[0]
