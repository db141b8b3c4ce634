"""The gates: token form, scope, purpose, agreement."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.gateway.access.domain.agreements import Agreement, AgreementState, Entry, Terms
from services.gateway.access.domain.records import Principal
from services.gateway.forwarding.domain.errors import (
    ActingForRequiredError,
    ActingForUnreadableError,
    AgreementExpiredError,
    FieldNotAgreedError,
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    ResourceNotAgreedError,
    ScopeMissingError,
    TokenInvalidError,
    TokenMissingError,
)
from services.gateway.forwarding.domain.gates import (
    LARGEST_HEADER,
    check_acting_for,
    check_agreement,
    check_field,
    check_purpose,
    check_scheme,
    check_scope,
    token_of,
)
from services.gateway.forwarding.domain.operations import Operation
from services.kit.periods import Period

KNOWN = frozenset({"REGISTRATION", "TRAINING"})
TODAY = date(2026, 11, 23)


def agreement(purpose: str, *entries: Entry, until: date | None = None, number: str = "A-1") -> Agreement:
    terms = Terms(number, frozenset({purpose}), entries, Period(date(2026, 1, 1), until))
    return Agreement(UUID(int=1), UUID(int=2), terms, AgreementState.ACTIVE)


READ = Entry("persons", frozenset({"read"}), frozenset({"names"}))
BEARER = Principal(
    "s",
    "c",
    "o",
    scopes=frozenset({"a", "b", "persons:read", "persons:write", "coverage:read"}),
    agreements=(
        agreement("REGISTRATION", READ),
        agreement("TRAINING", READ, until=date(2026, 11, 22), number="A-2"),
    ),
    expires_at=0.0,
)


def operation(*scopes: str, personal: bool = False, field: str | None = None) -> Operation:
    alternatives = tuple(frozenset(one.split()) for one in scopes)
    return Operation("registry", "x", "GET", "/x", alternatives, personal, field=field)


@pytest.mark.parametrize("header", [b"Bearer abc", b"bearer abc", b"BEARER  abc "])
def test_a_bearer_token_is_found(header: bytes) -> None:
    assert token_of(header) == "abc"


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Bearer ", b"Basic abc", b"abc"])
def test_what_is_no_bearer_token_is_missing(header: bytes) -> None:
    with pytest.raises(TokenMissingError):
        token_of(header)


@pytest.mark.parametrize("header", [b"Bearer a b", b"Bearer \xe9", b"Bearer " + b"a" * LARGEST_HEADER])
def test_what_no_token_looks_like_is_refused(header: bytes) -> None:
    with pytest.raises(TokenInvalidError):
        token_of(header)


@pytest.mark.parametrize("scopes", [(), ("",), ("a",), ("a b",), ("c", "b"), ("a c", "a")])
def test_one_alternative_held_in_full_is_enough(scopes: tuple[str, ...]) -> None:
    check_scope(operation(*scopes), BEARER)


@pytest.mark.parametrize("scopes", [("c",), ("a c",), ("c", "a d")])
def test_less_is_not(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ScopeMissingError):
        check_scope(operation(*scopes), BEARER)


def test_personal_data_need_a_purpose_that_is_known() -> None:
    personal = operation("a", personal=True)
    assert check_purpose(personal, b" REGISTRATION ", KNOWN) == "REGISTRATION"
    for missing in (None, b"", b"  "):
        with pytest.raises(PurposeRequiredError):
            check_purpose(personal, missing, KNOWN)
    for unknown in (b"registration", b"REGISTRATION, TRAINING", b"\xff"):
        with pytest.raises(PurposeUnknownError):
            check_purpose(personal, unknown, KNOWN)


def test_a_purpose_that_is_not_needed_is_checked_all_the_same() -> None:
    plain = operation("a")
    assert check_purpose(plain, None, KNOWN) is None
    assert check_purpose(plain, b"REGISTRATION", KNOWN) == "REGISTRATION"
    with pytest.raises(PurposeUnknownError):
        check_purpose(plain, b"X", KNOWN)
    assert check_agreement(plain, None, BEARER, TODAY) == {}
    assert set(check_agreement(plain, "REGISTRATION", BEARER, TODAY)) == {"persons:read"}
    with pytest.raises(PurposeNotAgreedError):
        check_agreement(plain, "AUDIT", BEARER, TODAY)


def test_an_agreement_that_is_over_is_named() -> None:
    personal = operation("persons:read", personal=True)
    with pytest.raises(AgreementExpiredError) as over:
        check_agreement(personal, "TRAINING", BEARER, TODAY)
    assert over.value.extensions == {"authorisation_number": "A-2", "ended_on": "2026-11-22"}
    assert check_agreement(personal, "TRAINING", BEARER, date(2026, 11, 22))


@pytest.mark.parametrize("scopes", [("persons:write",), ("coverage:read",), ("persons:read persons:write",)])
def test_the_resource_and_the_action_must_be_agreed(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ResourceNotAgreedError):
        check_agreement(operation(*scopes, personal=True), "REGISTRATION", BEARER, TODAY)
    assert check_agreement(operation(*scopes), "REGISTRATION", BEARER, TODAY)


@pytest.mark.parametrize("scopes", [(), ("",), ("persons:read",), ("coverage:read", "persons:read")])
def test_one_alternative_agreed_in_full_is_enough(scopes: tuple[str, ...]) -> None:
    assert check_agreement(operation(*scopes, personal=True), "REGISTRATION", BEARER, TODAY)


def test_an_operation_about_one_field_needs_that_field() -> None:
    given = check_agreement(operation("persons:read"), "REGISTRATION", BEARER, TODAY)
    for shown in (None, "names"):
        check_field(operation("persons:read", personal=True, field=shown), BEARER, given)
    check_field(operation("persons:read", field="contacts"), BEARER, given)
    with pytest.raises(FieldNotAgreedError):
        check_field(operation("persons:read", personal=True, field="contacts"), BEARER, given)
    everything = replace(BEARER, agreements=(agreement("AUDIT", Entry("persons", frozenset({"read"}))),))
    given = everything.given("AUDIT", TODAY)
    check_field(operation("persons:read", personal=True, field="contacts"), everything, given)


def test_a_bound_token_comes_under_its_own_scheme() -> None:
    assert token_of(b"DPoP abc") == token_of(b"dpop  abc") == "abc"
    check_scheme(b"Bearer abc", None)
    check_scheme(b"DPoP abc", "thumbprint")
    check_scheme(b"dpop abc", "thumbprint")
    for authorization, confirmation in ((b"DPoP abc", None), (b"Bearer abc", "thumbprint")):
        with pytest.raises(TokenInvalidError):
            check_scheme(authorization, confirmation)


HER = UUID("01900000-0000-7000-8000-00000000000a")
SERVING = replace(BEARER, serves_persons=True)


@pytest.mark.parametrize("bearer", [BEARER, SERVING])
@pytest.mark.parametrize("personal", [True, False])
def test_any_client_may_say_for_whom_it_acts(bearer: Principal, *, personal: bool) -> None:
    named = f" {HER} ".encode()
    assert check_acting_for(operation("a", personal=personal), named, bearer) == HER


def test_a_client_that_serves_persons_must_wherever_it_is_about_persons() -> None:
    assert check_acting_for(operation("a", personal=True), None, BEARER) is None
    assert check_acting_for(operation("a"), None, SERVING) is None
    with pytest.raises(ActingForRequiredError):
        check_acting_for(operation("a", personal=True), None, SERVING)
    with pytest.raises(ActingForRequiredError):
        check_acting_for(replace(operation("a"), for_persons=True), None, SERVING)


@pytest.mark.parametrize("named", [b"", b"  ", b"Awa", b"\xe9", str(HER).encode()[:-1]])
def test_whom_it_acts_for_is_one_persons_id(named: bytes) -> None:
    with pytest.raises(ActingForUnreadableError):
        check_acting_for(operation("a"), named, SERVING)
