"""Signing in with a real browser, in three languages: by password and code, by passkey, and letting a client act."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Screen, Site

PASSWORD = "grenat tortue wagon horizon"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@contextmanager
def screen(chromium: Browser, site: Site, language: str, **options: Any) -> Iterator[Screen]:
    context: BrowserContext = chromium.new_context(
        locale={"fr": "fr-MA", "ar": "ar-MA", "en": "en-GB"}[language], **options
    )
    yield Screen(context.new_page(), site).watch()
    context.close()


def submit(page: Page, form: str) -> None:
    with page.expect_navigation():
        page.locator(f'form[action^="{form}"] button:visible').first.click()


def set_up(seen: Screen, username: str, language: str) -> tuple[str, int]:
    """Take an invitation up; return the code generator's secret, and the step whose code was used."""
    page, site = seen.page, seen.site
    page.goto(f"{site.base}/invitation?token={site.invite(username, language=language).token}")
    seen.is_sound(f"{language}-invitation")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    submit(page, "/invitation")
    seen.is_sound(f"{language}-enrolment")
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    step = int(datetime.now(UTC).timestamp()) // 30
    page.fill("#code", pyotp.TOTP(secret).generate_otp(step))
    submit(page, "/enrolment/totp")
    seen.is_sound(f"{language}-recovery-codes")
    assert page.locator(".codes li").count() == 10
    page.locator("main a.button").click()
    page.wait_for_url("**/account")
    return secret, step


def sign_out(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/sign-out")
    submit(page, "/sign-out")


def authorisation(site: Site, **more: str) -> str:
    query = {
        "response_type": "code",
        "client_id": "ministry",
        "redirect_uri": site.callback,
        "scope": "persons:read steering:read",
        "state": "the client's own",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | more
    return f"{site.base}/oauth2/authorize?{urlencode(query)}"


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_password_and_code_lead_to_consent_and_back_to_the_client(chromium: Browser, site: Site, language: str) -> None:
    with screen(chromium, site, language) as seen:
        page = seen.page
        secret, step = set_up(seen, "amina", language)
        seen.is_sound(f"{language}-account")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        sign_out(page, site)
        seen.is_sound(f"{language}-signed-out")
        page.goto(authorisation(site))
        seen.is_sound(f"{language}-sign-in")
        page.fill("#username", "amina")
        page.fill("#password", "not this one at all")
        submit(page, "/sign-in?")
        seen.told.clear()  # the browser notes a 422 as an error
        seen.is_sound(f"{language}-sign-in-refused")
        page.fill("#password", PASSWORD)
        submit(page, "/sign-in?")
        seen.is_sound(f"{language}-second-factor")
        page.fill("#code", pyotp.TOTP(secret).generate_otp(step + 1))
        submit(page, "/sign-in/second-factor")
        seen.is_sound(f"{language}-consent")
        with page.expect_navigation(url=f"{site.callback}?*"):
            page.locator("button[value=allow]").click()
        answer = parse_qs(urlsplit(page.url).query)
        assert answer.keys() == {"code", "state", "iss"}
        assert (answer["state"], answer["iss"]) == (["the client's own"], [site.base])
        page.goto(authorisation(site))
        assert page.url.startswith(site.callback), "consent is remembered"
        page.goto(f"{site.base}/account")
        seen.is_sound(f"{language}-account-with-consent")
        submit(page, "/account/consents/ministry/withdraw")
        page.goto(authorisation(site))
        assert page.locator("button[value=deny]").is_visible(), "consent was withdrawn"
        assert seen.foreign == []


def test_a_passkey_is_both_factors(chromium: Browser, site: Site) -> None:
    with screen(chromium, site, "fr") as seen:
        page = seen.page
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{site.base}/invitation?token={site.invite('youssef').token}")
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        submit(page, "/invitation")
        submit(page, "/enrolment/passkey")
        assert page.locator(".codes li").count() == 10
        sign_out(page, site)
        page.goto(authorisation(site))
        submit(page, "/sign-in/passkey")
        page.wait_for_selector("button[value=allow]")
        page.goto(f"{site.base}/account")
        seen.is_sound("passkey-account")
        page.goto(f"{site.base}/sign-in?again=1")
        page.fill("#username", "youssef")
        page.fill("#password", PASSWORD)
        submit(page, "/sign-in?")
        seen.is_sound("passkey-second-factor")
        submit(page, "/sign-in/passkey")
        page.wait_for_url("**/account")
        sign_out(page, site)
        credentials = {"authenticatorId": added["authenticatorId"]}
        devtools.send("WebAuthn.clearCredentials", credentials)
        page.goto(f"{site.base}/sign-in")
        page.locator("form[data-passkey] button").click()
        page.wait_for_selector("form[data-passkey] [role=alert]:visible")
        seen.is_sound("passkey-cancelled")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 320, "height": 640}}),
        ("contrast", {"forced_colors": "active"}),
        ("plain", {"java_script_enabled": True, "reduced_motion": "reduce"}),
    ],
)
def test_the_pages_hold_on_every_screen(chromium: Browser, site: Site, name: str, options: dict[str, Any]) -> None:
    for language in ("fr", "ar"):
        with screen(chromium, site, language, **options) as seen:
            seen.page.goto(f"{site.base}/sign-in")
            seen.is_sound(f"{name}-{language}-sign-in")
            set_up(seen, f"amina.{name}.{language}", language)
            seen.is_sound(f"{name}-{language}-account")


def test_everything_but_passkeys_works_without_scripts_and_by_keyboard(chromium: Browser, site: Site) -> None:
    with screen(chromium, site, "en") as seen:
        secret, step = set_up(seen, "leila", "en")
    with screen(chromium, site, "en", java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"{site.base}/sign-in")
        assert page.locator("form[data-passkey]").is_hidden()
        page.focus("#username")
        page.keyboard.type("leila")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/second-factor*")
        page.focus("#code")
        page.keyboard.type(pyotp.TOTP(secret).generate_otp(step + 1))
        page.keyboard.press("Enter")
        page.wait_for_url("**/account")
        page.click("nav.languages a[lang=ar]")
        assert page.locator("html").get_attribute("dir") == "rtl"


def test_a_page_elsewhere_cannot_use_the_session(chromium: Browser, site: Site) -> None:
    with screen(chromium, site, "en") as seen:
        page = seen.page
        set_up(seen, "amina", "en")
        page.goto(site.callback)
        page.set_content(
            f'<form method="post" action="{site.base}/account/sessions/end-others"><button>x</button></form>'
        )
        with page.expect_navigation():
            page.click("button")
        assert "no longer good" in page.content()
        page.set_content(f'<iframe src="{site.base}/account"></iframe>')
        page.wait_for_timeout(500)
        assert all("Amina" not in frame.content() for frame in page.frames)
