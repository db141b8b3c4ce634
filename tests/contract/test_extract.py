"""A person asks what is held about her: one answer across the services, as data and as a page, in her language."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.contract.partners import ORGANISATIONS, Partner, agree
from tests.support.server import Databases
from tests.support.system import System, running_system

REQUEST = "SUBJECT_REQUEST"


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    with running_system(databases) as running:
        yield running


@pytest.fixture(scope="module")
def partners(system: System) -> Iterator[tuple[Partner, Partner]]:
    """Two organisations that see their own rows; each has one person with papers, cover and a seat."""
    secrets = asyncio.run(agree(system))
    with httpx.Client(base_url=system.base_url, timeout=30) as http:
        both = [Partner(http, name, secrets[name]) for name in ORGANISATIONS]
        for one in both:
            one.settle()
        yield both[0], both[1]


def test_the_extract_holds_everything_that_was_ever_said_of_her(partners: tuple[Partner, Partner]) -> None:
    desk, other = partners
    path = f"/v1/persons/{desk.rows['person']}"
    hers = set(re.findall(r"zz[a-z]+[0-9]?", desk.ask("GET", path).text.lower()))
    for _ in range(10):  # on a busy machine a part may come too late, and that is told
        answer = desk.ask("GET", f"{path}/export?language=en", purpose=REQUEST)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        said = answer.json()
        missing = {part["name"] for part in said["parts"] if part["status"] != "ok"}
        assert said["complete"] is not bool(missing)
        if not missing:
            break
    assert said["complete"] is True, missing
    assert {part["name"]: part["status"] for part in said["parts"]} == dict.fromkeys(
        ("registry", "coverage", "training", "access_log"), "ok"
    )
    sections = {(one["part"], one["name"]): one for one in said["sections"]}
    assert {
        ("registry", "person"), ("registry", "identifier"), ("registry", "permit"), ("registry", "address"),
        ("registry", "source_record"), ("registry", "legal_status"), ("coverage", "determination"),
        ("coverage", "entitlement"), ("training", "application"), ("training", "enrolment"),
    } <= sections.keys()  # fmt: skip
    assert len(hers) >= 6
    for word in hers:
        assert word in answer.text.lower()
    assert not any(word in answer.text for word in other.said)
    permit = sections["registry", "permit"]
    assert "2025-02-01" in {row["valid_from"] for row in permit["rows"]}
    assert permit["purpose"]["code"] == "REGISTRATION"
    assert permit["retention"]["months"] == 60
    assert sections["coverage", "determination"]["retention"]["months"] == 120
    assert {one["organisation"] for one in said["recipients"]} == {"association-alpha"}
    assert any(use["action"] == "Looked at your record" for use in said["uses"])


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_the_extract_is_a_page_to_print(partners: tuple[Partner, Partner], language: str) -> None:
    desk, _ = partners
    query = f"format=pdf&language={language}"
    answer = desk.ask("GET", f"/v1/persons/{desk.rows['person']}/export?{query}", purpose=REQUEST)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-language"] == language
    assert answer.content.startswith(b"%PDF-")


def test_only_who_may_see_her_is_given_it_and_only_at_her_request(partners: tuple[Partner, Partner]) -> None:
    desk, other = partners
    path = f"/v1/persons/{desk.rows['person']}/export"
    assert desk.ask("GET", path, purpose="REGISTRATION").status_code == 403
    strangers, nobodys = (
        other.ask("GET", path, purpose=REQUEST),
        other.ask("GET", f"/v1/persons/{uuid4()}/export", purpose=REQUEST),
    )
    assert strangers.status_code == nobodys.status_code == 404
    assert len(strangers.content) == len(nobodys.content)
    assert desk.ask("GET", f"{path}?format=doc", purpose=REQUEST).status_code == 422


def test_who_asked_for_it_is_in_it_the_next_time(partners: tuple[Partner, Partner]) -> None:
    desk, _ = partners
    path = f"/v1/persons/{desk.rows['person']}/export?language=en"
    for _ in range(2):
        said = desk.ask("GET", path, purpose=REQUEST).json()
    assert any(use["action"] == "Gave you everything that is kept about you" for use in said["uses"])


def test_neither_side_of_a_barrier_reads_of_it_in_the_extract(partners: tuple[Partner, Partner]) -> None:
    """The printed page may fall into the wrong hands; and his names nothing of whom it keeps from him."""
    desk, _ = partners
    relative, her = desk.rows["relative"], desk.rows["person"]
    for person, other in ((relative, her), (her, desk.rows["barrier"])):
        answer = desk.ask("GET", f"/v1/persons/{person}/export?language=en", purpose=REQUEST)
        assert answer.status_code == 200, answer.text
        assert "barrier" not in {section["name"] for section in answer.json()["sections"]}
        assert other not in answer.text
