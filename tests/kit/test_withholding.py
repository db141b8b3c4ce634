"""Who is kept from whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.callers import Caller, caller_from
from services.kit.withholding import NOTHING, Closed, Viewer, Withheld, withheld_from

HER, HIM, CHILD = "01900000-0000-7000-8000-00000000000a", "01900000-0000-7000-8000-00000000000b", "c"
PREFECTURE = Viewer("prefecture-rabat", "desk", "REGISTRATION")
AS_HIM = Viewer("helpers", "app", "REGISTRATION", HIM)
BARRED = Withheld(persons=frozenset({HIM}))

words = st.sampled_from(["a", "b", "c"])
maybe = st.none() | words
closed = st.builds(Closed, maybe, maybe, st.none() | st.frozensets(words))
withholdings = st.builds(Withheld, st.frozensets(words), st.lists(closed, max_size=3).map(tuple), st.frozensets(words))


@pytest.mark.parametrize(
    ("viewer", "person", "withheld", "sees", "kept"),
    [
        (PREFECTURE, HER, NOTHING, (), False),
        (PREFECTURE, HER, BARRED, (), False),
        (PREFECTURE, HER, None, (), False),
        (AS_HIM, HIM, NOTHING, (), False),
        (AS_HIM, HIM, None, (), False),
        (AS_HIM, HER, NOTHING, (), True),
        (AS_HIM, HER, NOTHING, {HER}, False),
        (AS_HIM, HER, None, {HER}, True),
        (AS_HIM, HER, BARRED, {HER}, True),
        (AS_HIM, CHILD, NOTHING, {HER}, True),
    ],
)
def test_a_program_that_acts_for_somebody_sees_her_and_hers_and_nobody_behind_a_barrier(
    viewer: Viewer, person: str, withheld: Withheld | None, sees: set[str], *, kept: bool
) -> None:
    assert withheld_from(viewer, person, withheld, sees) is kept


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        (Closed("prefecture-rabat"), True),
        (Closed("another"), False),
        (Closed(subject="desk"), True),
        (Closed("prefecture-rabat", "another"), False),
        (Closed(purposes=frozenset({"REGISTRATION"})), True),
        (Closed(purposes=frozenset({"TRAINING"})), False),
        (Closed("prefecture-rabat", "desk", frozenset({"REGISTRATION", "TRAINING"})), True),
    ],
)
def test_a_caller_is_closed_out_when_all_that_is_said_is_hers(one: Closed, *, kept: bool) -> None:
    assert withheld_from(PREFECTURE, HER, Withheld(callers=(one,))) is kept


def test_a_call_without_a_purpose_might_have_any() -> None:
    stopped = Withheld(callers=(Closed(purposes=frozenset({"TRAINING"})),))
    assert withheld_from(Viewer("o", "s"), HER, stopped)


def test_who_is_closed_out_does_not_come_in_by_acting_for_her() -> None:
    assert withheld_from(Viewer("o", "s", None, HER), HER, Withheld(callers=(Closed("o"),)))


@given(withholdings)
def test_what_travels_comes_back_as_it_was(withheld: Withheld) -> None:
    assert Withheld.from_json(withheld.to_json()) == withheld
    assert bool(withheld) is bool(withheld.to_json())


def test_nothing_is_nothing() -> None:
    assert Withheld.from_json(None) == Withheld.from_json({}) == NOTHING
    assert NOTHING.to_json() == {}


def test_a_token_says_on_whose_behalf_it_is() -> None:
    claims = {"sub": "app", "client_id": "app", "org": "helpers", "acting_for": HIM, "purpose": "REGISTRATION"}
    assert caller_from(claims).viewer == AS_HIM
    assert Caller("app", "app", "helpers", frozenset()).viewer == Viewer("helpers", "app")
