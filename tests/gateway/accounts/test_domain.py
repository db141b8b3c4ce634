"""The rules about people: names, passwords, sessions, how often somebody may try, where she may go on to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.access.domain.account_errors import (
    AccountScopeError,
    InvitationInvalidError,
    MalformedUsernameError,
    PasswordGuessableError,
    PasswordLengthError,
)
from services.gateway.access.domain.accounts import (
    Factors,
    check_password,
    check_scopes,
    check_username,
    held_back,
    invitation_digest,
    needs_second_person,
    new_recovery_codes,
    plain_password,
    plain_recovery_code,
    stored_recovery_code,
    typed_username,
    without_own_words,
)
from services.gateway.access.domain.attempts import (
    BY_ADDRESS,
    BY_NAME,
    FORGOTTEN_AFTER,
    Attempts,
    wait_s,
    with_another,
)
from services.gateway.access.domain.passkeys import RelyingParty, relying_party
from services.gateway.access.domain.sessions import (
    BrowserSession,
    Stage,
    agent_of,
    browser_of,
    factor_age,
    in_force,
    onward,
    stepped_up,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["amina", "a.b", "x-1", "leila_2", "0ab", "a" * 64])
def test_a_username_that_may_be(name: str) -> None:
    assert check_username(name) == name


@pytest.mark.parametrize("name", ["", "ab", "Amina", "a" * 65, ".abc", "amina\n", "امينة", "a b c", "amina@example"])
def test_a_username_that_may_not_be(name: str) -> None:
    with pytest.raises(MalformedUsernameError):
        check_username(name)


def test_a_username_is_taken_as_phones_type_it() -> None:
    assert typed_username("  Amina ") == "amina"
    assert typed_username("\uff21mina") == "amina"


def test_scopes_are_bounded_by_what_partners_may_have() -> None:
    assert check_scopes(["a:b", "a:b"], partner_scopes=frozenset({"a:b", "c:d"})) == {"a:b"}
    with pytest.raises(AccountScopeError):
        check_scopes(["a:b", "x:y"], partner_scopes=frozenset({"a:b"}))


def test_scopes_over_others_and_of_care_take_two_persons() -> None:
    for scope in ("partners:admin", "coverage:rules", "care:read", "care:break_glass"):
        assert needs_second_person([scope])
    assert not needs_second_person(["persons:read", "coverage:read", "careers:read"])
    assert held_back(["care:read", "persons:read", "partners:admin"], had=["care:read"]) == {"partners:admin"}


@pytest.mark.parametrize(("length", "strength", "error"), [
    (11, 4, PasswordLengthError), (129, 4, PasswordLengthError), (12, 2, PasswordGuessableError),
])  # fmt: skip
def test_a_password_that_may_not_be(length: int, strength: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_password("x" * length, strength=strength)


def test_a_password_is_the_same_on_every_keyboard() -> None:
    for length in (12, 128):
        check_password("x" * length, strength=3)
    assert plain_password("cafe\u0301") == plain_password("caf\u00e9")


def test_ones_own_words_make_a_password_no_longer() -> None:
    assert without_own_words("AMINA grenat el amina(+)", ["amina", "el", "(+)"]) == " grenat el "
    assert without_own_words("grenat", []) == "grenat"


def test_recovery_codes_are_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert plain_recovery_code(f" {code.lower().replace('-', ' ')} ") == code
        assert len(stored_recovery_code(code)) == 32
    for wrong in ("", codes[0][:-1], codes[0] + "A", "0" * 16, "é" * 16):
        assert plain_recovery_code(wrong) is None


@pytest.mark.parametrize("token", ["", "x" * 42, "x" * 44, "x" * 42 + "!", "x" * 43 + "\n"])
def test_an_invitation_is_43_letters(token: str) -> None:
    assert len(invitation_digest("x" * 43)) == 32
    with pytest.raises(InvitationInvalidError):
        invitation_digest(token)


def test_a_second_factor_is_a_generator_or_a_passkey() -> None:
    assert not Factors(password=True, totp=False, passkeys=0, recovery_codes=10).second
    assert Factors(password=False, totp=True, passkeys=0, recovery_codes=0).second
    assert Factors(password=False, totp=False, passkeys=1, recovery_codes=0).second


def session(**changes: object) -> BrowserSession:
    values: dict[str, object] = {
        "id": UUID(int=1), "stage": Stage.SIGNED_IN, "account_id": UUID(int=2), "language": None, "address": "",
        "agent": "", "created_at": NOON, "seen_at": NOON, "ends_at": NOON + timedelta(hours=12),
        "authenticated_at": NOON,
    }  # fmt: skip
    return BrowserSession(**(values | changes))  # type: ignore[arg-type]  # a table of arguments


def test_a_session_lasts_for_a_quarter_of_an_hour_unless_it_is_used_and_for_half_a_day_in_any_case() -> None:
    assert in_force(session(), at=NOON + timedelta(minutes=14, seconds=59))
    assert not in_force(session(), at=NOON + timedelta(minutes=15))
    late = NOON + timedelta(hours=12)
    assert not in_force(session(seen_at=late - timedelta(seconds=1)), at=late)


def test_stepping_up_counts_from_the_second_factor() -> None:
    assert factor_age(session(authenticated_at=None), at=NOON) is None
    assert factor_age(session(), at=NOON + timedelta(minutes=3)) == timedelta(minutes=3)
    assert stepped_up(session(), at=NOON + timedelta(minutes=10))
    assert not stepped_up(session(), at=NOON + timedelta(minutes=11))
    assert not stepped_up(session(authenticated_at=None), at=NOON)
    assert stepped_up(session(), at=NOON + timedelta(minutes=11), within=timedelta(hours=1))


@pytest.mark.parametrize("path", [
    "/account", "/account?done=factor", "/account/password", "/oauth2/authorize?a=b&c=%2F%2Fevil", "/portal/clients",
    "/dashboard", "/enrolment",
])  # fmt: skip
def test_a_page_of_ours_is_gone_on_to(path: str) -> None:
    assert onward(path) == path


@given(st.one_of(st.none(), st.text(), st.from_regex(r"[/\\]{1,3}[a-z.:@/\\?#%]{0,20}", fullmatch=True)))
def test_nothing_else_is_gone_on_to(path: str | None) -> None:
    led = onward(path)
    assert led.startswith(("/account", "/oauth2/authorize", "/portal", "/dashboard", "/enrolment"))
    assert "\\" not in led
    assert not led.startswith("//")


def test_what_a_browser_calls_itself_is_cut_and_read() -> None:
    assert agent_of(None) == ""
    assert agent_of("a\x00b\n" + "c" * 400) == "ab" + "c" * 296
    assert browser_of("") == ("?", "?")
    assert browser_of("Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1") == ("Safari", "iOS")
    assert browser_of("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0") == ("Edge", "Windows")


def test_attempts_are_free_at_first_and_then_ever_slower() -> None:
    attempts, waits = Attempts(0, NOON, NOON), []
    for _ in range(18):
        attempts = with_another(attempts, BY_NAME, at=NOON)
        waits.append(wait_s(attempts, at=NOON))
    assert waits == [0] * 5 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert wait_s(attempts, at=NOON + timedelta(seconds=299.5)) == 1
    assert wait_s(attempts, at=NOON + timedelta(hours=1)) == 0


def test_attempts_are_forgotten_after_a_day() -> None:
    many = Attempts(500, NOON, NOON)
    assert with_another(many, BY_ADDRESS, at=NOON + FORGOTTEN_AFTER).failures == 1
    assert with_another(many, BY_ADDRESS, at=NOON).free_at == NOON + BY_ADDRESS.longest


@pytest.mark.parametrize(("public", "host", "party"), [
    ("https://indimaj.ma", "evil.example", RelyingParty("indimaj.ma", "https://indimaj.ma")),
    ("https://indimaj.ma:8443", "", RelyingParty("indimaj.ma", "https://indimaj.ma:8443")),
    ("http://127.0.0.1:8000", "localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
    ("http://127.0.0.1:8000", "127.0.0.1:8000", None),
    ("http://127.0.0.1:8000", "localhost.evil.example", None),
    ("https://203.0.113.7", "localhost", None),
])  # fmt: skip
def test_passkeys_are_for_a_name(public: str, host: str, party: RelyingParty | None) -> None:
    assert relying_party(public, host) == party
