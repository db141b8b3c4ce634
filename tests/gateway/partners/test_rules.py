"""Agreements as rules: what they give together, when they are over, what is narrower; who may approve; what fits."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.gateway.access.domain import agreements as rules
from services.gateway.access.domain.agreements import (
    Agreement,
    AgreementState,
    Entry,
    Given,
    Lapsed,
    Rows,
    Shape,
    Standing,
    Terms,
)
from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState, Proposal, check_second_person
from services.gateway.access.domain.errors import AlreadyDecidedError, SecondPersonRequiredError, TermsRefusedError
from services.kit.periods import Period

TODAY = date(2026, 11, 23)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
FIELDS = ("names", "birth", "contacts")
ACTIONS = ("read", "write")
PURPOSES = ("REGISTRATION", "TRAINING")


def agreement(
    *entries: Entry,
    purposes: tuple[str, ...] = ("REGISTRATION",),
    valid: Period = YEAR,
    state: AgreementState = AgreementState.ACTIVE,
    number: str = "A-1",
    ended_on: date | None = None,
) -> Agreement:
    terms = Terms(number, frozenset(purposes), entries or (Entry("persons", frozenset({"read"})),), valid)
    return Agreement(uuid4(), UUID(int=1), terms, state, ended_on=ended_on)


def persons(*actions: str, fields: set[str] | None = None, rows: Rows = Rows.ALL) -> Entry:
    return Entry("persons", frozenset(actions or ("read",)), None if fields is None else frozenset(fields), rows)


def test_several_agreements_unite() -> None:
    one = agreement(persons("read", fields={"names"}))
    other = agreement(persons("read", "search", fields={"birth"}))
    found = rules.given([one, other], "REGISTRATION", TODAY)
    assert found == {
        "persons:read": Given(frozenset({"names", "birth"})),
        "persons:search": Given(frozenset({"birth"})),
    }
    assert rules.given([one, agreement()], "REGISTRATION", TODAY)["persons:read"] == Given(None)


def test_the_rows_of_all_win_with_the_fields_that_hold_for_all() -> None:
    own, everybody = agreement(persons(rows=Rows.OWN)), agreement(persons(fields={"names"}))
    assert rules.given([own, everybody], "REGISTRATION", TODAY) == {"persons:read": Given(frozenset({"names"}))}
    assert rules.given([own], "REGISTRATION", TODAY) == {"persons:read": Given(None, own=True)}


entries = st.builds(
    Entry,
    st.sampled_from(["persons", "coverage"]),
    st.frozensets(st.sampled_from(ACTIONS), min_size=1),
    st.none() | st.frozensets(st.sampled_from(FIELDS)),
    st.sampled_from(Rows),
)
days = st.integers(-3, 3).map(lambda number: TODAY + timedelta(days=number))
periods = st.tuples(days, days, st.booleans()).map(
    lambda ends: Period(min(ends[:2]), max(ends[:2]) if ends[2] else None)
)
terms = st.builds(
    Terms,
    st.sampled_from(["A-1", "A-2"]),
    st.frozensets(st.sampled_from(PURPOSES), min_size=1),
    st.lists(entries, min_size=1, max_size=2, unique_by=lambda entry: entry.resource).map(tuple),
    periods,
)


@st.composite
def arbitrary(draw: st.DrawFn) -> Agreement:
    state = draw(st.sampled_from(AgreementState))
    ended_on = draw(days) if state is AgreementState.ENDED else None
    return Agreement(uuid4(), UUID(int=1), draw(terms), state, ended_on=ended_on)


def gives(one: Agreement, purpose: str, scope: str, field: str, *, own: bool, on: date) -> bool:
    """Say by looking at one agreement alone whether it gives one field of a row: one's own, or another's."""
    valid = one.terms.valid
    alive = one.state is AgreementState.ACTIVE and valid.contains(on)
    return (
        alive
        and purpose in one.terms.purposes
        and any(
            scope in {f"{entry.resource}:{action}" for action in entry.actions}
            and (entry.fields is None or field in entry.fields)
            and (own or entry.rows is Rows.ALL)
            for entry in one.terms.entries
        )
    )


@for_all(st.lists(arbitrary(), max_size=4), st.sampled_from(PURPOSES), days)
def test_agreements_together_never_give_what_none_gives(found: list[Agreement], purpose: str, on: date) -> None:
    together = rules.given(found, purpose, on)
    for scope, share in together.items():
        for field in (*FIELDS, "any other"):
            if share.fields is None or field in share.fields:
                for own in (True, False) if not share.own else (True,):
                    assert any(gives(one, purpose, scope, field, own=own, on=on) for one in found)
    for one in found:  # and a scope that one gives is given
        for entry in one.terms.entries:
            for action in entry.actions:
                if rules.standing(one, on) is Standing.IN_FORCE and purpose in one.terms.purposes:
                    assert f"{entry.resource}:{action}" in together


@for_all(st.lists(arbitrary(), max_size=4), st.sampled_from(PURPOSES), days)
def test_what_is_over_or_not_approved_gives_nothing(found: list[Agreement], purpose: str, on: date) -> None:
    idle = [one for one in found if rules.standing(one, on) is not Standing.IN_FORCE]
    assert rules.given(idle, purpose, on) == {}
    over = rules.lapsed(idle, purpose, on)
    past = [one for one in idle if rules.standing(one, on) in {Standing.EXPIRED, Standing.ENDED}]
    assert (over is None) == (not any(purpose in one.terms.purposes for one in past))


@for_all(terms, terms, days)
def test_narrower_terms_give_nothing_that_the_wider_do_not(new: Terms, old: Terms, on: date) -> None:
    if not rules.is_narrower(new, old):
        return
    narrow = Agreement(uuid4(), UUID(int=1), new, AgreementState.ACTIVE)
    wide = Agreement(uuid4(), UUID(int=1), old, AgreementState.ACTIVE)
    for purpose in PURPOSES:
        for scope in ("persons:read", "persons:write", "coverage:read", "coverage:write"):
            for field in (*FIELDS, "any other"):
                for own in (True, False):
                    if gives(narrow, purpose, scope, field, own=own, on=on):
                        assert gives(wide, purpose, scope, field, own=own, on=on)


@for_all(terms)
def test_terms_are_no_wider_than_themselves(same: Terms) -> None:
    assert rules.is_narrower(same, same)


OLD = Terms(
    "A-1", frozenset(PURPOSES), (persons("read", "write", fields={"names", "birth"}),), Period(date(2026, 1, 1))
)


@pytest.mark.parametrize(
    "new",
    [
        Terms("A-2", OLD.purposes, OLD.entries, OLD.valid),
        Terms("A-1", OLD.purposes | {"AUDIT"}, OLD.entries, OLD.valid),
        Terms("A-1", OLD.purposes, OLD.entries, Period(date(2025, 12, 31))),
        Terms("A-1", OLD.purposes, (persons("read", "search", fields={"names"}),), OLD.valid),
        Terms("A-1", OLD.purposes, (persons("read", fields={"contacts"}),), OLD.valid),
        Terms("A-1", OLD.purposes, (persons("read"),), OLD.valid),
        Terms("A-1", OLD.purposes, (Entry("coverage", frozenset({"read"})),), OLD.valid),
        Terms("A-1", OLD.purposes, OLD.entries, Period(None, None)),
    ],
)
def test_what_gives_more_is_not_narrower(new: Terms) -> None:
    assert not rules.is_narrower(new, OLD)


def test_own_rows_are_narrower_than_all_and_not_the_other_way_round() -> None:
    everybodys = Terms("A-1", frozenset({"AUDIT"}), (persons(),), Period(None, date(2026, 12, 31)))
    own = Terms("A-1", frozenset({"AUDIT"}), (persons(rows=Rows.OWN),), Period(None, date(2026, 6, 30)))
    assert rules.is_narrower(own, everybodys)
    assert not rules.is_narrower(everybodys, own)


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        (agreement(), Standing.IN_FORCE),
        (agreement(valid=Period(TODAY, TODAY)), Standing.IN_FORCE),
        (agreement(valid=Period(None, None)), Standing.IN_FORCE),
        (agreement(valid=Period(TODAY + timedelta(days=1))), Standing.NOT_YET),
        (agreement(valid=Period(YEAR.start, TODAY - timedelta(days=1))), Standing.EXPIRED),
        (agreement(state=AgreementState.PROPOSED), Standing.PROPOSED),
        (agreement(state=AgreementState.REJECTED), Standing.REJECTED),
        (agreement(state=AgreementState.ENDED, ended_on=TODAY), Standing.ENDED),
    ],
)
def test_what_an_agreement_is_worth_is_a_question_of_the_day(found: Agreement, standing: Standing) -> None:
    assert rules.standing(found, TODAY) is standing


def test_the_one_that_ended_last_is_named() -> None:
    yesterday, earlier = TODAY - timedelta(days=1), TODAY - timedelta(days=9)
    found = [
        agreement(number="A-1", valid=Period(YEAR.start, earlier)),
        agreement(number="A-2", state=AgreementState.ENDED, ended_on=yesterday),
        agreement(number="A-3", state=AgreementState.ENDED, ended_on=TODAY, valid=Period(YEAR.start, earlier)),
        agreement(number="A-4", state=AgreementState.ENDED, ended_on=TODAY, purposes=("TRAINING",)),
        agreement(number="A-5", state=AgreementState.REJECTED),
    ]
    assert rules.lapsed(found, "REGISTRATION", TODAY) == Lapsed("A-2", yesterday)
    assert rules.lapsed(found, "AUDIT", TODAY) is None


def test_scopes_that_no_agreement_in_force_gives_are_uncovered() -> None:
    found = [agreement(persons("read")), agreement(persons("write"), state=AgreementState.PROPOSED)]
    scopes = ["persons:read", "persons:write", "courses:read"]
    assert rules.uncovered(scopes, found, TODAY) == {"persons:write", "courses:read"}


CATALOGUE = {
    "persons": Shape(frozenset({"read"}), frozenset({"names"}), rows=True),
    "changes": Shape(frozenset({"read"}), frozenset(), rows=False),
}


def check(*found: Entry, purposes: frozenset[str] = frozenset({"AUDIT"})) -> Terms:
    said = Terms("A-1", purposes, found, YEAR)
    return rules.check_terms(said, catalogue=CATALOGUE, purposes=frozenset({"AUDIT"}))


def test_terms_that_the_catalogue_knows_pass() -> None:
    assert check(persons(fields={"names"}, rows=Rows.OWN)).entries[0].resource == "persons"
    assert len(check(persons(), Entry("changes", frozenset({"read"}))).entries) == 2


@pytest.mark.parametrize(
    ("entries", "purposes", "pointer", "code"),
    [
        ((persons(),), frozenset(), "/purposes", "purpose_unknown"),
        ((persons(),), frozenset({"X"}), "/purposes", "purpose_unknown"),
        ((), frozenset({"AUDIT"}), "/resources", "nothing_agreed"),
        ((Entry("x", frozenset({"read"})),), frozenset({"AUDIT"}), "/resources/0/resource", "resource_unknown"),
        ((persons("write"),), frozenset({"AUDIT"}), "/resources/0/actions", "action_unknown"),
        ((Entry("persons", frozenset()),), frozenset({"AUDIT"}), "/resources/0/actions", "action_unknown"),
        ((persons(fields={"x"}),), frozenset({"AUDIT"}), "/resources/0/fields", "field_unknown"),
        ((persons(), persons()), frozenset({"AUDIT"}), "/resources/1/resource", "resource_twice"),
        (
            (Entry("changes", frozenset({"read"}), rows=Rows.OWN),),
            frozenset({"AUDIT"}),
            "/resources/0/rows",
            "rows_have_no_owner",
        ),
    ],
)
def test_other_terms_are_refused_with_their_place(
    entries: tuple[Entry, ...], purposes: frozenset[str], pointer: str, code: str
) -> None:
    with pytest.raises(TermsRefusedError) as refused:
        check(*entries, purposes=purposes)
    assert (refused.value.pointer, refused.value.code) == (pointer, code)


def proposed(subject: str, client_id: str, state: ApprovalState = ApprovalState.PROPOSED) -> Approval:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Approval(uuid4(), Proposal("agreement", "x"), state, Actor(subject, client_id), at)


@pytest.mark.parametrize(
    ("proposer", "decider", "handed_to"),
    [
        (("ann", "portal"), ("bob", "portal"), ()),
        (("ann", "portal"), ("machine", "machine"), ("bob",)),
        (("machine", "machine"), ("ann", "portal"), ()),
        (("machine", "machine"), ("other", "other"), ()),
    ],
)
def test_another_person_may_approve(proposer: Any, decider: Any, handed_to: tuple[str, ...]) -> None:
    check_second_person(proposed(*proposer), Actor(*decider), handed_to=handed_to)


@pytest.mark.parametrize(
    ("proposer", "decider", "handed_to"),
    [
        (("ann", "portal"), ("ann", "portal"), ()),
        (("ann", "portal"), ("ann", "mobile"), ()),
        (("portal", "portal"), ("ann", "portal"), ()),
        (("ann", "portal"), ("portal", "portal"), ()),
        (("ann", "portal"), ("machine", "machine"), ("bob", "ann")),
    ],
)
def test_the_same_person_may_not_in_whatever_guise(proposer: Any, decider: Any, handed_to: tuple[str, ...]) -> None:
    with pytest.raises(SecondPersonRequiredError):
        check_second_person(proposed(*proposer), Actor(*decider), handed_to=handed_to)


@pytest.mark.parametrize("state", [ApprovalState.APPROVED, ApprovalState.REJECTED])
def test_what_is_decided_is_not_decided_again(state: ApprovalState) -> None:
    with pytest.raises(AlreadyDecidedError):
        check_second_person(proposed("ann", "portal", state), Actor("bob", "portal"))
