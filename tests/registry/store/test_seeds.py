"""The packaged lists and what the migration made of them."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.store import reference, seeds
from tests.registry import builders


async def test_the_database_holds_what_the_files_say(session: AsyncSession) -> None:
    assert await reference.load(session) == builders.REFERENCE


def test_every_row_has_its_certainty_and_source() -> None:
    for table, rows in seeds.rows().items():
        assert rows
        for row in rows:
            assert table == "ambiguous_country" or (row["certainty"] and row["source"]), row


def test_a_list_served_is_a_list_seeded() -> None:
    assert {name.replace("-", "_") for name in reference.CODE_LISTS} == {row["list"] for row in seeds.rows()["code"]}


def test_spellings_are_those_of_both_tables() -> None:
    spellings = seeds.spellings()
    assert "MUHAMMAD" in spellings.of("mohamed")
    assert "k001" in spellings.of("mohamed")
    assert spellings is seeds.spellings()
