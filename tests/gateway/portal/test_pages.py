"""What a partner is shown of itself, and what nobody else is."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.gateway.access.domain.agreements import Entry, Terms
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.store import agreements, partners
from services.kit.clock import CASABLANCA
from services.kit.periods import Period
from tests.gateway.accounts.visitor import Browser, Clock
from tests.gateway.conftest import House
from tests.gateway.portal.conftest import signed_in

TABS = ("/portal", "/portal/agreements", "/portal/limits", "/portal/deliveries", "/portal/try")


async def add_terms(
    house: House, hour: Clock, number: str, start: int, end: int | None, *, approved: bool = True
) -> None:
    """Add an agreement of the integrators; its days are counted from today."""
    today = hour.at.astimezone(CASABLANCA).date()
    valid = Period(today + timedelta(days=start), None if end is None else today + timedelta(days=end))
    terms = Terms(
        number, frozenset({"TRAINING"}), (Entry("persons", frozenset({"read"}), frozenset({"names"})),), valid
    )
    async with house.gateway.state.database.sessions.begin() as session:
        if approved:
            await grant_agreement(session, organisation="integrator", terms=terms, at=hour.at)
            return
        partner = await partners.find_by_code(session, "integrator")
        assert partner is not None
        await agreements.add(session, partner.id, terms, proposed_by="x", at=hour.at)


@pytest.mark.parametrize("path", TABS)
async def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(house: House, hour: Clock, path: str) -> None:
    stranger = Browser.opened(house.gateway)
    answer = await stranger.get(f"{path}?lang=ar")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}%3Flang%3Dar"
    answer = await stranger.client.post(f"{path}")
    assert answer.status_code in {303, 405}
    await stranger.client.aclose()


async def test_every_page_speaks_three_languages_under_strict_headers_and_holds_no_token(browser: Browser) -> None:
    for path in TABS:
        for language, direction in (("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")):
            page = await browser.get(path, params={"lang": language})
            assert page.status_code == 200, page.text
            assert f'<html lang="{language}" dir="{direction}">' in page.text
            assert page.headers["content-security-policy"].startswith("default-src 'self'; base-uri 'none'")
            assert page.headers["cache-control"] == "no-store"
            assert "unsafe" not in page.headers["content-security-policy"]
            assert not re.search(r"eyJ|<script|\sstyle=|\son[a-z]+=", page.text)
            assert "amina" in page.text.lower() or "Amina" in page.text


async def test_a_partner_sees_its_own_clients_and_no_others(browser: Browser, house: House, hour: Clock) -> None:
    page = await browser.get("/portal")
    assert "integrator" in page.text
    assert "hospital" not in page.text
    assert "portal.integrator" not in page.text  # the portal itself is nothing to administer
    assert "persons:read" in page.text
    other = await signed_in(house, hour, "youssef", organisation="hospital", display_name="Youssef")
    page = await other.get("/portal")
    assert "hospital" in page.text
    assert "integrator" not in page.text
    await other.client.aclose()


async def test_an_account_without_rights_sees_its_organisation_and_is_told_why_it_can_do_no_more(
    house: House, hour: Clock
) -> None:
    nobody = await signed_in(house, hour, "salma", scopes=())
    assert "no rights yet" in (await nobody.get("/portal")).text
    page = await nobody.get("/portal/deliveries")
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    page = await nobody.get("/portal/try")
    assert "search_persons" not in page.text
    await nobody.client.aclose()


async def test_agreements_say_what_they_are_worth_and_for_how_long(browser: Browser, house: House, hour: Clock) -> None:
    await add_terms(house, hour, "N-SOON", -10, 9)
    await add_terms(house, hour, "N-LATER", 5, None)
    await add_terms(house, hour, "N-OVER", -30, -1)
    await add_terms(house, hour, "N-ASKED", 0, 30, approved=False)
    page = (await browser.get("/portal/agreements")).text
    at = {number: page.index(number) for number in ("N-SOON", "N-LATER", "N-ASKED", "N-OVER")}
    assert list(at) == sorted(at, key=lambda number: at[number])
    parts = {number: page[place : place + 900] for number, place in at.items()}
    assert "In force" in parts["N-SOON"]
    assert "10 days" in parts["N-SOON"]
    assert "Not yet in force" in parts["N-LATER"]
    assert "Proposed" in parts["N-ASKED"]
    assert "until a second person" in parts["N-ASKED"]
    assert "Expired" in parts["N-OVER"]
    assert "gives nothing any more" in parts["N-OVER"]
    assert "Names" in page
    assert "DEMO" in page


async def test_limits_show_what_is_used(browser: Browser, house: House) -> None:
    for _ in range(30):
        headers = await house.headers("integrator", scope="persons:search")
        await house.client.post("/v1/persons/search", json={"name": "x"}, headers=headers)
    page = (await browser.get("/portal/limits")).text
    searches = page[page.index("Search of persons") :]
    used = int(re.findall(r'<meter[^>]* value="(\d+)"', searches)[1])  # by the day: it empties slowly
    assert used >= 100
    assert "20000" in searches
    assert "hospital" not in page


async def test_a_secret_is_replaced_by_whoever_administers_after_a_fresh_second_factor(
    house: House, hour: Clock
) -> None:
    boss = await signed_in(house, hour, "boss", organisation="hospital", scopes=["partners:admin"])
    await boss.get("/portal")
    page = await boss.send("/portal/clients/hospital/rotate", overlap="72")
    assert page.status_code == 200, page.text
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', page.text)
    assert found is not None
    assert page.headers["cache-control"] == "no-store"
    old, house.secrets["hospital"] = house.secrets["hospital"], found[1]
    assert await house.token("hospital")
    house.secrets["hospital"] = old
    assert await house.token("hospital")
    assert "the old one works until" in (await boss.get("/portal")).text

    hour.forward(minutes=11)
    answer = await boss.send("/portal/clients/hospital/rotate", overlap="0")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fportal&again=1")
    await boss.client.aclose()


async def test_who_may_not_replace_a_secret_finds_no_form_and_no_way(browser: Browser, house: House) -> None:
    page = await browser.get("/portal")
    assert "/rotate" not in page.text
    csrf = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/portal/try")).text)
    assert csrf is not None
    answer = await browser.client.post("/portal/clients/integrator/rotate", data={"csrf": csrf[1]})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert await house.token("integrator")


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}]
)
async def test_a_form_that_comes_from_elsewhere_does_nothing(browser: Browser, headers: dict[str, str]) -> None:
    await browser.get("/portal/try")
    answer = await browser.send("/portal/try", headers=headers, body="{}")
    assert answer.status_code == 403


async def test_a_form_without_our_mark_or_that_is_none_does_nothing(browser: Browser, house: House) -> None:
    await browser.get("/portal/try")
    for csrf in ("", "0" * 64, "é"):
        assert (await browser.send("/portal/try", csrf=csrf)).status_code == 403
        await browser.get("/portal/try")
    client = browser.client
    assert (await client.post("/portal/try", json={})).status_code == 400
    assert (
        await client.post(
            "/portal/try", content=b"a=1&a=2", headers={"content-type": "application/x-www-form-urlencoded"}
        )
    ).status_code == 400
    large = await client.post("/portal/try", data={"body": "x" * 300_000})
    assert large.status_code == 413
    assert "Too much was sent" in large.text
    assert house.registry.asked == []


async def test_a_stopped_organisation_sees_nothing(browser: Browser, house: House) -> None:
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(text("UPDATE organisation SET active = false WHERE code = 'integrator'"))
    assert (await browser.get("/portal")).status_code == 303


async def test_the_portal_closes_where_its_client_is_stopped(browser: Browser, house: House) -> None:
    await browser.get("/portal")
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(text("UPDATE client SET active = false WHERE id = 'portal.integrator'"))
    page = await browser.get("/portal")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
