"""Facts, offers and wire bodies for the tests of vocational courses; each says only what its test is about."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.kit.periods import BirthInterval, Period, Precision
from services.training.courses.domain.catalogue import (
    Level,
    Mode,
    Programme,
    Session,
    SessionOffer,
    SessionState,
    usual_admission_rule,
)
from services.training.courses.domain.criteria import Case
from services.training.courses.domain.facts import Declared, LegalStatus, PersonFacts
from services.training.courses.domain.rules import RuleSet

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STARTS_ON, ENDS_ON = date(2027, 9, 15), date(2028, 6, 30)
PERSON = UUID("018f0000-0000-7000-8000-000000000001")


def born(day: date) -> BirthInterval:
    return BirthInterval(day, day)


def in_year(year: int, *, plus_minus: int = 0) -> BirthInterval:
    return BirthInterval(date(year - plus_minus, 1, 1), date(year + plus_minus, 12, 31))


def regular(code: str = "REGULARISED_2017", *, valid: Period | None = None) -> LegalStatus:
    return LegalStatus(code, valid or Period())


def person_facts(**changes: Any) -> PersonFacts:
    """A woman of 22, regularised, with the level of the third year of collège."""
    said: dict[str, Any] = {
        "person_id": PERSON,
        "version": 1,
        "recorded_at": AT,
        "birth": born(date(2004, 5, 12)),
        "birth_precision": Precision.DAY,
        "legal_statuses": (regular(),),
        "school_level": "COLLEGE_3",
        "region": "06",
    }
    return PersonFacts(**(said | changes))


def programme(**changes: Any) -> Programme:
    said: dict[str, Any] = {
        "id": uuid4(),
        "version": 1,
        "created_at": AT,
        "institution_id": uuid4(),
        "name": "Couture",
        "level": Level.Q,
        "mode": Mode.RESIDENTIAL,
        "languages": ("fr",),
    }
    said |= changes
    said.setdefault("admission_rule", usual_admission_rule(said["mode"]))
    return Programme(**said)


def course(**changes: Any) -> Session:
    said: dict[str, Any] = {
        "id": uuid4(),
        "version": 1,
        "created_at": AT,
        "programme_id": uuid4(),
        "region": "06",
        "unit": "MA-CAS",
        "starts_on": STARTS_ON,
        "ends_on": ENDS_ON,
        "capacity": 20,
        "seats_taken": 0,
        "state": SessionState.OPEN,
    }
    return Session(**(said | changes))


def case_of(
    rules: RuleSet,
    *,
    facts: PersonFacts | None = None,
    declared: Declared | None = None,
    offered: Session | None = None,
    on: date = TODAY,
    **of_programme: Any,
) -> Case:
    """One applicant before one session; further arguments describe the programme."""
    taught = programme(**of_programme)
    offer = SessionOffer(offered or course(), taught)
    return Case(facts or person_facts(), declared or Declared(), offer, taught.level, rules, on)


def wire_facts(person_id: UUID, **changes: Any) -> dict[str, Any]:
    """Facts as the registry tells them, with parts that this area does not read."""
    said: dict[str, Any] = {
        "person_id": str(person_id),
        "version": 1,
        "recorded_at": "2026-11-20T08:00:00Z",
        "birth": {"earliest": "2004-05-12", "latest": "2004-05-12", "precision": "day"},
        "legal_statuses": [{"code": "REGULARISED_2017", "valid_from": "2018-03-01", "valid_to": None}],
        "permits": [{"type": "REG3", "valid_from": None, "valid_to": None, "stands_for_permit": False}],
        "residence": {"region": "06", "unit": "MA-CAS", "since": None},
        "identifiers": [],
        "school_level": "COLLEGE_3",
        "household": None,
        "deceased_on": None,
    }
    return said | changes


async def published(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Publish an institution, a programme and a session over HTTP; return the session's answer.

    Arguments named `level`, `mode`, `admission_rule` and the like go to the programme, the rest to the session.
    """
    of_programme = {
        name: changes.pop(name)
        for name in ("level", "mode", "admission_rule", "hours", "enterprise_hours", "centre_hours", "sector")
        if name in changes
    }
    place = {"region": changes.pop("region", "06"), "unit": changes.pop("unit", "MA-CAS")}
    institution = await post(client, "/v1/institutions", {"name": "CFA Akkari", **place})
    taught: dict[str, Any] = {"institution_id": institution["id"], "name": "Couture", "level": "Q"}
    made = await post(client, "/v1/programmes", taught | of_programme)
    held: dict[str, Any] = {"starts_on": str(STARTS_ON), "ends_on": str(ENDS_ON), "capacity": 2}
    return await post(client, "/v1/sessions", {"programme_id": made["id"], **held, **changes})


async def applied(client: httpx.AsyncClient, session: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Apply a new person to a session over HTTP; arguments change her facts."""
    person = changes.pop("person_id", None) or uuid4()
    body = {"person_id": str(person), "facts": wire_facts(person, **changes)}
    return await post(client, f"/v1/sessions/{session['id']}/applications", body)


async def applicants(client: httpx.AsyncClient, session: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Apply so many new persons to a session, a few at a time: the race comes later."""
    made: list[dict[str, Any]] = []
    while len(made) < count:
        made += await asyncio.gather(*(applied(client, session) for _ in range(min(8, count - len(made)))))
    return made


async def post(client: httpx.AsyncClient, path: str, body: Any, *, status: int = 201) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    return said
