"""The demo's records are what the services take; the launcher test sends them for real."""

from __future__ import annotations

from datetime import date
from itertools import count
from pathlib import Path

import yaml
from pydantic import BaseModel

from services.registry.contract.persons import NewPerson
from services.stack.demo import DemoData
from services.training.courses.contract.catalogue import InstitutionRequest, ProgrammeRequest, SessionRequest

DATA = Path(__file__).parents[2] / "services" / "stack" / "demo_data.yaml"
MODELS: dict[str, type[BaseModel]] = {
    "/v1/institutions": InstitutionRequest,
    "/v1/programmes": ProgrammeRequest,
    "/v1/sessions": SessionRequest,
    "/v1/persons": NewPerson,
}


class TakesEverything:
    """A gateway that checks each body against its contract and remembers it; the feed is as full as it is told."""

    def __init__(self, *, holds_persons: bool = False, breaks_off_after: int = 1_000) -> None:
        self.bodies: dict[str, tuple[str, object]] = {}
        self._ids = count(1)
        self._items = [{"id": 1}] if holds_persons else []
        self._left = breaks_off_after

    async def read(self, path: str, *, purpose: str) -> dict[str, object]:
        assert path.startswith("/v1/changes")
        assert purpose == "REGISTRATION"
        return {"items": self._items}

    async def create(self, path: str, record: dict[str, object], *, key: str, purpose: str | None = None) -> str:
        if self._left == 0:
            raise ConnectionError
        self._left -= 1
        MODELS[path].model_validate(record)
        assert (purpose == "REGISTRATION") is (path == "/v1/persons")
        self.bodies[key] = (path, record)
        return f"00000000-0000-7000-8000-{next(self._ids):012d}"


async def send(file: Path, gateway: TakesEverything, *, today: date = date(2026, 11, 23)) -> tuple[bool, list[int]]:
    seen: list[int] = []
    data = DemoData(file, today=today)
    sent = await data.send(gateway, lambda done, total: seen.append(total - done))  # type: ignore[arg-type]  # stands for the HTTP partner
    return sent, seen


async def test_every_record_fits_its_contract_and_is_counted(tmp_path: Path) -> None:
    gateway = TakesEverything()
    sent, left = await send(tmp_path / "state.json", gateway)
    assert sent
    assert left == list(range(len(gateway.bodies) - 1, -1, -1))
    assert sum(path == "/v1/persons" for path, _ in gateway.bodies.values()) == 20
    assert DemoData(tmp_path / "state.json", today=date(2026, 11, 24)).is_complete


async def test_persons_of_others_are_left_alone(tmp_path: Path) -> None:
    gateway = TakesEverything(holds_persons=True)
    assert await send(tmp_path / "state.json", gateway) == (False, [])
    assert gateway.bodies == {}


async def test_what_was_broken_off_is_sent_again_with_the_same_keys_and_bodies(tmp_path: Path) -> None:
    first, second = TakesEverything(breaks_off_after=12), TakesEverything(holds_persons=True)
    try:
        await send(tmp_path / "state.json", first)
    except ConnectionError:
        assert not DemoData(tmp_path / "state.json", today=date(2026, 11, 23)).is_complete
    assert (await send(tmp_path / "state.json", second, today=date(2026, 11, 30)))[0]
    assert first.bodies == {key: second.bodies[key] for key in first.bodies}


def test_papers_of_the_demo_say_that_they_are() -> None:
    persons = yaml.safe_load(DATA.read_text(encoding="utf-8"))["persons"]
    passports = [
        paper["value"] for person in persons for paper in person.get("identifiers", []) if paper["system"] == "PASSPORT"
    ]
    assert passports
    assert all(value.startswith("DEMO") for value in passports)
