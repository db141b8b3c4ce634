"""What every page is under: headers, languages, words, and names that are not what they seem."""

from pathlib import Path

import pytest

from services.gateway.access.api.visits import area_pages
from services.gateway.access.reference import catalogue
from services.gateway.pages import languages, rendering
from services.kit.problems import LANGUAGES
from tests.gateway.accounts.visitor import Browser, Clock, Person, enrolled, invited
from tests.gateway.conftest import House

AREA = Path(rendering.__file__).parents[1] / "access"
NASTY = "\"><img src=x onerror=alert(1)>{{7*7}}</bdi>'"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/invitation?token=x", "/oauth2/authorize?client_id=x"])
async def test_a_page_lets_nothing_in_from_elsewhere(browser: Browser, path: str) -> None:
    page = await browser.get(path)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["cross-origin-resource-policy"] == "same-origin"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert "<script>" not in page.text
    assert "onclick" not in page.text


async def test_what_pages_load_is_ours(browser: Browser) -> None:
    for name in ("indimaj.css", "indimaj.svg", "passkeys.js"):
        asset = await browser.get(f"/assets/{name}")
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "public, max-age=3600"
        assert asset.headers["cross-origin-resource-policy"] == "same-origin"
    assert (await browser.get("/assets/../settings.py")).status_code == 404
    assert (await browser.get("/assets/")).status_code == 404


@pytest.mark.parametrize(
    ("path", "header", "language"),
    [
        ("/sign-in", "", "fr"),
        ("/sign-in", "de, ar;q=0.5", "ar"),
        ("/sign-in?lang=en", "ar", "en"),
        ("/sign-in?lang=de", "ar", "ar"),
        ("/sign-in?lang=%22%3E%3Cscript%3E", "", "fr"),
    ],
)
async def test_a_page_speaks_the_language_that_is_asked_for(
    house: House, path: str, header: str, language: str
) -> None:
    page = await Browser.opened(house.gateway, **{"accept-language": header}).get(path)
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert page.headers["content-language"] == language


async def test_a_language_chosen_stays_chosen_and_an_accounts_own_comes_before_the_browsers(
    house: House, hour: Clock
) -> None:
    leila = await enrolled(house.gateway, hour, "leila", language="ar")
    browser = Browser.opened(house.gateway)
    await browser.sign_in(leila, hour.at)
    assert 'dir="rtl"' in (await browser.follow()).text
    assert 'lang="fr" dir="ltr"' in (await browser.get("/account?lang=fr")).text
    assert 'lang="fr" dir="ltr"' in (await browser.get("/account")).text


async def test_a_name_is_text_wherever_it_stands(house: House, hour: Clock) -> None:
    person = await enrolled(house.gateway, hour, "nasty", display_name=NASTY)
    browser = Browser.opened(house.gateway, **{"user-agent": NASTY})
    pages = [await browser.get("/sign-in", params={"next": NASTY, "lang": NASTY})]
    pages.append(await browser.send("/sign-in?", username=NASTY, password="x"))
    await browser.give_password("nosuch")
    await browser.give_password("nasty")
    pages.append(await browser.follow())
    await browser.send("/sign-in/second-factor", code=person.code(hour.at))
    pages.append(await browser.follow())
    again = await invited(house.gateway, "nasty2", at=hour.at, display_name=NASTY)
    pages.append(await browser.get("/invitation", params={"token": again.token, "x": NASTY}))
    for page in pages:
        assert page.status_code in {200, 422}
        assert "<img src=x" not in page.text
        assert "onerror=alert(1)>" not in page.text
    assert sum("{{7*7}}" in page.text for page in pages) >= 4


def test_the_three_languages_say_the_same_things() -> None:
    for folder in (AREA, Path(rendering.__file__).parent):
        names = {language: set(languages.words(folder, language)) for language in LANGUAGES}
        assert names["fr"] == names["ar"] == names["en"]
        for language in LANGUAGES:
            assert all(text.strip() for text in languages.words(folder, language).values())


def test_every_scope_has_its_words() -> None:
    said = languages.words(AREA, "fr")
    assert {scope.name for scope in catalogue.scopes()} == {
        name.removeprefix("scopes.") for name in said if name.startswith("scopes.")
    }


def test_every_text_that_a_template_names_is_there() -> None:
    pages = area_pages()
    for template in pages._environment.list_templates(extensions=["html"]):
        assert pages._environment.get_template(template).name == template
        source = next(
            (folder / "templates" / template).read_text("utf-8")
            for folder in (AREA, Path(rendering.__file__).parent)
            if (folder / "templates" / template).is_file()
        )
        for part in source.split('t("')[1:]:
            name = part.split('"')[0]
            if not name.endswith("."):
                assert pages._text("fr", name, {}), f"{template}: {name}"


async def test_a_wrong_method_or_path_is_not_a_page_of_ours(browser: Browser, amina: Person) -> None:
    assert (await browser.client.delete("/sign-in")).status_code == 405
    assert (await browser.get("/sign-in/elsewhere")).status_code == 404
    assert (await browser.client.post("/account/sessions/no-id/end", data={"x": "y"})).status_code in {403, 422}
    del amina
