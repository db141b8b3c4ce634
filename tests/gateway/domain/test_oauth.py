"""The rules of codes, assertions, proofs, claims and keys, without anything around them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.gateway.access.domain.assertions import check_assertion, check_proof, claimed_client, digest_of_use
from services.gateway.access.domain.claims import ClaimNames, read_claims
from services.gateway.access.domain.errors import (
    AccessRefusedError,
    AssertionRefusedError,
    AuthorisationRefusedError,
    ClientRefusedError,
    ProofRefusedError,
)
from services.gateway.access.domain.exchanges import ASSERTION_TYPE, TokenAnswer, TokenRequest, offered, scopes_to_give
from services.gateway.access.domain.grants import (
    FAMILY_LIFETIME,
    IDLE_LIFETIME,
    Family,
    StoredCode,
    StoredRefresh,
    digest_of,
    end_of_refresh,
    is_challenge,
    is_thumbprint,
)
from services.gateway.access.domain.records import Client, KeyState, KeyUse, StoredKey
from services.gateway.access.domain.rotation import EVERY, KEPT, OVERLAP, Plan, plan, plan_at_once
from tests.gateway.oauth.parties import ath, basic
from tests.gateway.tokens import part

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW = AT.timestamp()
FAMILY = Family(
    id=UUID(int=1),
    client_id="app",
    account_id=UUID(int=2),
    scopes=frozenset({"persons:read"}),
    jkt=None,
    authenticated_at=AT,
    expires_at=AT + FAMILY_LIFETIME,
)


def test_a_code_is_good_until_it_is_used_or_its_minute_is_over() -> None:
    code = StoredCode(b"", FAMILY, "https://app.example", "c", AT + timedelta(seconds=60), None)
    assert code.is_good(at=AT + timedelta(seconds=59))
    assert not code.is_good(at=AT + timedelta(seconds=60))
    assert not replace(code, used_at=AT).is_good(at=AT)


def test_a_refresh_token_is_good_while_it_and_its_family_are() -> None:
    refresh = StoredRefresh(b"", FAMILY, AT, end_of_refresh(FAMILY, at=AT), None)
    assert refresh.expires_at == AT + IDLE_LIFETIME
    assert refresh.is_good(at=AT)
    assert not refresh.is_good(at=AT + IDLE_LIFETIME)
    assert not replace(refresh, used_at=AT).is_good(at=AT)
    assert not replace(refresh, family=replace(FAMILY, revoked_at=AT)).is_good(at=AT)
    assert not replace(refresh, family=replace(FAMILY, expires_at=AT)).is_good(at=AT)
    late = AT + FAMILY_LIFETIME - timedelta(days=1)
    assert end_of_refresh(FAMILY, at=late) == FAMILY.expires_at


def test_challenges_and_thumbprints_are_32_bytes_in_base64url() -> None:
    for check in (is_challenge, is_thumbprint):
        assert check("A" * 43)
        assert not any(check(value) for value in ("", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 43 + "\n"))
    assert len(digest_of("é\ud800")) == 32


ASSERTION: dict[str, Any] = {"iss": "app", "sub": "app", "aud": "i", "iat": NOW, "exp": NOW + 60, "jti": "j"}


def test_an_assertion_counts_for_its_minute() -> None:
    for change in ({}, {"aud": ["i"]}, {"nbf": NOW}, {"exp": NOW + 1}, {"iat": NOW + 4, "exp": NOW + 64}):
        until = check_assertion(ASSERTION | change, client_id="app", issuer="i", at=AT)
        assert until.timestamp() > (ASSERTION | change)["exp"] + 5
    without = {name: value for name, value in ASSERTION.items() if name != "iat"}
    assert check_assertion(without, client_id="app", issuer="i", at=AT) > AT


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"}, {"sub": "other"}, {"aud": "x"}, {"aud": ["i", "x"]}, {"aud": None}, {"aud": []},
        {"exp": None}, {"exp": True}, {"exp": float("inf")}, {"exp": -1}, {"iat": "x"}, {"nbf": "x"},
        {"jti": None}, {"jti": ""}, {"jti": "j" * 257}, {"jti": 7},
        {"exp": NOW - 5}, {"exp": NOW + 61}, {"iat": NOW - 100, "exp": NOW + 1}, {"iat": NOW + 6, "exp": NOW + 60},
        {"iat": NOW + 6, "exp": NOW + 66}, {"nbf": NOW + 6},
    ],
)  # fmt: skip
def test_an_assertion_about_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AssertionRefusedError):
        check_assertion(ASSERTION | change, client_id="app", issuer="i", at=AT)


def test_whom_an_assertion_is_about_is_read_without_believing_it() -> None:
    assert claimed_client(f"a.{part({'sub': 'app'})}.c") == "app"
    for text in ("", "a", "a.b", "a.b.c.d", "a.é.c", f"a.{part({'sub': 1})}.c", f"a.{part(b'[]')}.c", "a.AA.c"):
        assert claimed_client(text) == ""
    assert claimed_client(f"a.{part(b'[' * 100_000)}.c") == ""


URL = "https://indimaj.test/v1/persons/42"
PROOF: dict[str, Any] = {"htm": "GET", "htu": URL, "iat": NOW, "jti": "j", "ath": ath("t")}


def test_a_proof_is_for_one_request() -> None:
    for change in ({}, {"htu": URL + "?a=b"}, {"htu": "https://INDIMAJ.test:443/v1/persons/42#x"}, {"iat": NOW - 60}):
        assert check_proof(PROOF | change, method="GET", url=URL, at=AT, token="t") == AT + timedelta(minutes=2)
    assert check_proof(PROOF | {"htu": "https://a"}, method="GET", url="https://a/", at=AT) > AT


@pytest.mark.parametrize(
    "change",
    [
        {"htm": "POST"}, {"htm": None}, {"htu": None}, {"htu": 7}, {"htu": URL + "/"}, {"htu": URL + ":x"},
        {"htu": "https://indimaj.test:x/v1/persons/42"}, {"htu": "http://indimaj.test/v1/persons/42"}, {"htu": ""},
        {"iat": None}, {"iat": NOW - 61}, {"iat": NOW + 61}, {"jti": None}, {"ath": None}, {"ath": ath("u")},
        {"ath": "é\ud800"},
    ],
)  # fmt: skip
def test_a_proof_for_another_request_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProofRefusedError):
        check_proof(PROOF | change, method="GET", url=URL, at=AT, token="t")


def test_one_use_is_told_from_another() -> None:
    assert digest_of_use("a", "b") != digest_of_use("ab", "") != digest_of_use("", "ab")


CLAIMS: dict[str, Any] = {"sub": "s", "client_id": "app", "org": "o", "scope": "a:read b:read", "jti": "j", "exp": 1}


def test_claims_are_read_by_the_names_that_an_issuer_gives_them() -> None:
    own = read_claims(CLAIMS | {"cnf": {"jkt": "A" * 43}, "typ": "Bearer"}, ClaimNames())
    assert (own.subject, own.client_id, own.organisation) == ("s", "app", "o")
    assert own.scopes == {"a:read", "b:read"}
    assert (own.purposes, own.confirmation, own.jti, own.expires_at) == (None, "A" * 43, "j", 1.0)
    names = ClaimNames(own=False, client="azp", organisation=None, scope="scp", purposes="why")
    outside = {"sub": "s", "azp": "app", "scp": ["a:read", 7], "why": None, "jti": 7, "exp": 1}
    other = read_claims(outside, names)
    assert (other.organisation, other.purposes, other.jti) == (None, frozenset(), None)
    assert other.scopes == {"a:read"}


@pytest.mark.parametrize(
    "change",
    [{"client_id": "../x"}, {"typ": "ID"}, {"cnf": None}, {"cnf": {}}, {"cnf": {"jkt": 7}}, {"cnf": {"jkt": "x"}}],
)
def test_claims_that_are_no_access_tokens_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AccessRefusedError):
        read_claims(CLAIMS | change, ClaimNames())
    with pytest.raises(AccessRefusedError):
        read_claims({"sub": "s", "exp": 1}, ClaimNames())


def test_a_client_offers_one_proof() -> None:
    user = basic("app", "secret")["authorization"]
    assertion = f"a.{part({'sub': 'app'})}.c"
    signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    assert offered(TokenRequest({}, user)) == ("client_secret_basic", "app")
    assert offered(TokenRequest({"client_id": "app"}, user)) == ("client_secret_basic", "app")
    assert offered(TokenRequest({"client_id": "app", "client_secret": "x"})) == ("client_secret_post", "app")
    assert offered(TokenRequest({"client_id": "app"})) == ("none", "app")
    assert offered(TokenRequest(signed)) == ("private_key_jwt", "app")
    for authorization in ("Bearer x", "Basic", "Basic !!!", "Basic " + "A" * 4000, "Basic /w=="):
        assert offered(TokenRequest({}, authorization)) == ("client_secret_basic", "")
    wrong: list[tuple[dict[str, str], str | None, str]] = [
        (signed, user, "invalid_request"),
        (signed | {"client_secret": "x"}, None, "invalid_request"),
        ({"client_secret": "x"}, user, "invalid_request"),
        ({"client_id": "other"}, user, "invalid_client"),
        (signed | {"client_id": "other"}, None, "invalid_client"),
        (signed | {"client_assertion_type": "x"}, None, "invalid_client"),
        ({"client_assertion": assertion}, None, "invalid_client"),
    ]
    for form, authorization_, error in wrong:
        with pytest.raises(ClientRefusedError) as refused:
            offered(TokenRequest(form, authorization_))
        assert refused.value.error == error


def test_refusals_speak_in_known_words() -> None:
    assert TokenAnswer.refusal("invalid_client").status == 401
    assert TokenAnswer.refusal("invented").body["error"] == "invalid_request"
    assert AuthorisationRefusedError("access_denied").redirect_uri is None
    client = Client("app", "o", frozenset({"a:read", "b:read"}), frozenset(), frozenset(), active=True)
    assert scopes_to_give(client, None) == {"a:read", "b:read"}
    assert scopes_to_give(client, frozenset({"b:read", "c:read"})) == {"b:read"}


def key(state: KeyState, *, age: timedelta, kid: str = "", retired: timedelta | None = None) -> StoredKey:
    return StoredKey(
        kid=kid or state.value,
        use=KeyUse.ACCESS,
        state=state,
        sealed=b"",
        public_jwk={},
        created_at=AT - age,
        activated_at=AT - age if state is KeyState.CURRENT else None,
        retired_at=None if retired is None else AT - retired,
    )


def test_what_is_due_with_the_keys() -> None:
    minute = timedelta(minutes=1)
    young, old = (key(KeyState.CURRENT, age=age) for age in (minute, EVERY))
    assert plan([], at=AT) == Plan(make=KeyState.CURRENT)
    assert plan([young], at=AT) == Plan()
    assert plan([young], at=AT, begin=True) == Plan(make=KeyState.NEXT)
    assert plan([old], at=AT) == Plan(make=KeyState.NEXT)
    assert plan([replace(old, activated_at=None)], at=AT) == Plan(make=KeyState.NEXT)
    assert plan([old, key(KeyState.NEXT, age=minute)], at=AT) == Plan()
    assert plan([old, key(KeyState.NEXT, age=OVERLAP)], at=AT) == Plan(retire="current", activate="next")
    before = [
        key(KeyState.RETIRED, age=EVERY, kid="late", retired=KEPT - minute),
        key(KeyState.RETIRED, age=EVERY, kid="over", retired=KEPT),
        key(KeyState.RETIRED, age=EVERY, kid="odd"),
    ]
    assert plan([young, *before], at=AT) == Plan(remove=("over", "odd"))


def test_what_is_done_in_an_emergency() -> None:
    keys = [
        key(KeyState.CURRENT, age=OVERLAP), key(KeyState.NEXT, age=OVERLAP), key(KeyState.RETIRED, age=EVERY)
    ]  # fmt: skip
    made = KeyState.CURRENT
    assert plan_at_once(keys, revoke=False) == Plan(make=made, remove=("next",), retire="current")
    assert plan_at_once(keys, revoke=True) == Plan(make=made, remove=("current", "next", "retired"))
    assert plan_at_once([], revoke=False) == Plan(make=made)
