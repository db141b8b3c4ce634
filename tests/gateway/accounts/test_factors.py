"""Passkeys, code generators, recovery codes, passwords: added, used, taken away, and pretended."""

import re
from typing import Any

import pyotp
import pytest

from services.gateway.access.domain.passkeys import LARGEST_ANSWER
from tests.gateway.accounts.authenticator import PRESENT, Authenticator, options_of
from tests.gateway.accounts.visitor import PASSWORD, Browser, Clock, Person, invited, secret_of
from tests.gateway.conftest import House

OTHER_PASSWORD = "lanterne figue bateau seigle"


async def with_passkey(browser: Browser, person: Person, hour: Clock) -> Authenticator:
    """Sign in and add a passkey."""
    hour.forward(minutes=1)
    await browser.sign_in(person, hour.at)
    page = await browser.get("/enrolment")
    made = Authenticator()
    await browser.send("/enrolment/passkey", answer=made.create(options_of(page)))
    assert (browser.page.status_code, browser.path) == (303, "/account")
    return made


async def test_a_passkey_opens_the_account_without_a_name_or_a_password(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    key = await with_passkey(browser, amina, hour)
    other = Browser.opened(house.gateway)
    page = await other.get("/sign-in?next=/account")
    asked = options_of(page)
    assert asked["userVerification"] == "required"
    assert asked["allowCredentials"] == []
    await other.send("/sign-in/passkey", answer=key.get(asked))
    assert (other.page.status_code, other.path) == (303, "/account")
    assert "Firefox · Linux" in (await other.follow()).text


async def test_a_passkey_is_the_second_factor_of_its_own_account_alone(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    key = await with_passkey(browser, amina, hour)
    other = Browser.opened(house.gateway)
    await other.give_password("amina")
    page = await other.follow()
    assert len(options_of(page)["allowCredentials"]) == 1
    stranger = Authenticator()
    page = await other.send("/sign-in/passkey", answer=stranger.get(options_of(page)))
    assert page.status_code == 422
    await other.send("/sign-in/passkey", answer=key.get(options_of(page)))
    assert other.path == "/account"


@pytest.mark.parametrize(
    "pretending",
    [
        {"origin": "https://evil.example"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"flags": PRESENT},
        {"flags": 0},
        {"handle": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"step": -1},
    ],
)
async def test_a_passkey_that_does_not_fit_is_refused(
    house: House, browser: Browser, amina: Person, hour: Clock, pretending: dict[str, Any]
) -> None:
    key = await with_passkey(browser, amina, hour)
    key.count = 5
    good = Browser.opened(house.gateway)
    page = await good.get("/sign-in")
    await good.send("/sign-in/passkey", answer=key.get(options_of(page)))
    assert good.page.status_code == 303
    other = Browser.opened(house.gateway)
    page = await other.get("/sign-in")
    page = await other.send("/sign-in/passkey", answer=key.get(options_of(page), **pretending))
    assert page.status_code == 422
    assert "not known here" in page.text


async def test_a_challenge_is_answered_once_and_by_whom_it_was_put_to(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    key = await with_passkey(browser, amina, hour)
    other = Browser.opened(house.gateway)
    page = await other.get("/sign-in")
    answer = key.get(options_of(page))
    thief = Browser.opened(house.gateway)
    await thief.get("/sign-in")
    assert (await thief.send("/sign-in/passkey", answer=answer)).status_code == 422
    for garbage in ("", "{}", "[]", "null", "{", "x" * (LARGEST_ANSWER + 1), '{"id": 1}'):
        await thief.get("/sign-in")
        assert (await thief.send("/sign-in/passkey", answer=garbage)).status_code == 422, garbage[:10]
    kept = other.form("/sign-in/passkey")
    await other.send("/sign-in/passkey", answer=answer)
    assert other.page.status_code == 303
    again = await other.client.post(kept[0], data={**kept[1], "answer": answer})
    assert again.status_code == 403, "the form's session is gone"


@pytest.mark.parametrize("pretending", [{"origin": "https://evil.example"}, {"challenge": "AAAA"}, {"flags": PRESENT}])
async def test_a_new_passkey_that_does_not_fit_is_not_kept(
    browser: Browser, amina: Person, hour: Clock, pretending: dict[str, Any]
) -> None:
    await browser.sign_in(amina, hour.at)
    page = await browser.get("/enrolment")
    page = await browser.send("/enrolment/passkey", answer=Authenticator().create(options_of(page), **pretending))
    assert page.status_code == 422
    for garbage in ("", "{}", "[1]", "x"):
        await browser.get("/enrolment")
        assert (await browser.send("/enrolment/passkey", answer=garbage)).status_code == 422


async def test_a_passkey_is_kept_once_and_ten_at_most(browser: Browser, amina: Person, hour: Clock) -> None:
    key = await with_passkey(browser, amina, hour)
    page = await browser.get("/enrolment")
    assert len(options_of(page)["excludeCredentials"]) == 1
    assert (await browser.send("/enrolment/passkey", answer=key.create(options_of(page)))).status_code == 422
    for number in range(10):
        page = await browser.get("/enrolment")
        page = await browser.send("/enrolment/passkey", answer=Authenticator().create(options_of(page)))
        assert page.status_code == (303 if number < 9 else 422)


async def test_the_last_second_factor_stays(browser: Browser, amina: Person, hour: Clock) -> None:
    key = await with_passkey(browser, amina, hour)
    await browser.get("/account")
    await browser.send("/account/totp/remove")
    assert browser.path == "/account?done=factor"
    page = await browser.follow()
    assert "It is removed." in page.text
    page = await browser.send("/account/passkeys/")
    assert page.status_code == 422
    assert "only second check" in page.text
    page = await browser.get("/account")
    assert "/account/passkeys/" in page.text, "it is still there"
    other = Browser.opened(browser.gateway)
    page = await other.get("/sign-in")
    await other.send("/sign-in/passkey", answer=key.get(options_of(page)))
    assert other.path == "/account"


async def test_a_new_generator_takes_the_place_of_the_old_one_once_it_was_tried(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    secret = secret_of(await browser.get("/enrolment"))
    assert secret_of(await browser.get("/enrolment")) == secret
    assert secret != amina.secret
    hour.forward(minutes=1)
    assert (await browser.send("/enrolment/totp", code=amina.code(hour.at))).status_code == 422, "the old one's"
    other = Browser.opened(house.gateway)
    await other.sign_in(amina, hour.at)
    assert other.path == "/account", "the old one works until then"
    hour.forward(minutes=1)
    await browser.send("/enrolment/totp", code=pyotp.TOTP(secret).at(hour.at))
    assert browser.path == "/account"
    hour.forward(minutes=1)
    fresh = Browser.opened(house.gateway)
    await fresh.give_password("amina")
    await fresh.follow()
    assert (await fresh.send("/sign-in/second-factor", code=amina.code(hour.at))).status_code == 422
    await fresh.send("/sign-in/second-factor", code=pyotp.TOTP(secret).at(hour.at))
    assert fresh.path == "/account"


async def test_what_is_grave_needs_the_second_factor_anew(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get("/account")
    hour.forward(minutes=11)
    for action in ("/account/totp/remove", "/account/recovery-codes"):
        await browser.get("/account")
        await browser.send(action)
        assert browser.path == "/sign-in?next=%2Faccount&again=1"
    for path in ("/enrolment", "/account/password"):
        await browser.get(path)
        assert browser.path.endswith("&again=1"), path
    page = await browser.follow()
    assert "sensitive" in page.text


async def test_new_recovery_codes_replace_the_old_ones(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get("/account")
    page = await browser.send("/account/recovery-codes")
    assert page.status_code == 200
    codes = re.findall(r"<li>([A-Z0-9-]{19})</li>", page.text)
    assert len(codes) == 10
    assert not set(codes) & set(amina.recovery_codes)
    for code, status in ((amina.recovery_codes[0], 422), (codes[0], 303)):
        other = Browser.opened(browser.gateway)
        await other.give_password("amina")
        await other.follow()
        assert (await other.send("/sign-in/second-factor", recovery_code=code)).status_code == status


async def test_a_new_password_ends_the_other_sessions(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    other = Browser.opened(house.gateway)
    hour.forward(minutes=1)
    await other.sign_in(amina, hour.at)
    await browser.get("/account/password")
    for password, again, told in (
        (OTHER_PASSWORD, "something else here", "not the same"),
        ("short", "short", "12 to 128"),
        ("x" * 200, "x" * 200, "12 to 128"),
        ("aminaelidrissi", "aminaelidrissi", "too easy"),
        ("amina2026ministry", "amina2026ministry", "too easy"),
        ("password1234", "password1234", "too easy"),
    ):
        page = await browser.send("/account/password", password=password, again=again)
        assert page.status_code == 422
        assert told in page.text
    await browser.send("/account/password", password=OTHER_PASSWORD, again=OTHER_PASSWORD)
    assert browser.path == "/account?done=password"
    assert (await browser.follow()).status_code == 200
    await other.get("/account")
    assert other.path.startswith("/sign-in")
    assert (await other.give_password("amina")).status_code == 422
    assert (await other.give_password("amina", OTHER_PASSWORD)).status_code == 303


async def test_an_invitation_asks_for_a_good_password(house: House, browser: Browser, hour: Clock) -> None:
    made = await invited(house.gateway, "leila", at=hour.at)
    await browser.get("/invitation", params={"token": made.token})
    for password, again in ((PASSWORD, OTHER_PASSWORD), ("short", "short"), ("leila leila leila", "leila leila leila")):
        page = await browser.send("/invitation", password=password, again=again)
        assert page.status_code == 422
    assert (await browser.get("/invitation?token=wrong")).status_code == 404
    assert (await browser.get("/invitation")).status_code == 404


async def test_one_ends_ones_own_sessions_and_nobody_elses(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    phone = Browser.opened(house.gateway, **{"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"})
    hour.forward(minutes=1)
    await phone.sign_in(amina, hour.at)
    page = await browser.get("/account")
    assert "Safari · iOS" in page.text
    assert "203.0.113.7" in page.text
    await browser.send("/account/sessions/end-others")
    assert (await browser.follow()).status_code == 200
    await phone.get("/account")
    assert phone.path.startswith("/sign-in")
    own = browser.form("/account/sessions/")[0]
    await browser.send("/account/sessions/")
    assert browser.path == "/sign-out"
    assert own.endswith("/end")
    await browser.get("/account")
    assert browser.path.startswith("/sign-in")


async def test_nobody_ends_the_session_of_another(house: House, browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get("/account")
    place, _ = browser.form("/account/sessions/")
    from_elsewhere = Browser.opened(house.gateway)
    await from_elsewhere.get("/sign-in")
    _, fields = from_elsewhere.form("/sign-in?")
    assert (await from_elsewhere.client.post(place, data=fields)).status_code == 403
    assert (await browser.get("/account")).status_code == 200
