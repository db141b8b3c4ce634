"""The gates: token form, scope, purpose."""

import pytest

from services.gateway.access.domain.records import Principal
from services.gateway.forwarding.domain.errors import (
    PurposeNotAgreedError,
    PurposeRequiredError,
    PurposeUnknownError,
    ScopeMissingError,
    TokenInvalidError,
    TokenMissingError,
)
from services.gateway.forwarding.domain.gates import LARGEST_HEADER, check_purpose, check_scope, token_of
from services.gateway.forwarding.domain.operations import Operation

KNOWN = frozenset({"REGISTRATION", "TRAINING"})
BEARER = Principal("s", "c", "o", scopes=frozenset({"a", "b"}), purposes=frozenset({"REGISTRATION"}), expires_at=0.0)


def operation(*scopes: str, personal: bool = False) -> Operation:
    alternatives = tuple(frozenset(one.split()) for one in scopes)
    return Operation("registry", "x", "GET", "/x", alternatives, personal)


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


def test_personal_data_need_a_purpose_that_is_known_and_agreed() -> None:
    personal = operation("a", personal=True)
    assert check_purpose(personal, b" REGISTRATION ", BEARER, KNOWN) == "REGISTRATION"
    for missing in (None, b"", b"  "):
        with pytest.raises(PurposeRequiredError):
            check_purpose(personal, missing, BEARER, KNOWN)
    for unknown in (b"registration", b"REGISTRATION, TRAINING", b"\xff"):
        with pytest.raises(PurposeUnknownError):
            check_purpose(personal, unknown, BEARER, KNOWN)
    with pytest.raises(PurposeNotAgreedError):
        check_purpose(personal, b"TRAINING", BEARER, KNOWN)


def test_a_purpose_that_is_not_needed_is_checked_all_the_same() -> None:
    plain = operation("a")
    assert check_purpose(plain, None, BEARER, KNOWN) is None
    assert check_purpose(plain, b"REGISTRATION", BEARER, KNOWN) == "REGISTRATION"
    with pytest.raises(PurposeNotAgreedError):
        check_purpose(plain, b"TRAINING", BEARER, KNOWN)
