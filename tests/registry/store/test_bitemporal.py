"""Two times under Hypothesis: whatever is added, corrected, withdrawn and taken back, every read equals the oracle.

The real operations on a real database; the oracle is a list of events in tests/registry/bitemporal.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.database import Database
from services.registry.domain.errors import PeriodOverlapError
from services.registry.domain.papers import Address, LegalStatus, Permit
from services.registry.domain.persons import Core, Intake, Person
from services.registry.domain.renewals import WITHDRAWN, PermitNotValidThenError
from services.registry.operations.add_address import add_address
from services.registry.operations.add_legal_status import add_legal_status
from services.registry.operations.add_permit import add_permit
from services.registry.operations.correct_address import correct_address
from services.registry.operations.correct_legal_status import correct_legal_status
from services.registry.operations.correct_permit import correct_permit
from services.registry.operations.register_person import register_person
from services.registry.operations.retract_address import retract_address
from services.registry.operations.retract_legal_status import retract_legal_status
from services.registry.operations.retract_permit import retract_permit
from services.registry.operations.withdraw_permit import withdraw_permit
from services.registry.store import loading, reading
from services.registry.store.driver import driver
from services.stack.stores import Store
from tests.registry.bitemporal import (
    FIRST,
    LAST,
    OPEN_END,
    OPEN_START,
    Days,
    Oracle,
    Row,
    day,
    days_of,
    number,
    period_of,
)
from tests.registry.builders import NOW, act, name

T = TypeVar("T")
TABLES = ("legal_status", "permit", "address")
ENDS = st.none() | st.integers(FIRST, LAST)
SPANS = (
    st.tuples(ENDS, ENDS)
    .filter(lambda ends: ends[0] is None or ends[1] is None or ends[0] <= ends[1])
    .map(lambda ends: days_of(*ends))
)
CODES, LINES = st.sampled_from(["IRREGULAR", "UNKNOWN"]), st.sampled_from(["1 rue X", "2 rue Y", "3 rue Z"])
TITLES = st.tuples(st.sampled_from(["REG3", "CR"]), st.sampled_from(["C1000", "D2000"]))
PICKS, WAITS = st.integers(0, 50), st.sampled_from([-5, 0, 1, 3600])
NONE_OVERLAP = """
SELECT count(*) FROM {table} a JOIN {table} b ON a.person_id = b.person_id AND a.id < b.id AND a.valid && b.valid
WHERE a.person_id = $1 AND upper_inf(a.known) AND upper_inf(b.known) AND {same}
"""
SAME = {
    "legal_status": "a.code = b.code",
    "permit": "a.type = b.type AND a.number_norm = b.number_norm",
    "address": "true",
}


@dataclass
class World:
    """A database and a loop to ask it in."""

    database: Database
    runner: asyncio.Runner
    lives: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def ask(self, question: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Return the answer of one transaction."""

        async def answered() -> T:
            async with self.database.sessions.begin() as session:
                return await question(session)

        return self.runner.run(answered())


class Papers(RuleBasedStateMachine):
    """One person's statuses, titles and addresses, lived through in any order."""

    world: ClassVar[World]

    @initialize()
    def a_person_is_registered(self) -> None:
        self.oracle = Oracle()
        self.clock = NOW
        self.world.lives += 1
        person = self.world.ask(lambda session: register_person(session, Intake(Core((name(),))), act(at=self.clock)))
        self.person_id, self.instants = person.id, [person.recorded_at]
        self.shown = {person.recorded_at: self.whole()}

    def whole(self, known_at: datetime | None = None) -> str:
        """Return all that is said of her, byte for byte."""
        return self.world.ask(
            lambda session: reading.person(session, self.person_id, today=day(FIRST), known_at=known_at)
        ).body

    def taken(self, step: str, question: Callable[[AsyncSession], Awaitable[Any]], *refusals: type[Exception]) -> Any:
        """Take a step; return what it gives, or None when it is refused."""
        self.world.seen[step] = self.world.seen.get(step, 0) + 1
        try:
            return self.world.ask(question)
        except refusals:
            return None

    def told(self, person: Person) -> datetime:
        """Note the version that a step made; return its instant."""
        if person.recorded_at != self.instants[-1]:
            assert person.recorded_at > self.instants[-1]
            self.instants.append(person.recorded_at)
        self.shown[person.recorded_at] = self.whole()
        return person.recorded_at

    def key(self, table: str, pick: int) -> str | None:
        """Return one of the live rows."""
        keys = sorted(self.oracle.known(table))
        return keys[pick % len(keys)] if keys else None

    def deed(self, operation: str, wait: int) -> Any:
        """Return an act a while later; clocks may also go back."""
        self.clock += timedelta(seconds=wait)
        return act(operation, at=self.clock)

    def add(self, table: str, made: Any, value: tuple[Any, ...], days: Days, *, free: bool) -> None:
        """Compare what an addition did with what it should have done."""
        assert (made is not None) == free
        if made is not None:
            person, row = made
            self.oracle.put(self.told(person), table, str(row.first_id or row.id), value, days)

    @rule(code=CODES, days=SPANS, wait=WAITS)
    def a_status_is_added(self, code: str, days: Days, wait: int) -> None:
        free = not self.oracle.clashes("legal_status", (code,), days)
        deed, row = self.deed("add_legal_status", wait), LegalStatus(code, period_of(days))
        made = self.taken("add", lambda s: add_legal_status(s, self.person_id, row, deed), PeriodOverlapError)
        self.add("legal_status", made, (code,), days, free=free)

    @rule(title=TITLES, days=SPANS, wait=WAITS)
    def a_title_is_added(self, title: tuple[str, str], days: Days, wait: int) -> None:
        title = self.hers(title)
        free = not self.oracle.clashes("permit", title, days)
        deed, row = self.deed("add_permit", wait), self.permit(title, days)
        made = self.taken("add", lambda s: add_permit(s, self.person_id, row, deed), PeriodOverlapError)
        self.add("permit", made, (*title, None), days, free=free)

    @rule(line=LINES, days=SPANS, wait=WAITS)
    def she_moves(self, line: str, days: Days, wait: int) -> None:
        free, cut = self.oracle.moves(days), list(self.oracle.cut(days))
        deed, row = self.deed("add_address", wait), Address(None, None, None, line, period_of(days))
        made = self.taken("move", lambda s: add_address(s, self.person_id, row, deed), PeriodOverlapError)
        if made is not None:
            at = made[0].recorded_at
            for key, value, before, after in cut:
                self.oracle.drop(at, "address", key)
                if before:
                    self.oracle.put(at, "address", key, value, before)
                if after:
                    [later] = [one for one in made[0].addresses if one.valid == period_of(after)]
                    self.oracle.put(at, "address", str(later.id), value, after)
        self.add("address", made, (line,), days, free=free)

    def hers(self, title: tuple[str, str]) -> tuple[str, str]:
        """Return a title with a number that nobody of another example bears."""
        return title[0], f"{title[1]}{self.world.lives}"

    def permit(self, title: tuple[str, str], days: Days, end_reason: str | None = None) -> Permit:
        return Permit(title[0], title[1], title[1], period_of(days), end_reason=end_reason)

    @rule(table=st.sampled_from(TABLES), pick=PICKS, code=CODES, title=TITLES, line=LINES, days=SPANS, wait=WAITS)
    def one_is_corrected(  # what each kind of row may become
        self, table: str, pick: int, code: str, title: tuple[str, str], line: str, days: Days, wait: int
    ) -> None:
        key = self.key(table, pick)
        if key is None:
            return
        title = self.hers(title)
        correct, row, value = {
            "legal_status": (correct_legal_status, LegalStatus(code, period_of(days)), (code,)),
            "permit": (correct_permit, self.permit(title, days), (*title, None)),
            "address": (correct_address, Address(None, None, None, line, period_of(days)), (line,)),
        }[table]
        free = not self.oracle.clashes(table, value, days, besides=key)
        deed = self.deed(f"correct_{table}", wait)

        async def corrected(session: AsyncSession) -> Any:
            version = (await loading.load(session, self.person_id)).version
            operation: Any = correct
            return await operation(session, self.person_id, UUID(key), row, deed, version=version)

        made = self.taken("correct", corrected, PeriodOverlapError)
        self.add(table, made, value, days, free=free)

    @rule(pick=PICKS, on=st.integers(FIRST, LAST), wait=WAITS)
    def a_title_is_withdrawn(self, pick: int, on: int, wait: int) -> None:
        key = self.key("permit", pick)
        if key is None:
            return
        value, days = self.oracle.known("permit")[key]
        left, deed = frozenset(one for one in days if one < on), self.deed("withdraw_permit", wait)
        made = self.taken(
            "withdraw",
            lambda s: withdraw_permit(s, self.person_id, UUID(key), day(on), deed),
            PermitNotValidThenError,
        )
        self.add("permit", made, (*value[:2], WITHDRAWN), left, free=on in days and bool(left))

    @rule(table=st.sampled_from(TABLES), pick=PICKS, wait=WAITS)
    def one_is_taken_back(self, table: str, pick: int, wait: int) -> None:
        key = self.key(table, pick)
        if key is None:
            return
        retract = {
            "legal_status": retract_legal_status,
            "permit": retract_permit,
            "address": retract_address,
        }[table]
        deed = self.deed(f"retract_{table}", wait)
        person = self.taken("retract", lambda s: retract(s, self.person_id, UUID(key), deed))
        self.oracle.drop(person.recorded_at, table, key)
        self.told(person)

    @rule(
        table=st.sampled_from(TABLES),
        on=st.none() | st.integers(OPEN_START, OPEN_END),
        pick=PICKS,
        shift=st.sampled_from([-1, 0, 1]),
    )
    def a_read_equals_the_oracle(self, table: str, on: int | None, pick: int, shift: int) -> None:
        at = self.instants[pick % len(self.instants)] + timedelta(microseconds=shift)
        if at >= self.instants[0]:
            assert self.read(table, on, at) == self.oracle.read(table, on, at)

    def read(self, table: str, on: int | None = None, at: datetime | None = None) -> list[Row]:
        """Return what a read returns, in the oracle's words and order."""
        as_of = None if on is None else day(on)
        found = self.world.ask(lambda session: reading.parts(session, table, self.person_id, as_of=as_of, known_at=at))
        columns = {"legal_status": ("code",), "permit": ("type", "number", "end_reason"), "address": ("line",)}[table]
        rows = [
            (tuple(item[name] for name in columns), days_of(*(item[end] and number(item[end]) for end in _ENDS)))
            for item in orjson.loads(found.body)
        ]
        return sorted(rows, key=lambda row: (str(row[0]), sorted(row[1])))

    @invariant()
    def what_is_known_now_equals_the_oracle(self) -> None:
        for table in TABLES:
            assert self.read(table) == self.oracle.read(table)
        numbers = {row[0][1] for row in self.oracle.read("permit")}
        found = self.world.ask(lambda session: reading.parts(session, "identifier", self.person_id))
        assert {item["value"] for item in orjson.loads(found.body)} == numbers

    @invariant()
    def no_two_live_rows_of_a_kind_share_a_day(self) -> None:
        async def overlaps(session: AsyncSession) -> list[int]:
            connection = await driver(session)
            statements = [NONE_OVERLAP.format(table=table, same=same) for table, same in SAME.items()]
            return [await connection.fetchval(statement, self.person_id) for statement in statements]

        assert self.world.ask(overlaps) == [0, 0, 0]

    def teardown(self) -> None:
        """Nothing that was shown once has changed: not a byte, at none of the instants."""
        for at, body in getattr(self, "shown", {}).items():
            assert self.whole(at) == body
            for table in TABLES:
                for on in (OPEN_START, FIRST, LAST // 2, LAST, OPEN_END):
                    assert self.read(table, on, at) == self.oracle.read(table, on, at)


_ENDS = ("valid_from", "valid_to")


@pytest.fixture
def world(registry_database: Store) -> Iterator[World]:
    """A fresh database, asked from a loop of its own."""
    with asyncio.Runner() as runner:
        database = Database(registry_database.url, pool_size=2)
        yield World(database, runner)
        runner.run(database.close())


def test_every_read_equals_a_slow_oracle_whatever_is_corrected(world: World) -> None:
    Papers.world = world
    run_state_machine_as_test(
        Papers,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert set(world.seen) == {"add", "move", "correct", "withdraw", "retract"}
