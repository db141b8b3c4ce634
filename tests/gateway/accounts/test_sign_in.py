"""Signing in: both factors, what is refused, how sessions begin and end."""

import asyncpg
import pytest
from sqlalchemy import func, select, text

from services.gateway.access.domain.attempts import BY_NAME
from services.gateway.access.store.tables import accounts as tables
from services.stack.stores import Store
from tests.gateway.accounts.visitor import COOKIE, PASSWORD, Browser, Clock, Person, invited
from tests.gateway.conftest import House


async def test_password_and_code_open_the_account_page(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    assert (browser.page.status_code, browser.path) == (303, "/account")
    page = await browser.follow()
    assert page.status_code == 200
    assert "Amina El Idrissi" in page.text
    assert "Firefox · Linux" in page.text


async def test_the_cookie_is_locked_down_and_changes_at_every_step(
    browser: Browser, amina: Person, hour: Clock
) -> None:
    page = await browser.get("/sign-in")
    line = page.headers["set-cookie"]
    assert line.startswith(f"{COOKIE}=")
    assert {part.strip() for part in line.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    cookies = [browser.cookie]
    await browser.give_password("amina")
    cookies.append(browser.cookie)
    await browser.follow()
    await browser.send("/sign-in/second-factor", code=amina.code(hour.at))
    cookies.append(browser.cookie)
    assert len({*cookies}) == 3
    for planted in cookies[:2]:
        other = Browser.opened(browser.gateway, cookie=f"{COOKIE}={planted}")
        await other.get("/account")
        assert other.path.startswith("/sign-in")


async def test_a_password_alone_opens_nothing(browser: Browser, amina: Person) -> None:
    await browser.give_password("amina")
    for path in ("/account", "/enrolment", "/account/password"):
        await browser.get(path)
        assert browser.path.startswith("/sign-in"), path
    async with browser.gateway.state.database.sessions.begin() as session:
        stages = (await session.execute(select(tables.browser_session.c.stage))).scalars().all()
    assert "password" in stages
    del amina


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(browser: Browser, amina: Person) -> None:
    wrong = await browser.give_password("amina", "not her password at all")
    unknown = await browser.give_password("nobody", "not her password at all")
    assert wrong.status_code == unknown.status_code == 422
    assert "Wrong username or password" in wrong.text
    blank = {"amina": "X", "nobody": "X"}

    def without_what_differs(page: str) -> list[str]:
        for name, mark in blank.items():
            page = page.replace(f'value="{name}"', f'value="{mark}"')
        return [line for line in page.splitlines() if "csrf" not in line and "data-options" not in line]

    assert without_what_differs(wrong.text) == without_what_differs(unknown.text)
    assert dict(wrong.headers).keys() == dict(unknown.headers).keys()
    del amina


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(house: House, amina: Person) -> None:
    verified: list[str | None] = []
    hashing = house.gateway.state.people.hashing
    compare = hashing._compare

    def noting(password: str, hashed: str | None) -> bool:
        verified.append(hashed)
        return bool(compare(password, hashed))

    hashing._compare = noting
    browser = Browser.opened(house.gateway)
    await browser.give_password("amina", "x" * 12)
    await browser.give_password("nobody", "x" * 12)
    assert len(verified) == 2
    assert verified[1] is None
    del amina


async def test_guessing_slows_down_and_never_locks_out(browser: Browser, amina: Person, hour: Clock) -> None:
    for _ in range(BY_NAME.free):
        assert (await browser.give_password("amina", "wrong")).status_code == 422
    assert (await browser.give_password("AMINA ", "wrong")).status_code == 422
    refused = await browser.give_password("amina")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert "Try again in 1 s" in refused.text
    hour.forward(seconds=1)
    await browser.sign_in(amina, hour.at)
    assert browser.path == "/account"
    again = Browser.opened(browser.gateway)
    assert (await again.give_password("amina", "wrong")).status_code == 422


async def test_guessing_at_many_names_slows_an_address_down(house: House, amina: Person, hour: Clock) -> None:
    browser = Browser.opened(house.gateway)
    statuses = [(await browser.give_password(f"name{number}", "wrong")).status_code for number in range(32)]
    assert statuses == [422] * 31 + [429]
    hour.forward(minutes=2)
    await browser.sign_in(amina, hour.at)
    assert browser.path == "/account"


async def test_a_code_works_once(house: House, browser: Browser, amina: Person, hour: Clock) -> None:
    code = amina.code(hour.at)
    await browser.sign_in(amina, hour.at)
    thief = Browser.opened(house.gateway)
    await thief.give_password("amina")
    await thief.follow()
    page = await thief.send("/sign-in/second-factor", code=code)
    assert page.status_code == 422
    assert "each code works once" in page.text
    hour.forward(seconds=30)
    await thief.send("/sign-in/second-factor", code=f" {amina.code(hour.at)[:3]} {amina.code(hour.at)[3:]} ")
    assert thief.path == "/account"


async def test_codes_cannot_be_guessed_at_speed(browser: Browser, amina: Person) -> None:
    await browser.give_password("amina")
    await browser.follow()
    statuses = [(await browser.send("/sign-in/second-factor", code="000000")).status_code for _ in range(7)]
    assert statuses == [422] * 6 + [429]
    del amina


async def test_a_recovery_code_works_once(house: House, browser: Browser, amina: Person) -> None:
    assert len(set(amina.recovery_codes)) == 10
    for attempt, expected in ((browser, 303), (Browser.opened(house.gateway), 422)):
        await attempt.give_password("amina")
        await attempt.follow()
        page = await attempt.send("/sign-in/second-factor", recovery_code=amina.recovery_codes[3].lower())
        assert page.status_code == expected
    assert (await browser.get("/account")).text.count("9 left") == 1


async def test_a_session_ends_when_idle_and_after_twelve_hours(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    quarters = 0
    while (await browser.get("/account")).status_code == 200:
        hour.forward(minutes=14)
        quarters += 1
    assert quarters * 14 == pytest.approx(12 * 60, abs=14)
    await browser.sign_in(amina, hour.at)
    hour.forward(minutes=15)
    await browser.get("/account")
    assert browser.path.startswith("/sign-in")


async def test_signing_out_ends_the_session_on_the_server(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    kept = browser.cookie
    await browser.get("/sign-out")
    await browser.send("/sign-out")
    assert browser.cookie is None
    assert "You are signed out" in (await browser.follow()).text
    thief = Browser.opened(browser.gateway, cookie=f"{COOKIE}={kept}")
    await thief.get("/account")
    assert thief.path.startswith("/sign-in")


async def test_who_is_stopped_is_out_at_once(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    async with browser.gateway.state.database.sessions.begin() as session:
        await session.execute(text("UPDATE organisation SET active = false WHERE code = 'ministry'"))
    await browser.get("/account")
    assert browser.path.startswith("/sign-in")
    assert (await browser.give_password("amina")).status_code == 422


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example",
        "/account\n", "javascript:alert(1)", "/sign-in", "/accounting", "/account/../oauth2", "/account//evil.example",
        "", "x" * 5000, "/account@evil.example", "https:evil.example", "/account?x=\\",
    ],
)  # fmt: skip
async def test_nobody_is_led_elsewhere_after_signing_in(house: House, amina: Person, hour: Clock, onward: str) -> None:
    browser = Browser.opened(house.gateway)
    await browser.sign_in(amina, hour.at, onward=onward)
    assert browser.page.headers["location"] == "/account"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "https://indimaj.test.evil.example"},
        {"content-type": "application/json"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(browser: Browser, amina: Person, headers: dict[str, str]) -> None:
    await browser.get("/sign-in")
    page = await browser.send("/sign-in?", headers=headers, username="amina", password=PASSWORD)
    assert page.status_code in {400, 403}
    assert "no longer good" in page.text
    del amina


async def test_a_form_without_its_token_is_refused_on_every_page(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    forms = (
        "/sign-in", "/sign-in/passkey", "/sign-in/second-factor", "/enrolment/totp", "/enrolment/passkey", "/sign-out",
        "/invitation?token=x", "/account/password", "/account/recovery-codes", "/account/sessions/end-others",
        "/account/sessions/00000000-0000-0000-0000-000000000000/end", "/account/totp/remove", "/oauth2/authorize",
        "/account/passkeys/00000000-0000-0000-0000-000000000000/remove", "/account/consents/x/withdraw",
    )  # fmt: skip
    for path in forms:
        for given in ({"x": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
            page = await browser.client.post(path, data=given)
            assert page.status_code == 403, path


async def test_the_token_of_another_session_does_not_fit(house: House, browser: Browser, amina: Person) -> None:
    other = Browser.opened(house.gateway)
    await other.get("/sign-in")
    await browser.get("/sign-in")
    token = other.form("/sign-in?")[1]["csrf"]
    page = await browser.send("/sign-in?", csrf=token, username="amina", password=PASSWORD)
    assert page.status_code == 403
    del amina


async def test_signing_in_leaves_an_audit_row_without_a_name(
    browser: Browser, amina: Person, hour: Clock, gateway_database: Store
) -> None:
    await browser.sign_in(amina, hour.at)
    connection = await asyncpg.connect(gateway_database.owner_url)
    rows = await connection.fetch("SELECT * FROM audit_record ORDER BY at")
    await connection.close()
    assert [row["action"] for row in rows] == ["take_invitation", "take_totp", "take_second_factor"]
    assert {row["subject"] for row in rows} == {str(amina.account.id)}
    assert "amina" not in str(rows).lower()


async def test_sessions_that_have_ended_are_cleared_away(house: House, hour: Clock) -> None:
    for _ in range(3):
        await Browser.opened(house.gateway).get("/sign-in")
    hour.forward(hours=1)
    await Browser.opened(house.gateway).get("/sign-in")
    async with house.gateway.state.database.sessions.begin() as session:
        left = (await session.execute(select(func.count()).select_from(tables.browser_session))).scalar_one()
    assert left == 1


async def test_an_invited_person_cannot_sign_in_before_she_has_a_password(house: House, hour: Clock) -> None:
    await invited(house.gateway, "newcomer", at=hour.at)
    browser = Browser.opened(house.gateway)
    assert (await browser.give_password("newcomer", "")).status_code == 422
