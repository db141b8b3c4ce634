"""Rows that were written before there were seals are sealed too, and stay when the seals go."""

import psycopg
from alembic import command

from services.stack.migrations import configuration
from tests.trail.trails import INSERT, STORE, Drill


async def test_rows_from_before_are_sealed_and_outlive_their_seals(drill: Drill) -> None:
    config = configuration(STORE, drill.store.owner_url)
    command.downgrade(config, "0003")
    drill.write(12)
    command.upgrade(config, "head")
    drill.write(3)
    assert [(await drill.seal(batch=10)).count for _ in range(3)] == [10, 5, 0]
    assert drill.found() == []
    await drill.database.close()
    command.downgrade(config, "0003")
    with psycopg.connect(drill.store.url) as app:
        app.execute(INSERT.encode(), {"first": 90, "last": 90})
    assert drill.read("SELECT count(*) FROM audit_record") == [(16,)]
