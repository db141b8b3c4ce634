"""The rules of events: what the catalogue lets out, who may know, and when something is tried again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.events.domain.catalogue import Catalogue, CatalogueError, EventType, matches
from services.gateway.events.domain.errors import EventTypeUnknownError
from services.gateway.events.domain.messages import body_of, data_of, envelope_of, instant
from services.gateway.events.domain.records import Change, Event
from services.gateway.events.domain.rights import may_know
from services.gateway.events.domain.schedule import Schedule, is_hopeless, next_attempt_at, read_retry_after
from services.gateway.events.reference.settings import catalogue, patience

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCHEDULE = Schedule((5.0, 30.0), jitter=0.5, most_retry_after_s=60.0, disable_after=timedelta(days=3))
WHEN = {"fr": "", "ar": "", "en": ""}


def change(kind: str = "person.updated", source: str = "registry", **references: str) -> Change:
    return Change(source, 1, kind, uuid4(), 3, AT, "mdm", references)


def event(resource: str = "persons", organisation: str | None = "mdm") -> Event:
    return Event(uuid4(), "registry", "person.updated", resource, uuid4(), organisation, AT, {"version": 3}, AT)


@pytest.mark.parametrize(
    "kind",
    ["care.case_opened", "person.care_opened", "tamkine.assessed", "persons.gbv_noted", "Person.updated", "person", ""],
)
def test_the_catalogue_takes_nothing_of_care_and_nothing_malformed(kind: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue([EventType(kind, "registry", "persons", (), WHEN)])


@pytest.mark.parametrize(("source", "resource"), [("care", "persons"), ("registry", "care")])
def test_the_catalogue_takes_nothing_that_comes_from_care(source: str, resource: str) -> None:
    with pytest.raises(CatalogueError):
        Catalogue([EventType("case.opened", source, resource, (), WHEN)])


def test_the_catalogue_names_a_type_once() -> None:
    once = EventType("person.updated", "registry", "persons", (), WHEN)
    with pytest.raises(CatalogueError):
        Catalogue([once, once])


def test_the_shipped_catalogue_speaks_three_languages_and_names_references_alone() -> None:
    for each in catalogue().types.values():
        assert set(each.when) == {"fr", "ar", "en"}
        assert all(each.when.values())
        assert all(member.endswith("_id") for member in each.members)


def test_a_change_is_an_event_only_where_the_catalogue_says_so_for_its_feed() -> None:
    shipped = catalogue()
    assert shipped.of(change()) is shipped.types["person.updated"]
    assert shipped.of(change(source="coverage")) is None
    assert shipped.of(change(kind="care.case_opened")) is None
    assert shipped.of(change(kind="person.forgotten")) is None


@pytest.mark.parametrize(
    ("pattern", "name", "answer"),
    [
        ("*", "person.updated", True),
        ("person.*", "person.updated", True),
        ("person.updated", "person.updated", True),
        ("person.registered", "person.updated", False),
        ("person.*", "personal.updated", False),
        ("coverage.*", "person.updated", False),
        ("*.updated", "person.updated", False),
        ("person.*.x", "person.updated", False),
        ("person.upd*", "person.updated", False),
        ("", "person.updated", False),
    ],
)
def test_a_pattern_is_a_type_a_family_or_everything(pattern: str, name: str, answer: bool) -> None:
    assert matches(pattern, name) is answer


def test_patterns_are_read_against_the_catalogue() -> None:
    shipped = catalogue()
    assert shipped.matching(["person.*", "course.session_published"]) == {
        "person.registered",
        "person.updated",
        "person.erased",
        "course.session_published",
    }
    assert shipped.resources_of(["person.*", "enrolment.learner_enrolled"]) == {"persons", "enrolments"}
    assert shipped.resources_of(["gone.*"]) == frozenset()
    with pytest.raises(EventTypeUnknownError):
        shipped.matching(["person.*", "care.*"])


def test_only_what_an_agreement_gives_may_be_known() -> None:
    assert may_know(event(), "cnss", {"persons": False})
    assert not may_know(event(), "cnss", {"coverage": False})
    assert not may_know(event(), "cnss", {})


def test_own_rows_are_ones_own_and_a_row_without_an_owner_is_nobodys() -> None:
    own = {"persons": True}
    assert may_know(event(organisation="mdm"), "mdm", own)
    assert not may_know(event(organisation="alcs"), "mdm", own)
    assert not may_know(event(organisation=None), "mdm", own)


def test_data_hold_the_references_of_the_type_and_nothing_else() -> None:
    kind = catalogue().types["person.updated"]
    told = change(person_id="p", name="Awa", facts="much")
    assert data_of(told, kind) == {"person_id": "p", "version": 3}
    assert data_of(change(), kind) == {"version": 3}


def test_a_message_and_an_envelope_tell_the_same() -> None:
    one = event()
    assert body_of(one) == {"type": "person.updated", "timestamp": "2026-11-23T12:00:00.000Z", "data": {"version": 3}}
    envelope = envelope_of(one)
    assert envelope["specversion"] == "1.0"
    assert envelope["subject"] == str(one.subject)
    assert envelope["source"] == "/indimaj/registry"
    assert instant(AT.astimezone(tz=None)) == "2026-11-23T12:00:00.000Z"


def test_pauses_grow_and_end() -> None:
    pauses = [next_attempt_at(SCHEDULE, attempts=number, at=AT, dice=0.0, retry_after_s=None) for number in (1, 2, 3)]
    assert pauses == [AT + timedelta(seconds=5), AT + timedelta(seconds=30), None]


def test_a_receiver_may_ask_for_more_time_within_bounds() -> None:
    def at(asked: float | None, dice: float = 0.0) -> float:
        found = next_attempt_at(SCHEDULE, attempts=1, at=AT, dice=dice, retry_after_s=asked)
        assert found is not None
        return (found - AT).total_seconds()

    assert (at(2.0), at(20.0), at(1e9)) == (5.0, 20.0, 60.0)
    assert at(None, dice=1.0) == 7.5


@given(st.integers(1, 10), st.floats(0, 1), st.none() | st.floats(0, 1e6))
def test_no_pause_is_shorter_than_planned_or_longer_than_allowed(
    attempts: int, dice: float, asked: float | None
) -> None:
    schedule = patience().schedule
    found = next_attempt_at(schedule, attempts=attempts, at=AT, dice=dice, retry_after_s=asked)
    assert found is not None
    planned = schedule.pauses_s[attempts - 1]
    longest = max(planned * (1 + schedule.jitter), schedule.most_retry_after_s)
    assert planned <= round((found - AT).total_seconds(), 3) <= longest + 0.001


def test_the_shipped_schedule_lasts_a_day() -> None:
    assert 23 <= sum(patience().schedule.pauses_s) / 3600 <= 25


def test_days_of_failure_are_hopeless() -> None:
    assert not is_hopeless(SCHEDULE, failing_since=AT - timedelta(days=2, hours=23), at=AT)
    assert is_hopeless(SCHEDULE, failing_since=AT - timedelta(days=3), at=AT)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("soon", None),
        ("-5", None),
        ("1" * 101, None),
        ("\u0661", None),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 12:01:00 -0000", 60.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value, at=AT) == seconds
