"""The portal in a real browser, before the real register of persons: three languages, every tab, and a call tried."""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import insert, select

from services.gateway.access.operations.invite_account import invite_account
from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.app import create_app
from services.gateway.events.store.tables import delivery, subscription
from services.gateway.settings import GatewaySettings
from services.kit.database import Database
from services.registry import app as registry
from services.registry.settings import RegistrySettings
from services.stack.stores import Store
from tests.browser.conftest import Screen, Site, beside
from tests.browser.test_sign_in import PASSWORD, screen, submit
from tests.support.asgi import settings_for
from tests.support.serving import served

TABS = ("portal", "portal/agreements", "portal/limits", "portal/deliveries", "portal/try")
ALL = ("persons:read", "persons:write", "persons:search", "coverage:read", "courses:read", "events:subscribe")
NAMES = {"fr": "Amina El Idrissi", "ar": "أمينة الإدريسي", "en": "Amina El Idrissi"}
PERSON = (
    '{"names": [{"family": "Diallo", "given": "Mamadou"}], "nationalities": ["GIN"], "sex": "M",'
    ' "mother_name": "Fatoumata Bah", "birth_place": "Kankan"}'
)


@dataclass
class Portal:
    """The site, and who can sign in there."""

    site: Site

    def sign_in(self, seen: Screen, username: str, language: str, organisation: str, scopes: Sequence[str]) -> Page:
        """Make an account and come to the portal with it, as a person does."""

        async def invite() -> str:
            database = Database(self.site.url, pool_size=2)
            async with database.sessions.begin() as session:
                made = await invite_account(
                    session,
                    organisation=organisation,
                    username=username,
                    display_name=NAMES[language],
                    scopes=scopes,
                    language=language,
                    at=datetime.now(UTC),
                )
            await database.close()
            return made.token

        page = seen.page
        page.goto(f"{self.site.base}/invitation?token={beside(invite)}")
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        submit(page, "/invitation")
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        page.fill("#code", pyotp.TOTP(secret).now())
        submit(page, "/enrolment/totp")
        page.goto(f"{self.site.base}/portal")
        return page


@pytest.fixture
def portal(gateway_database: Store, registry_database: Store) -> Iterator[Portal]:
    """The gateway with the register behind it, and some deliveries to look at."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://localhost:{listener.getsockname()[1]}"
    behind = RegistrySettings(**settings_for(registry_database, gateway_url=base))
    with served(registry.create_app(behind)) as register:
        more = {"key_encryption_key": "33" * 32, "issuer": base, "registry_url": register}
        beside(lambda: _seed(gateway_database.url))
        with served(create_app(GatewaySettings(**settings_for(gateway_database, **more))), listener):
            yield Portal(Site(base, f"{base}/none", gateway_database.url))


async def _seed(url: str) -> None:
    database, at = Database(url, pool_size=2), datetime.now(UTC)
    async with database.sessions.begin() as session:
        await seed_demo_clients(session, environment="test", at=at)
        kept = {
            "organisation": "integrator", "client_id": "integrator", "url": "https://partner.example/in",
            "types": ["person.*"], "purpose": "REGISTRATION", "secret": b"sealed", "created_at": at, "updated_at": at,
        }  # fmt: skip
        await session.execute(insert(subscription).values(kept))
        (one,) = (await session.execute(select(subscription.c.id))).scalars()
        for number, state in enumerate(("pending", "delivered", "dead")):
            ended = None if state == "pending" else at
            made = {
                "subscription_id": one, "type": "person.updated", "subject": UUID(int=number), "state": state,
                "attempts": number * 4, "next_at": at, "created_at": at, "ended_at": ended,
            }  # fmt: skip
            await session.execute(insert(delivery).values(made))
    await database.close()


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_tab_is_readable_for_all_and_a_search_shows_what_is_held_back(
    chromium: Browser, portal: Portal, language: str
) -> None:
    base = portal.site.base
    with screen(chromium, portal.site, language, viewport={"width": 1280, "height": 900}) as seen:
        page = portal.sign_in(seen, "amina", language, "integrator", ALL)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        for path in TABS:
            page.goto(f"{base}/{path}")
            assert page.locator(".tabs [aria-current=page]").count() == 1
            seen.is_sound(f"{language}-{path.replace('/', '-')}")
        page.goto(f"{base}/portal/try?operation=register_person")
        page.select_option("#purpose", "REGISTRATION")
        page.fill("#body", PERSON)
        submit(page, "/portal/try")
        assert page.locator("#answer .badge").first.inner_text() == "HTTP 201", page.locator("#answer").inner_text()
    with screen(chromium, portal.site, language, viewport={"width": 1280, "height": 900}) as seen:
        page = portal.sign_in(seen, "desk", language, "hospital", ["persons:search", "persons:read"])
        page.goto(f"{base}/portal/try")
        page.locator("form.stack button").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("#answer .badge").first.inner_text() == "HTTP 200", page.locator("#answer").inner_text()
        assert "Diallo" in page.locator("pre.json").inner_text()
        assert "Fatoumata" not in page.content()
        person = page.locator("pre.json").inner_text().split('"person_id": "')[1].split('"')[0]
        seen.is_sound(f"{language}-portal-found")
        page.goto(f"{base}/portal/try?operation=read_person")
        page.fill('[name="path.person_id"]', person)
        submit(page, "/portal/try")
        assert page.locator(".notice.held li").count() >= 1
        assert page.locator(".line.held").count() >= 3
        assert "Fatoumata" not in page.content()
        seen.is_sound(f"{language}-portal-held-back")
        for name in ("Python", "JavaScript"):
            page.get_by_text(name, exact=True).click()
        seen.is_sound(f"{language}-portal-snippets")


@pytest.mark.parametrize(("width", "name"), [(360, "telephone"), (640, "zoomed")])
def test_it_fits_a_telephone_and_a_page_at_200_per_cent(
    chromium: Browser, portal: Portal, width: int, name: str
) -> None:
    with screen(chromium, portal.site, "ar", viewport={"width": width, "height": 720}) as seen:
        page = portal.sign_in(seen, "amina", "ar", "integrator", ALL)
        for path in TABS:
            page.goto(f"{portal.site.base}/{path}")
            seen.is_sound(f"{name}-{path.replace('/', '-')}")


def test_it_works_without_scripts_and_by_the_keyboard_alone(chromium: Browser, portal: Portal) -> None:
    with screen(chromium, portal.site, "en", java_script_enabled=False) as seen:
        page = portal.sign_in(seen, "amina", "en", "integrator", ALL)
        page.keyboard.press("Tab")
        assert page.locator("a.skip").evaluate("element => element === document.activeElement")
        page.goto(f"{portal.site.base}/portal/deliveries")
        with page.expect_navigation():
            page.locator('form[action$="/retry"] button').last.press("Enter")
        assert page.locator("[role=status]").is_visible()


def test_a_dark_room_is_readable_too(chromium: Browser, portal: Portal) -> None:
    with screen(chromium, portal.site, "fr", color_scheme="dark") as seen:
        page = portal.sign_in(seen, "amina", "fr", "integrator", ALL)
        for path in TABS:
            page.goto(f"{portal.site.base}/{path}")
            seen.is_sound(f"dark-{path.replace('/', '-')}")
