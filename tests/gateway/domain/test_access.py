"""Client ids, secrets, scopes."""

import hashlib

import pytest

from services.gateway.access.domain.credentials import check_client_id, digest, matches
from services.gateway.access.domain.errors import (
    MalformedClientIdError,
    UnknownScopeError,
    WeakSecretError,
)
from services.gateway.access.domain.records import Client
from services.gateway.access.domain.scopes import check_known, granted

SECRET = "x" * 43
CLIENT = Client(
    id="hospital",
    organisation="hospital",
    scopes=frozenset({"a", "b"}),
    grant_types=frozenset(),
    auth_methods=frozenset(),
    active=True,
)


@pytest.mark.parametrize("client_id", ["abc", "health-worker", "a.b_c-1", "0ab"])
def test_a_client_id_is_plain(client_id: str) -> None:
    assert check_client_id(client_id) == client_id


@pytest.mark.parametrize("client_id", ["", "ab", "Abc", "-abc", "a b c", "abc\n", "abc\0", "é" * 4, "a" * 65])
def test_anything_else_names_no_client(client_id: str) -> None:
    with pytest.raises(MalformedClientIdError):
        check_client_id(client_id)


def test_a_secret_is_kept_as_its_hash() -> None:
    assert digest(SECRET) == hashlib.sha256(SECRET.encode()).digest()


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "x" * 513])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(WeakSecretError):
        digest(secret)


def test_any_secret_in_force_matches_and_nothing_else() -> None:
    known = [digest("y" * 40), digest(SECRET)]
    assert matches(SECRET, known)
    assert matches("y" * 40, known)
    assert not matches("z" * 40, known)
    assert not matches("", known)
    assert not matches(SECRET, [])
    assert not matches("\ud800" * 40, known)


def test_rights_must_exist() -> None:
    check_known(["a"], known=frozenset({"a"}))
    with pytest.raises(UnknownScopeError):
        check_known(["b"], known=frozenset({"a"}))


@pytest.mark.parametrize(
    ("asked", "given"),
    [(None, {"a", "b"}), ("  ", {"a", "b"}), ("a", {"a"}), ("b  a", {"a", "b"}), ("a c", None), ("*", None)],
)
def test_a_token_carries_what_is_asked_for_and_never_more_than_the_client_has(
    asked: str | None, given: set[str] | None
) -> None:
    assert granted(CLIENT, asked) == given
