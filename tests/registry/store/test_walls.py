"""The wall in SQL says what the pure rule says."""

from uuid import UUID, uuid4

import asyncpg
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.database import Database
from services.kit.withholding import Closed, Viewer, Withheld, withheld_from

PERSONS = [str(uuid4()) for _ in range(3)]
people = st.sampled_from(PERSONS)
words = st.sampled_from(["a", "b"])
maybe = st.none() | words
closed = st.builds(Closed, maybe, maybe, st.none() | st.frozensets(words))
withholdings = st.none() | st.builds(
    Withheld, st.frozensets(people), st.lists(closed, max_size=2).map(tuple), st.frozensets(people)
)
viewers = st.builds(Viewer, words, words, maybe, st.none() | people)
ASK = "SELECT withheld_from($1::jsonb, $2, $3, $4, $5, $6, $7::jsonb)"


async def test_the_function_of_the_stores_is_the_pure_rule(database: Database) -> None:
    cases: list[tuple[Viewer, str, Withheld | None, frozenset[str]]] = []

    @settings(max_examples=300, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(viewers, people, withholdings, st.frozensets(people))
    def collect(viewer: Viewer, person: str, withheld: Withheld | None, sees: frozenset[str]) -> None:
        cases.append((viewer, person, withheld, sees))

    collect()
    pool = await database.pool()
    for case in cases:
        assert await _asked(pool, *case) is withheld_from(*case), case


async def _asked(
    pool: asyncpg.Pool, viewer: Viewer, person: str, withheld: Withheld | None, sees: frozenset[str]
) -> object:
    stored = None if withheld is None else orjson.dumps(withheld.to_json()).decode()
    acting_for = None if viewer.acting_for is None else UUID(viewer.acting_for)
    named = orjson.dumps(sorted(sees)).decode()
    words = (viewer.organisation, viewer.subject, viewer.purpose)
    return await pool.fetchval(ASK, stored, UUID(person), *words, acting_for, named)
