"""What migration 0005 makes of persons who were there before records kept what they contribute."""

from importlib import import_module

import asyncpg
import httpx

from services.kit.database import Database
from services.registry.store.driver import driver
from services.stack.stores import Store
from tests.registry.assembled import assert_assembled
from tests.registry.builders import row
from tests.registry.imports import file_of, run
from tests.registry.people import MONONYM, register

MIGRATION = import_module("services.registry.migrations.versions.0005_person_depth")
BEFORE = (
    "UPDATE source_record SET contribution = NULL",
    (
        "UPDATE person SET contacts = (SELECT coalesce(jsonb_agg(one - '{id,language,code_word}'::text[]), '[]')"
        " FROM jsonb_array_elements(contacts) one)"
    ),
)
BACKFILL = (MIGRATION._PRESENT, MIGRATION._PAST, MIGRATION._CONTRIBUTIONS)  # the migration's own


async def test_who_was_there_before_is_made_of_her_records_too(
    client: httpx.AsyncClient, database: Database, registry_database: Store
) -> None:
    path = f"/v1/persons/{(await register(client))['id']}"
    await client.patch(path, json={"birth_place": "Labé"}, headers={"if-match": '"v1"'})
    await register(client, MONONYM)
    await run(database, file_of(row(passport="B7654321", permit_number="C999999B")))
    owner = await asyncpg.connect(registry_database.admin_url)
    for statement in (*BEFORE, *BACKFILL):
        await owner.execute(statement)
    await owner.close()
    async with database.sessions() as session:
        people = [found[0] for found in await (await driver(session)).fetch("SELECT id FROM person")]
        assert len(people) == 3
        for person_id in people:
            await assert_assembled(session, person_id)
