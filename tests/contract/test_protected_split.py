"""A protected split leaves no trace: to the former head's side she is nobody, in every operation that there is.

His side is whoever represents him (an organisation), and a program that acts for him. Every operation of the merged
document that takes an id is asked with every id of hers and with ids that nobody has; every GET is asked about him, or
about nobody in particular, before she leaves and after. What is published later is asked too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.contract.his_side import (
    APPLICATION,
    CHILD,
    FORMER_HEAD,
    LAWYERS,
    OTHERS,
    TEAM,
    Side,
    agree,
    catch_up,
)
from tests.contract.test_two_organisations import BODIES, OPEN, ask, kind_of, nobody, takers, theirs_to_see, told
from tests.contract.walking import Operation, operations
from tests.support.server import Databases
from tests.support.system import System, running_system

OF_ORGANISATIONS = frozenset(
    {"relative", "job", "partner", "agreement", "client", "subscription", "delivery", *OPEN.values()}
)
"""Kinds of rows that are not hers: of organisations, and her sister, who stays where she is."""

MOVING = frozenset({"next", "cursor", "instance", "evaluated_at", "age_s", "caught_up", "stale", "seats_taken"})
"""Members that move by themselves. How many seats of a course are taken is told of nobody."""


ACCEPTED = 202
COUNTS = frozenset({"count_rectifications"})
"""Operations that count persons without naming them."""


@dataclass
class Split:
    """What there was and is.

    Attributes:
        before: What each side was told before, by side and question.
        hers: Ids of hers, those from before and those from after.
        words: What is said of her since.
        sent: Her rows by kind, as operations take them.
        searches: What finds her.
    """

    system: System
    team: Side
    others: Side
    sides: list[Side]
    him: str
    former: str
    her: str
    before: dict[tuple[str, str], Any] = field(default_factory=dict)
    hers: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    sent: dict[str, str] = field(default_factory=dict)
    searches: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    """The whole system."""
    with running_system(databases) as running:
        yield running


@pytest.fixture(scope="module")
def split(system: System) -> Iterator[Split]:
    """A family that his side knows; then she leaves with the child, moves, is covered and learns anew."""
    issued = asyncio.run(agree(system))
    with httpx.Client(base_url=system.base_url, timeout=60) as http:
        team, lawyers, application, others = (
            Side(http, name, issued[name]) for name in (TEAM, LAWYERS, APPLICATION, OTHERS)
        )
        team.settle()
        days = {"starts_on": "2029-09-15", "ends_on": "2030-06-30", "capacity": 5}
        later = team.make("/v1/sessions", {"programme_id": team.rows["programme"], **days})["id"]
        her, him = team.rows["person"], team.make("/v1/persons", FORMER_HEAD)["id"]
        child = team.make("/v1/persons", CHILD)["id"]
        roles = ((him, "HEAD"), (her, "SPOUSE"), (child, "CHILD"))
        members = [{"person_id": one, "role": role} for one, role in roles]
        former = team.make("/v1/households", {"members": members, "moving": True})["id"]
        lawyers_act = {"capacity": "LAWYER", "organisation": LAWYERS, "valid_from": "2026-01-01"}
        team.make(f"/v1/persons/{him}/representatives", lawyers_act)
        application.acting_for = him
        catch_up(system)
        found = Split(system, team, others, [lawyers, application], him, former, her)
        found.searches = searches_for(team.ask("GET", f"/v1/persons/{her}").json())
        _ask_all(found, found.before)
        _leave(found, child, later)
        catch_up(system)
        yield found


def searches_for(person: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what finds a person, and what finds him who bears the child's name."""
    return [
        {"name": person["names"][0]["family"], "nationality": "SEN"},
        {"name": "Traore", "birth_year": 1985},
        {"identifier": person["identifiers"][0]["value"]},
        {"programme_number": person["programme_number"]},
        {"phone": person["contacts"][0]["value"], "birth_year": 2004},
    ]


def _leave(found: Split, child: str, course: str) -> None:
    """Leave, move, be covered and learn: everything that his side must not learn of."""
    team, her = found.team, found.her
    asked = {"leaving": [her, child], "head": her, "protected": True, "address": {"region": "01", "line": "zzrefuge"}}
    made = team.make(f"/v1/households/{found.former}/split", asked)
    household = made["household"]["id"]
    question = {"person_id": her, "scheme": "AMO_ACHAMIL", "declared": {"rsu_score": "9.6", "other_amo": False}}
    cover = team.make("/v1/coverage/determinations", question, purpose="HEALTH_COVERAGE")
    applied = team.make(f"/v1/sessions/{course}/applications", {"person_id": her}, purpose="TRAINING")
    taken = team.make("/v1/enrolments", {"application_id": applied["id"]}, purpose="TRAINING")
    new = {household, cover["id"], applied["id"], taken["id"], child}
    mine = {row for kind, row in team.rows.items() if kind not in OF_ORGANISATIONS}
    found.hers |= mine | new
    found.words |= {*team.said, "zzrefuge"}
    found.sent |= {kind: row for kind, row in team.rows.items() if kind not in OF_ORGANISATIONS}
    found.sent["household"] = household


def _questions(found: Split) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield every GET about him or about nobody in particular, and searches: name, method, path, what is sent."""
    places = {"person_id": found.him, "household_id": found.former, "session_id": found.team.rows["session"]}
    for operation in operations(found.system.document):
        known = all(name in places for _, name in operation.slots)
        if operation.method != "GET" or not theirs_to_see(operation) or not known or operation.path.endswith("/file"):
            continue
        path = re.sub(r"\{(\w+)\}", lambda slot: places[slot[1]], operation.path)
        params = {name: places[name] for place, name in operation.slots if place == "query"}
        yield operation.name, "GET", path, {"params": params}
    for number, query in enumerate(found.searches):
        yield f"search {number}", "POST", "/v1/persons/search", {"json": query}
    for whose, value in (("nobody", "NOBODY1"), ("her", found.searches[2]["identifier"])):
        body = {"identifier": {"system": "PASSPORT", "value": value}}
        yield f"verify {whose}", "POST", "/v1/coverage/verify", {"json": body}


def _ask_all(found: Split, answers: dict[tuple[str, str], Any]) -> None:
    for side in found.sides:
        for name, method, path, sent in _questions(found):
            for purpose in ("REGISTRATION", "HEALTH_COVERAGE", "TRAINING"):
                answer = side.ask(method, path, purpose=purpose, **sent)
                body: Any = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
                answers[side.client_id, f"{name} for {purpose}"] = (
                    answer.status_code,
                    answer.headers.get("etag"),
                    body,
                )


def without(document: Any, hers: set[str]) -> Any:
    """Return an answer without the items that name her, and without what moves by itself."""
    if isinstance(document, dict):
        return {name: without(value, hers) for name, value in document.items() if name not in MOVING}
    if isinstance(document, list):
        return [without(value, hers) for value in document if not _names(value, hers)]
    return document


def _names(value: Any, hers: set[str]) -> bool:
    text = str(value)
    return any(one in text for one in hers)


def of_hers(found: Split) -> Iterator[tuple[Operation, dict[tuple[str, str], str]]]:
    """Yield every operation that takes an id of a person's, with the kinds of its ids."""
    for operation in takers(found.system.document):
        kinds = {(place, name): kind_of(operation, name) or "" for place, name in operation.slots}
        # what has no body yet is told there, as is what an id names
        ready = not operation.has_body or operation.name in BODIES
        if ready and not set(kinds.values()) <= OF_ORGANISATIONS:
            yield operation, kinds


def assert_nothing_of_her(split: Split, answer: httpx.Response, *, sent: set[str], message: str) -> None:
    """See that an answer names nothing of hers but what was sent."""
    text = (answer.text + str(answer.headers)).lower()
    named = [one for one in (split.hers | split.words) - sent if one.lower() in text]
    assert not named, f"{message}: {named}"


def test_to_his_side_her_ids_are_nobodys_in_every_operation(split: Split) -> None:
    asked = 0
    for side in split.sides:
        for operation, kinds in of_hers(split):
            own = {slot: split.team.rows.get(kind, nobody(kind)) for slot, kind in kinds.items()}
            hers = {slot: split.sent.get(kind, own[slot]) for slot, kind in kinds.items()}
            absent = {slot: nobody(kind) if kind in split.sent else own[slot] for slot, kind in kinds.items()}
            of_her, of_nobody = ask(side, operation, hers), ask(side, operation, absent)
            message = f"{side.client_id} {operation.name}: {of_her.status_code} {of_her.text[:300]}"
            assert told(of_her, hers) == told(of_nobody, absent), f"{message} / {of_nobody.text[:300]}"
            assert_nothing_of_her(split, of_her, sent=set(hers.values()), message=message)
            asked += 1
    assert asked > 40


def test_what_his_side_was_told_it_is_told_again_but_for_her(split: Split) -> None:
    after: dict[tuple[str, str], Any] = {}
    _ask_all(split, after)
    assert len(after) > 50
    for question, (status, etag, body) in after.items():
        was, had, said = split.before[question]
        message = f"{question}: {body}"
        assert not _names(body, split.hers), message
        assert not _names(body, {word.lower() for word in split.words}), message
        assert status == was, message
        if status == ACCEPTED:  # a job, which is another one each time
            continue
        if question[1].startswith("verify her"):  # her number is nobody's
            nobodys = after[question[0], question[1].replace("verify her", "verify nobody")][2]
            assert without(body, set()) == without(nobodys, set()), message
            continue
        if question[1].partition(" ")[0] in COUNTS:  # she is not counted any more
            assert body["requests"] == said["requests"] - 1, message
            continue
        assert without(body, split.hers) == without(said, split.hers), f"{message} / {said}"
        if not _names(said, split.hers):
            assert etag == had, message


def test_before_she_left_his_side_knew_of_her(split: Split) -> None:
    for side in split.sides:
        knew = [name for (who, name), (_, _, body) in split.before.items() if who == side.client_id]
        told_of_her = [
            name
            for (who, name), (_, _, body) in split.before.items()
            if who == side.client_id and split.her in str(body)
        ]
        assert knew, side.client_id
        assert told_of_her, side.client_id


@pytest.mark.parametrize("who", ["team", "others"])
def test_everybody_else_knows_of_her_as_before(split: Split, who: str) -> None:
    side: Side = getattr(split, who)
    person = side.ask("GET", f"/v1/persons/{split.her}")
    assert person.json()["address"]["line"] == "zzrefuge"
    assert person.json()["household"]["id"] == split.sent["household"]
    cover = side.ask("GET", f"/v1/coverage/determinations?person_id={split.her}", purpose="HEALTH_COVERAGE")
    assert len(cover.json()["items"]) == 2
    courses = side.ask("GET", f"/v1/enrolments?person_id={split.her}", purpose="TRAINING")
    assert len(courses.json()["items"]) == 2
    events = side.ask("GET", "/v1/events?limit=500")
    assert split.her in {event["subject"] for event in events.json()["items"]}


def test_a_program_that_serves_persons_says_whom(split: Split) -> None:
    application = split.sides[1]
    named, application.acting_for = application.acting_for, None
    refused = application.ask("GET", f"/v1/persons/{split.him}")
    unreadable = application.ask("GET", f"/v1/persons/{split.him}", headers={"acting-for": "Moussa"})
    application.acting_for = named
    assert (refused.status_code, refused.json()["code"]) == (400, "acting-for-required")
    assert (unreadable.status_code, unreadable.json()["code"]) == (400, "acting-for-unreadable")
    assert application.ask("GET", f"/v1/persons/{split.him}").status_code == 200


def test_who_used_her_data_is_not_told_to_his_side(split: Split) -> None:
    path = "/v1/persons/{}/access-log"
    for side in split.sides:
        of_her = side.ask("GET", path.format(split.her), purpose="SUBJECT_REQUEST")
        assert (of_her.status_code, of_her.json()["code"]) == (404, "not-found")
        assert side.ask("GET", path.format(split.him), purpose="SUBJECT_REQUEST").status_code == 200
    assert split.others.ask("GET", path.format(split.her), purpose="SUBJECT_REQUEST").status_code == 200


def test_who_acts_for_her_sees_her_and_the_child_and_not_him(split: Split) -> None:
    acting: Mapping[str, str] = {"acting-for": split.her}
    assert split.others.ask("GET", f"/v1/persons/{split.her}", headers=acting).status_code == 200
    assert split.others.ask("GET", f"/v1/persons/{split.him}", headers=acting).status_code == 404
