"""`/oauth2/authorize`: from a client's request by way of a person to a token, and everything that is refused."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from services.gateway.access.store.tables import clients as tables
from services.kit import clock
from tests.gateway.accounts.visitor import Browser, Clock, Person, enrolled, query_of
from tests.gateway.conftest import ISSUER, House
from tests.gateway.tokens import claims_of

CALLBACK = "https://app.example/callback?kept=1"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(autouse=True)
async def portal(house: House) -> None:
    """Let the ministry's client ask people."""
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(
            update(tables.client)
            .where(tables.client.c.id == "ministry")
            .values(
                name='Portail <script>alert("x")</script>',
                redirect_uris=[CALLBACK, "org.example.app:/callback"],
                grant_types=["authorization_code", "refresh_token", "client_credentials"],
            )
        )


def address(**changes: str | None) -> str:
    query = {
        "response_type": "code",
        "client_id": "ministry",
        "redirect_uri": CALLBACK,
        "scope": "persons:read steering:read imports:write",
        "state": "x&y=ü",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "ui_locales": "ar",
    } | changes
    return "/oauth2/authorize?" + urlencode({name: value for name, value in query.items() if value is not None})


async def redeem(house: House, code: str, **changes: str) -> Any:
    overrides = house.gateway.control.dependency_overrides
    overrides.pop(clock.read_now, None)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return await house.client.post("/oauth2/token", data=form | changes, auth=("ministry", house.secrets["ministry"]))


async def test_a_code_comes_of_signing_in_and_of_saying_yes(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.get(address())
    assert browser.path.startswith("/sign-in?next=%2Foauth2%2Fauthorize")
    page = await browser.follow()
    assert "form-action 'self' https://app.example" in page.headers["content-security-policy"]
    await browser.send("/sign-in?", username="amina", password="grenat tortue wagon horizon")
    await browser.follow()
    await browser.send("/sign-in/second-factor", code=amina.code(hour.at))
    page = await browser.follow()
    assert page.status_code == 200, page.text
    assert "&lt;script&gt;alert" in page.text
    assert "<script>" not in page.text
    assert "read a person&#39;s record" in page.text
    assert "import files of persons" not in page.text, "the account may not"
    hour.forward(minutes=-1)
    await browser.send("/oauth2/authorize", decision="allow")
    answer = query_of(browser.page.headers["location"])
    assert browser.page.headers["location"].startswith("https://app.example/callback?kept=1&code=")
    assert answer.keys() == {"kept", "code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("x&y=ü", ISSUER)
    token = await redeem(house, answer["code"])
    assert token.status_code == 200, token.text
    claims = claims_of(token.json()["access_token"])
    assert (claims["sub"], claims["client_id"], claims["org"]) == (str(amina.account.id), "ministry", "ministry")
    assert set(claims["scope"].split()) == {"persons:read", "steering:read"}
    assert claims["auth_time"]
    used = await house.client.get(
        "/v1/partners/me", headers={"authorization": f"Bearer {token.json()['access_token']}"}
    )
    assert used.status_code == 200, used.text
    assert (await redeem(house, answer["code"])).json()["error"] == "invalid_grant"


async def test_consent_is_remembered_for_what_was_agreed_and_ends_when_withdrawn(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get(address(scope="persons:read"))
    await browser.send("/oauth2/authorize", decision="allow")
    first = query_of(browser.page.headers["location"])["code"]
    await browser.get(address(scope="persons:read"))
    assert "code=" in browser.page.headers["location"]
    assert (await browser.get(address(scope="persons:read steering:read"))).status_code == 200, "more is asked for"
    assert (await browser.get(address(scope="persons:read", prompt="consent"))).status_code == 200
    refused = await browser.get(address(scope="persons:read steering:read", prompt="none"))
    assert query_of(refused.headers["location"])["error"] == "consent_required"
    kept = hour.at
    token = (await redeem(house, first)).json()
    house.gateway.control.dependency_overrides[clock.read_now] = hour.read
    assert hour.at == kept
    await browser.get("/account")
    await browser.send("/account/consents/ministry/withdraw")
    assert browser.path == "/account?done=consent"
    assert (await browser.get(address(scope="persons:read"))).status_code == 200, "asked again"
    house.gateway.control.dependency_overrides.pop(clock.read_now)
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    auth = ("ministry", house.secrets["ministry"])
    gone = await house.client.post("/oauth2/token", data=form, auth=auth)
    assert gone.json()["error"] == "invalid_grant"


async def test_saying_no_is_told_to_the_client(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get(address())
    await browser.send("/oauth2/authorize", decision="deny")
    answer = query_of(browser.page.headers["location"])
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "x&y=ü", ISSUER)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": None},
        {"redirect_uri": "https://app.example/callback"},
        {"redirect_uri": f"{CALLBACK}#fragment"},
        {"redirect_uri": "https://app.example@evil.example/"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    browser: Browser, changes: dict[str, str | None]
) -> None:
    page = await browser.get(address(**changes))
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "evil" not in page.headers["content-security-policy"]
    assert not re.search(r'(href|action|src)="[^"?]*evil', page.text)
    assert "Request refused" in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "facts:read"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "what"}, "invalid_request"),
        ({"request": "e30"}, "request_not_supported"),
    ],
)
async def test_what_is_wrong_otherwise_is_told_to_the_client(
    browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    await browser.get(address(**changes))
    answer = query_of(browser.page.headers["location"])
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "x&y=ü", ISSUER)
    assert browser.page.headers["location"].startswith(CALLBACK)


async def test_a_parameter_that_comes_twice_is_refused(browser: Browser) -> None:
    page = await browser.get(address() + "&redirect_uri=https://evil.example")
    assert page.status_code == 400


async def test_an_account_grants_only_what_it_has_and_only_to_its_own_organisation(
    house: House, browser: Browser, amina: Person, hour: Clock
) -> None:
    leila = await enrolled(house.gateway, hour, "leila", organisation="hospital")
    await browser.sign_in(leila, hour.at)
    refused = await browser.get(address())
    assert query_of(refused.headers["location"])["error"] == "access_denied"
    other = Browser.opened(house.gateway)
    hour.forward(minutes=1)
    await other.sign_in(amina, hour.at)
    refused = await other.get(address(scope="imports:write"))
    assert query_of(refused.headers["location"])["error"] == "invalid_scope"


async def test_prompt_login_and_max_age_ask_her_once_more_and_then_go_on(
    browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    for changes in ({"prompt": "login"}, {"max_age": "0"}, {"max_age": "30"}):
        hour.forward(minutes=1)
        await browser.get(address(**changes))
        assert browser.path.endswith("&again=1"), changes
        page = await browser.follow()
        assert page.status_code == 200
        assert "sensitive" in page.text
        await browser.send("/sign-in?", username="amina", password="grenat tortue wagon horizon")
        await browser.follow()
        await browser.send("/sign-in/second-factor", code=amina.code(hour.at))
        assert (await browser.follow()).status_code == 200, "the consent page, not the sign-in page again"
    await browser.get(address(prompt="none", max_age="1"))
    hour.forward(seconds=2)
    refused = await browser.get(address(prompt="none", max_age="1"))
    assert query_of(refused.headers["location"])["error"] == "login_required"
    assert (await browser.get(address(max_age="3600"))).status_code == 200
    assert (await browser.get(address(max_age="soon"))).status_code == 200


async def test_an_app_on_a_phone_is_gone_back_to(browser: Browser, amina: Person, hour: Clock) -> None:
    await browser.sign_in(amina, hour.at)
    page = await browser.get(address(redirect_uri="org.example.app:/callback"))
    assert "form-action 'self' org.example.app:;" in page.headers["content-security-policy"] + ";"
    await browser.send("/oauth2/authorize", decision="allow")
    assert browser.page.headers["location"].startswith("org.example.app:/callback?code=")


async def test_a_decision_after_the_session_has_ended_asks_for_signing_in(
    browser: Browser, amina: Person, hour: Clock
) -> None:
    await browser.sign_in(amina, hour.at)
    await browser.get(address())
    hour.forward(minutes=20)
    assert (await browser.send("/oauth2/authorize", decision="allow")).status_code == 403
    await browser.give_password("amina", onward=address())
    await browser.get(address())
    assert browser.path.startswith("/sign-in?next=")
