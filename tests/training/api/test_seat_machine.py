"""A Hypothesis state machine over HTTP: whatever is asked at once, in whatever order, the seats add up."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from tests.support.asgi import client_of
from tests.support.callers import bearer
from tests.training.builders import published, wire_facts

LEARNERS = 5
MOST_SEATS = 4
learners = st.lists(st.integers(0, LEARNERS - 1), min_size=1, max_size=6)


class Seats(RuleBasedStateMachine):
    """One session, a handful of learners, and batches of requests that run at the same time."""

    app: FastAPI
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.persons = [uuid4() for _ in range(LEARNERS)]
        self.enrolled: dict[UUID, str] = {}
        self.opened = client_of(self.app)
        self.client = self.run(self.opened.__aenter__())
        self.renew_token()
        self.session = self.run(published(self.client, capacity=2))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def renew_token(self) -> None:
        scopes = ("courses:read", "courses:write", "enrolments:read", "enrolments:write")
        self.client.headers.update(bearer(*scopes, service="training", purpose="TRAINING"))

    @rule(asking=learners, leaving=learners)
    def ask_and_leave_at_once(self, asking: Sequence[int], leaving: Sequence[int]) -> None:
        """Some learners apply and ask for a seat while others give theirs back."""
        self.renew_token()

        async def all_at_once() -> None:
            await asyncio.gather(
                *(self.ask(self.persons[index]) for index in asking),
                *(self.leave(self.persons[index]) for index in leaving),
            )

        self.run(all_at_once())

    @rule(capacity=st.integers(1, MOST_SEATS), asking=learners)
    def resize_while_others_ask(self, capacity: int, asking: Sequence[int]) -> None:
        """The session's capacity changes while learners ask for seats."""
        self.renew_token()

        async def all_at_once() -> None:
            await asyncio.gather(self.resize(capacity), *(self.ask(self.persons[index]) for index in asking))

        self.run(all_at_once())

    @invariant()
    def seats_add_up(self) -> None:
        """Seats taken are the live enrolments, never more than there are, and just those that were acknowledged."""
        seen = self.run(self.client.get(f"/v1/sessions/{self.session['id']}")).json()
        live = self.run(self.live())
        assert 0 <= seen["seats_taken"] <= seen["capacity"]
        assert seen["seats_taken"] == len(live)
        assert live == self.enrolled

    def teardown(self) -> None:
        """Leave nobody in the way of the next example."""
        self.run(self.opened.__aexit__(None, None, None))

    async def ask(self, person: UUID) -> None:
        body = {"person_id": str(person), "facts": wire_facts(person)}
        applied = await self.patient("POST", f"/v1/sessions/{self.session['id']}/applications", body)
        if applied.status_code == 409:
            return
        answer = await self.patient("POST", "/v1/enrolments", {"application_id": applied.json()["id"]})
        if answer.status_code == 201:
            self.enrolled[person] = answer.json()["id"]
        else:
            assert answer.json()["code"] == "session-full"
            withdrawn = await self.patient("POST", f"/v1/applications/{applied.json()['id']}/withdraw", None)
            assert withdrawn.status_code == 200

    async def leave(self, person: UUID) -> None:
        held = self.enrolled.pop(person, None)
        if held is not None:
            answer = await self.patient("POST", f"/v1/enrolments/{held}/withdraw", None)
            assert answer.status_code == 200

    async def resize(self, capacity: int) -> None:
        path = f"/v1/sessions/{self.session['id']}"
        version = (await self.client.get(path)).headers["etag"]
        answer = await self.patient("PATCH", path, {"capacity": capacity}, {"if-match": version})
        assert answer.status_code == 200 or answer.json()["code"] == "capacity-below-enrolled"

    async def patient(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Ask again while the service says that it is busy; nothing else may be answered than yes or no."""
        while True:
            answer: httpx.Response = await self.client.request(method, path, json=body, headers=headers)
            if answer.status_code != 503:
                assert answer.status_code in {200, 201, 409}, answer.text
                return answer
            await asyncio.sleep(float(answer.headers["retry-after"]))

    async def live(self) -> dict[UUID, str]:
        query = text("SELECT person_id, id FROM enrolment WHERE session_id = :id AND state = 'enrolled'")
        async with self.app.state.database.sessions() as reading:
            rows = await reading.execute(query, {"id": self.session["id"]})
            return {row.person_id: str(row.id) for row in rows}


def test_seats_add_up_whatever_is_asked_at_once(app: FastAPI) -> None:
    with asyncio.Runner() as runner:
        machine = type("SeatsOfThisRun", (Seats,), {"app": app, "runner": runner})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=8, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
