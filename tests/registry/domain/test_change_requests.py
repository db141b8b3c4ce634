"""When a change takes a second person, where a request stands, and who is another person."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.change_requests import (
    ChangeRequest,
    ChangeRequestClosedError,
    ChangeRequestRequiredError,
    ChangeRequestState,
    SecondPersonRequiredError,
    changes_of_known,
    check_open,
    check_second_person,
    identifier_document,
    refuse_direct,
    retracted,
)
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Intake, Nationality
from services.registry.domain.rights import (
    CORRECTION_GRACE_DAYS,
    SENSITIVE_FIELD,
    Actor,
    Rule,
    RuleMissingError,
    Rules,
)
from tests.registry.builders import NOW, ORGANISATION, PERSON_ID, name, person

CLERK = Actor("clerk-1", "desk", ORGANISATION)
RULES = Rules(
    tuple(
        Rule(code, value, Period(None, None), "design", "test")
        for code, value in (
            (SENSITIVE_FIELD, "names"),
            (SENSITIVE_FIELD, "birth"),
            (CORRECTION_GRACE_DAYS, "30"),
        )
    )
)
ROW = UUID("01900000-0000-7000-8000-0000000000aa")


def request(**changes: Any) -> ChangeRequest:
    """Return an open request to change the birth."""
    made = ChangeRequest(
        id=ROW,
        person_id=PERSON_ID,
        state=ChangeRequestState.PROPOSED,
        patch={"birth": {"year": 1991}},
        before={"birth": 1990},
        after={"birth": 1991},
        reason="Seen",
        documents=(),
        base_version=1,
        proposed_by=CLERK,
        proposed_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )
    return replace(made, **changes)


def direct(fields: set[str], *, organisation: str = ORGANISATION, days: int = 0) -> None:
    """Change fields so many days after the registration."""
    refuse_direct(
        PERSON_ID,
        fields,
        rules=RULES,
        registered_at=NOW,
        registered_by=ORGANISATION,
        organisation=organisation,
        at=NOW + timedelta(days=days),
    )


def test_who_registered_her_sets_slips_right_for_thirty_days() -> None:
    direct({"names", "birth"}, days=30)
    with pytest.raises(ChangeRequestRequiredError) as refused:
        direct({"names", "birth", "sex"}, days=31)
    assert refused.value.extensions["fields"] == ["birth", "names"]
    assert str(PERSON_ID) in refused.value.extensions["change_requests"]


def test_another_organisation_never_changes_a_sensitive_field_alone_and_always_the_others() -> None:
    direct({"sex", "school_level"}, organisation="other", days=400)
    with pytest.raises(ChangeRequestRequiredError):
        direct({"birth"}, organisation="other")


def test_a_rule_holds_in_its_days_alone() -> None:
    rows = [
        Rule("DAYS", "10", Period(None, date(2026, 12, 31)), "design", "test"),
        Rule("DAYS", "5", Period(date(2027, 1, 1), None), "design", "test"),
    ]
    assert [Rules.on(rows, date(year, 6, 1)).days("DAYS") for year in (2026, 2027)] == [10, 5]
    with pytest.raises(RuleMissingError):
        Rules.on(rows, date(2026, 1, 1)).row("OTHER")


def test_only_what_was_known_is_changed() -> None:
    known = Core((name(),), birth=PartialDate(1990, precision=Precision.YEAR))
    before = person(Intake(known, ("GIN",)))
    assert changes_of_known(before, known, before.nationalities) == frozenset()
    other = replace(known, names=(name("Hawa"),), birth=PartialDate(1991, precision=Precision.YEAR))
    assert changes_of_known(before, other, (Nationality("SEN"),)) == {"names", "birth", "nationalities"}
    unknown = person()
    filled = replace(unknown.core, birth=known.birth)
    assert changes_of_known(unknown, filled, (Nationality("SEN"),)) == frozenset()
    declared = person(birth_declared_as="vers 1990")
    assert changes_of_known(declared, filled, ()) == {"birth"}


def test_a_request_is_open_until_it_is_decided_expires_or_conflicts() -> None:
    made = request()
    later = NOW + timedelta(days=30)
    assert made.state_at(NOW, {"birth": 1990}) is ChangeRequestState.PROPOSED
    assert made.state_at(NOW, {"birth": 1989}) is ChangeRequestState.CONFLICTED
    assert made.state_at(later, {"birth": 1990}) is ChangeRequestState.EXPIRED
    rejected = request(state=ChangeRequestState.REJECTED)
    assert rejected.state_at(later, {"birth": 1989}) is ChangeRequestState.REJECTED
    check_open(made, NOW)
    for closed, at in ((made, later), (rejected, NOW)):
        with pytest.raises(ChangeRequestClosedError):
            check_open(closed, at)


@pytest.mark.parametrize(
    ("decider", "another"),
    [
        (Actor("clerk-1", "other-desk", ORGANISATION), False),
        (Actor("clerk-2", "desk", ORGANISATION), True),
        (Actor("desk", "desk", ORGANISATION), False),
        (Actor("machine", "machine", ORGANISATION), True),
    ],
)
def test_a_second_person_is_another_and_no_program_of_the_first(decider: Actor, another: bool) -> None:
    if another:
        check_second_person(request(), decider)
    else:
        with pytest.raises(SecondPersonRequiredError):
            check_second_person(request(), decider)


def test_identifiers_that_are_taken_back_are_shown_under_the_id_they_keep() -> None:
    first = Identifier("PASSPORT", "B2", "B2", id=ROW)
    corrected = Identifier("PASSPORT", "A1", "A1", issued_on=date(2020, 1, 1), id=PERSON_ID, first_id=ROW)
    asked = request(patch={"identifiers": {"retract": [str(ROW)]}})
    assert asked.retracts == (ROW,)
    assert request(patch={"identifiers": None}).retracts == ()
    assert [one["value"] for one in retracted([first, corrected], asked.retracts)] == ["A1", "B2"]
    assert retracted([corrected], [PERSON_ID]) == []
    assert identifier_document(corrected) == {
        "system": "PASSPORT",
        "value": "A1",
        "issuer": None,
        "issued_on": "2020-01-01",
        "expires_on": None,
    }
