"""Two organisations that see their own rows alone: nothing that one has can be told by the other from nothing.

Each makes a row of every kind. Then every operation of the merged document is asked with every id of the other, in
path, query and body. The answer is that to an id that nobody has, byte for byte but for the request's own id.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract import erasing, family
from tests.contract.partners import ORGANISATIONS, OVERSEEING, PURPOSE_OF, Partner, agree
from tests.contract.walking import Operation, operations
from tests.support.server import Databases
from tests.support.system import System, running_system

KINDS: Mapping[str, str] = {
    "person_id": "person",
    "document_id": "document",
    "rectification_id": "rectification",
    "opposition_id": "opposition",
    "consent_id": "consent",
    "change_request_id": "change_request",
    "request_id": "change_request",
    "documents": "document",
    "renewal_id": "renewal",
    "contact_id": "contact",
    "file_id": "regularisation_file",
    "evidence_id": "regularisation_evidence",
    **family.KINDS,
    **erasing.KINDS,
    "determination_id": "determination",
    "application_id": "application",
    "enrolment_id": "enrolment",
    "job_id": "job",
    "partner_id": "partner",
    "agreement_id": "agreement",
    "client_id": "client",
    "subscription_id": "subscription",
    "delivery_id": "delivery",
}
"""What an id names, by its name: a row that belongs to an organisation."""

PART_KINDS = {
    "identifiers": "identifier",
    "permits": "permit",
    "legal-statuses": "legal_status",
    "addresses": "address",
    "nationalities": "nationality",
}
OPEN = {"institution_id": "institution", "programme_id": "programme", "session_id": "session"}
"""The catalogue of courses is everybody's to read: that a course exists is no secret, and who is on it is."""

NOBODYS = frozenset({"name", "slug", "service", "path", "policy", "token"})
"""Parameters of a path that are no ids: names of reference lists, of problems."""

FORGIVEN_HEADERS = frozenset({"x-request-id", "date", "ratelimit", "ratelimit-policy", "server"})
BODIES: Mapping[str, Mapping[str, Any]] = {
    "open_regularisation_file": {
        "campaign": "R2014",
        "category": "ENFANT",
        "bureau": "MA-RAB",
        "filed_on": "2014-03-15",
    },
    "amend_regularisation_file": {"reference": "12/2017"},
    "move_regularisation_file": {"to": "EN_EXAMEN_COMMISSION", "on": "2018-01-15"},
    "declare_regularisation_evidence": {"fact": "child_of_case", "value": True},
    "retract_regularisation_evidence": {"reason": "Mistyped"},
    "bring_regularisation_paper": {"code": "FORM"},
    **family.BODIES,
    **erasing.BODIES,
    "amend_person": {"birth_place": "Rabat"},
    "request_change": {"birth_place": "Ziguinchor", "reason": "Seen"},
    "approve_change_request": {},
    "reject_change_request": {"reason": "No"},
    "withdraw_change_request": {},
    "record_consent": {
        "purpose": "TRAINING",
        "recipient": "ofppt",
        "notice": {"code": "TRAINING", "version": 1},
        "language": "fr",
        "channel": "oral",
    },
    "withdraw_consent": {"channel": "oral"},
    "oppose_use": {"recipient": "ofppt", "purposes": ["TRAINING"], "grounds": "Mine", "channel": "oral"},
    "assess_opposition": {"outcome": "upheld", "reasons": "Right"},
    "withdraw_opposition": {},
    "request_rectification": {"fields": ["birth"], "said": "Wrong", "wanted": "1991", "channel": "oral"},
    "answer_rectification": {"outcome": "refused", "reasons": "Right as it is"},
    "amend_document": {"issuer": "SEN"},
    "verify_document": {"method": "original_seen"},
    "retract_document": {"reason": "Another person's"},
    "add_identifier": {"system": "PASSPORT", "value": "QQ0000001"},
    "add_permit": {"type": "REG3", "number": "QQ0000002", "valid_from": "2030-01-01", "valid_to": "2031-01-01"},
    "add_legal_status": {"code": "REGULARISED_2017", "valid_from": "2030-01-01"},
    "add_address": {"region": "06", "unit": "MA-CAS", "valid_from": "2030-01-01"},
    "add_contact": {"kind": "email", "value": "a@example.org"},
    "amend_contact": {"safe_to_call": False},
    "add_nationality": {"code": "CIV"},
    "correct_nationality": {"valid_from": "2001-01-01"},
    "retract_nationality": {"reason": "Another's"},
    "verify_person": {
        "fields": ["sex"],
        "version": 1,
        "source": "PASSPORT",
        "method": "COPY_SEEN",
        "verified_on": "2026-01-02",
    },
    "correct_identifier": {"value": "QQ0000003"},
    "correct_permit": {"mention": "TRAVAIL"},
    "correct_legal_status": {"valid_to": "2031-01-01"},
    "correct_address": {"line": "1 rue X"},
    "retract_identifier": {"reason": "Another's"},
    "retract_permit": {"reason": "Another's"},
    "retract_legal_status": {"reason": "Another's"},
    "retract_address": {"reason": "Another's"},
    "withdraw_permit": {"on": "2026-01-02", "reason": "Left"},
    "file_renewal": {"filed_on": "2026-01-02"},
    "prolong_receipt": {},
    "decide_renewal": {"outcome": "ABANDONED", "on": "2026-01-02", "reason": "Left"},
    "determine_coverage": {"scheme": "AMO_ACHAMIL"},
    "confirm_determination": {},
    "apply_to_session": {},
    "decide_application": {"status": "ADMISSIBLE", "reason": "Seen"},
    "enrol_learner": {},
    "withdraw_learner": {},
    "publish_programme": {"name": "Couture", "level": "Q"},
    "amend_programme": {"sector": "ARTISANAT"},
    "amend_institution": {"commune": "Rabat"},
    "publish_session": {"starts_on": "2027-09-15", "ends_on": "2028-06-30", "capacity": 5},
    "amend_session": {"capacity": 6},
    "amend_subscription": {"description": "Ours"},
    "rotate_subscription_secret": {},
    "test_subscription": {},
    "retry_delivery": {},
    "replay_events": {"after": "0.0"},
    "replay_dead_letters": {},
}
"""A valid body of each operation that takes one, but for the ids in it."""

CONDITIONAL = {"if-match": '"v1"'}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    """The whole system."""
    with running_system(databases) as running:
        yield running


@pytest.fixture(scope="module")
def partners(system: System) -> Iterator[tuple[Partner, Partner]]:
    """Two organisations, each with a row of every kind."""
    issued = asyncio.run(agree(system))
    with httpx.Client(base_url=system.base_url, timeout=60) as http:
        made = [Partner(http, name, issued[name]) for name in ORGANISATIONS]
        for partner in made:
            partner.settle()
            erasing.settle(system, partner)
        yield made[0], made[1]


def kind_of(operation: Operation, name: str) -> str | None:
    """Return the kind of row that an id names; None for what is nobody's."""
    if name == "part_id":
        return next(kind for collection, kind in PART_KINDS.items() if f"/{collection}/" in operation.path)
    return KINDS.get(name) or OPEN.get(name)


def theirs_to_see(operation: Operation) -> bool:
    """Say whether an operation is one of partners: of persons or their own doing, not of those who oversee."""
    resources = {scope.partition(":")[0] for scope in operation.scopes}
    return operation.path.startswith("/v1/") and not resources & OVERSEEING


def nobody(kind: str) -> str:
    prefix = {"job": "registry-", "client": "client-"}.get(kind, "")
    return f"{prefix}{uuid4()}"


def ask(partner: Partner, operation: Operation, ids: Mapping[tuple[str, str], str]) -> httpx.Response:
    """Send an operation with ids in their places."""
    path = operation.path
    for place, name in operation.slots:
        if place == "path":
            path = path.replace(f"{{{name}}}", ids[place, name])
    resources = {scope.partition(":")[0] for scope in operation.scopes}
    purpose = next((PURPOSE_OF[one] for one in sorted(resources) if one in PURPOSE_OF), "REGISTRATION")
    if operation.name == "export_person":  # it is for her who asks what is held about her
        purpose = "SUBJECT_REQUEST"
    more: dict[str, Any] = {"params": {name: ids[place, name] for place, name in operation.slots if place == "query"}}
    named = {name: ids[place, name] for place, name in operation.slots if place == "body"}
    body = {name: [sent] if name in operation.listed else sent for name, sent in named.items()}
    if operation.has_body:
        more["json"] = {**BODIES[operation.name], **body}
    if operation.name == "upload_document":  # the one that takes a file
        more |= {"params": {"type": "PASSPORT"}, "content": b"%PDF-1.7 a scan"}
        return partner.ask(operation.method, path, purpose=purpose, headers={"content-type": "application/pdf"}, **more)
    headers = CONDITIONAL if operation.method in {"PATCH", "PUT", "DELETE"} else {}
    return partner.ask(operation.method, path, purpose=purpose, headers=headers, **more)


def told(answer: httpx.Response, sent: Mapping[tuple[str, str], str]) -> tuple[int, str, dict[str, str]]:
    """Return all that an answer tells, without the request's own id and the ids that were sent."""
    text = UUID.sub(lambda found: "-" if "urn:uuid:" + found[0] in answer.text else found[0], answer.text)
    headers = {name: value for name, value in answer.headers.items() if name not in FORGIVEN_HEADERS}
    for value in sent.values():
        text = text.replace(value, "<sent>")
        headers = {name: line.replace(value, "<sent>") for name, line in headers.items()}
    return answer.status_code, text, headers


def takers(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of partners that take an id."""
    return [
        found
        for found in operations(document)
        if theirs_to_see(found) and any(name not in NOBODYS for _, name in found.slots)
    ]


def test_every_id_that_an_operation_takes_is_known_here(system: System) -> None:
    unknown = [
        f"{found.name}: {name} in {place}"
        for found in takers(system.document)
        for place, name in found.slots
        if name not in NOBODYS and kind_of(found, name) is None
    ]
    assert not unknown, "say in KINDS or OPEN what these name, and let partners.py make one of each"
    bodiless = [found.name for found in takers(system.document) if found.has_body and found.name not in BODIES]
    assert not bodiless, "give each of these a valid body in BODIES"


def test_the_other_organisations_ids_are_nobodys(system: System, partners: tuple[Partner, Partner]) -> None:
    asked = 0
    for partner, other in (partners, partners[::-1]):
        for operation in takers(system.document):
            kinds = {(place, name): kind_of(operation, name) or "" for place, name in operation.slots}
            for foreign in foreign_sets(kinds):
                there = {slot: (other if slot in foreign else partner).rows[kinds[slot]] for slot in kinds}
                absent = {slot: nobody(kinds[slot]) if slot in foreign else there[slot] for slot in kinds}
                of_other, of_nobody = ask(partner, operation, there), ask(partner, operation, absent)
                message = f"{operation.name} {sorted(foreign)}: {of_other.status_code} {of_other.text[:300]}"
                assert told(of_other, there) == told(of_nobody, absent), message + of_nobody.text[:300]
                # One's own person has moved on since the tag that is sent: that is told before her parts are looked at.
                stale = of_other.status_code == 412 and ("path", "person_id") not in foreign
                assert stale or of_other.status_code == 404 or of_other.json().get("items") == [], message
                assert_nothing_of(other, of_other, sent=there)
                asked += 1
    assert asked > 50


def foreign_sets(kinds: Mapping[tuple[str, str], str]) -> Iterator[frozenset[tuple[str, str]]]:
    """Yield which of an operation's ids are the other's: each alone, and all; what is open to all stays one's own."""
    guarded = [slot for slot, kind in kinds.items() if kind not in OPEN.values()]
    for count in range(1, len(guarded) + 1):
        yield from map(frozenset, itertools.combinations(guarded, count))


def assert_nothing_of(other: Partner, answer: httpx.Response, *, sent: Mapping[tuple[str, str], str]) -> None:
    text = answer.text.lower() + str(answer.headers).lower()
    for word in other.said:
        assert word.lower() not in text, f"{answer.request.url}: {word}"
    for kind, row in other.rows.items():
        if row not in sent.values() and kind not in OPEN.values():
            assert row.lower() not in text, f"{answer.request.url}: {kind}"


def test_what_is_open_to_all_says_nothing_of_who_is_there(system: System, partners: tuple[Partner, Partner]) -> None:
    partner, other = partners
    for operation in takers(system.document):
        kinds = {(place, name): kind_of(operation, name) or "" for place, name in operation.slots}
        if any(kind in OPEN.values() for kind in kinds.values()) and operation.method == "GET":
            there = {slot: (other if kind in OPEN.values() else partner).rows[kind] for slot, kind in kinds.items()}
            assert_nothing_of(other, ask(partner, operation, there), sent=there)


def test_no_list_and_no_feed_shows_the_others_rows(system: System, partners: tuple[Partner, Partner]) -> None:
    asked = 0
    for partner, other in (partners, partners[::-1]):
        for operation in operations(system.document):
            if operation.method == "GET" and theirs_to_see(operation) and not operation.slots:
                assert_nothing_of(other, ask(partner, operation, {}), sent={})
                asked += 1
    assert asked > 10


def test_a_search_finds_ones_own_alone(partners: tuple[Partner, Partner]) -> None:
    for partner, other in (partners, partners[::-1]):
        person = other.ask("GET", f"/v1/persons/{other.rows['person']}").json()
        name = person["names"][0]["family"]
        phone = person["contacts"][0]["value"]
        questions: list[dict[str, Any]] = [
            {"programme_number": person["programme_number"]},
            {"identifier": person["identifiers"][0]["value"]},
            {"identifier": {"system": "PASSPORT", "value": person["identifiers"][0]["value"]}},
            {"name": name, "birth_year": 2004},
            {"name": name, "nationality": "SEN"},
            {"phone": phone, "name": name},
            {"phone": phone, "birth_year": 2004},
            {"phone": phone, "region": "06"},
        ]
        for question in questions:
            own = other.ask("POST", "/v1/persons/search", json=question).json()["items"]
            assert [hit["person_id"] for hit in own] == [person["id"]], question
            assert partner.ask("POST", "/v1/persons/search", json=question).json() == {"items": [], "next": None}


def test_ones_own_rows_are_there(partners: tuple[Partner, Partner]) -> None:
    for partner in partners:
        rows = partner.rows
        for path, purpose in (
            (f"/v1/persons/{rows['person']}", "REGISTRATION"),
            (f"/v1/persons/{rows['person']}/history", "REGISTRATION"),
            (f"/v1/persons/{rows['person']}/identifiers/{rows['identifier']}", "REGISTRATION"),
            (f"/v1/jobs/{rows['job']}", "REGISTRATION"),
            (f"/v1/coverage/determinations/{rows['determination']}", "HEALTH_COVERAGE"),
            (f"/v1/applications/{rows['application']}", "TRAINING"),
            (f"/v1/enrolments/{rows['enrolment']}", "TRAINING"),
        ):
            answer = partner.ask("GET", path, purpose=purpose)
            assert answer.status_code == 200, f"{path}: {answer.text}"
        feed = partner.ask("GET", "/v1/changes").json()["items"]
        told = {item["person_id"] for item in feed}
        assert {rows["person"], rows["relative"]} <= told
        assert not told & {row for other in partners if other is not partner for row in other.rows.values()}
