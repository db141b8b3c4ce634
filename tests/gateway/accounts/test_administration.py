"""Administering accounts: invitations, changes, resets, and what takes a second person."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kit import clock
from tests.gateway.accounts.visitor import PASSWORD, Browser, Clock, Person, enrolled, query_of
from tests.gateway.conftest import House

NEWCOMER = {"username": "leila", "display_name": "Leïla <b>Benali</b>", "language": "ar", "scopes": ["coverage:verify"]}


@pytest.fixture
async def partner(house: House) -> str:
    """The id of the organisation `hospital`."""
    page = await ask(house, "GET", "/v1/partners")
    return next(str(item["id"]) for item in page.json()["items"] if item["code"] == "hospital")


async def ask(house: House, method: str, path: str, by: str = "ministry", **options: Any) -> httpx.Response:
    """Call the API, by the true clock: its tokens are short-lived, and given out sparingly."""
    overrides = house.gateway.control.dependency_overrides
    kept = overrides.pop(clock.read_now, None)
    bearer = vars(house.gateway).setdefault("bearers", {})
    if by not in bearer:
        bearer[by] = await house.headers(by, purpose=None)
    answer = await house.client.request(method, path, headers=bearer[by] | options.pop("headers", {}), **options)
    if kept is not None:
        overrides[clock.read_now] = kept
    return answer


async def test_an_invited_person_sets_her_password_and_her_second_factor(
    house: House, partner: str, hour: Clock
) -> None:
    made = await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER)
    assert made.status_code == 201, made.text
    body = made.json()
    assert made.headers["location"] == f"/v1/partners/{partner}/accounts/{body['id']}"
    assert made.headers["cache-control"] == "no-store"
    assert (body["active"], body["password"], body["second_factor"], body["approval_id"]) == (True, False, False, None)
    browser = Browser.opened(house.gateway)
    page = await browser.get(body["invitation_url"])
    assert "Leïla &lt;b&gt;Benali&lt;/b&gt;" in page.text
    page = await browser.send("/invitation", password=PASSWORD, again=PASSWORD)
    assert browser.path == "/enrolment?next=%2Faccount"
    read = await ask(house, "GET", made.headers["location"])
    assert read.json()["password"]
    assert "invitation_url" not in read.json()
    listed = await ask(house, "GET", f"/v1/partners/{partner}/accounts?limit=1")
    assert [item["username"] for item in listed.json()["items"]] == ["leila"]
    again = await Browser.opened(house.gateway).get(body["invitation_url"])
    assert again.status_code == 404
    del hour


async def test_an_invitation_ends_after_72_hours_and_with_the_next_one(house: House, partner: str, hour: Clock) -> None:
    made = (await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER)).json()
    browser = Browser.opened(house.gateway)
    assert (await browser.get(made["invitation_url"])).status_code == 200
    hour.forward(hours=72, minutes=1)
    assert (await browser.get(made["invitation_url"])).status_code == 404
    hour.forward(hours=-72, minutes=-1)
    assert (await browser.get(made["invitation_url"])).status_code == 200
    reset = await ask(house, "POST", f"/v1/partners/{partner}/accounts/{made['id']}/reset")
    assert reset.status_code == 200, reset.text
    assert (await browser.get(reset.json()["invitation_url"])).status_code == 200
    assert (await browser.get(made["invitation_url"])).status_code == 404


async def test_a_repeated_invitation_does_not_show_its_link_twice(house: House, partner: str) -> None:
    key = {"idempotency-key": "one"}
    first = await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER, headers=key)
    second = await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json()["invitation_url"]
    assert second.json() == first.json() | {"invitation_url": None}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"username": "Leila"}, 422, "invalid-input"),
        ({"username": "le"}, 422, "invalid-input"),
        ({"display_name": "Leila\u202e"}, 422, "invalid-input"),
        ({"language": "de"}, 422, "invalid-input"),
        ({"scopes": ["facts:read"]}, 422, "scope-unknown"),
        ({"scopes": ["everything"]}, 422, "scope-unknown"),
        ({"organisation": "ministry"}, 422, "invalid-input"),
        ({"id": str(uuid4())}, 422, "invalid-input"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    house: House, partner: str, change: dict[str, Any], status: int, code: str
) -> None:
    refused = await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER | change)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_username_is_taken_once_among_all(house: House, partner: str, amina: Person) -> None:
    refused = await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=NEWCOMER | {"username": "amina"})
    assert (refused.status_code, refused.json()["code"]) == (409, "username-taken")
    del amina


async def test_stopping_an_account_ends_its_sessions_at_once(
    house: House, amina: Person, hour: Clock, browser: Browser
) -> None:
    await browser.sign_in(amina, hour.at)
    place = await place_of(house, amina)
    changed = await ask(house, "PATCH", place, json={"active": False}, headers={"if-match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["active"], changed.headers["etag"]) == (False, '"v2"')
    await browser.get("/account")
    assert browser.path.startswith("/sign-in")
    assert (await browser.give_password("amina")).status_code == 422
    stale = await ask(house, "PATCH", place, json={"active": True}, headers={"if-match": '"v1"'})
    assert stale.status_code == 412
    blind = await ask(house, "PATCH", place, json={"active": True})
    assert blind.status_code == 428
    back = await ask(house, "PATCH", place, json={"active": True}, headers={"if-match": '"v2"'})
    assert back.json()["active"]
    hour.forward(minutes=1)
    await browser.sign_in(amina, hour.at)
    assert browser.path == "/account"


async def test_a_reset_takes_everything_away_that_she_signed_in_with(
    house: House, amina: Person, hour: Clock, browser: Browser
) -> None:
    await browser.sign_in(amina, hour.at)
    place = await place_of(house, amina)
    body = (await ask(house, "POST", f"{place}/reset")).json()
    assert (body["password"], body["second_factor"], body["version"]) == (False, False, 2)
    await browser.get("/account")
    assert browser.path.startswith("/sign-in")
    assert (await browser.give_password("amina")).status_code == 422
    token = query_of(body["invitation_url"])["token"]
    await browser.get("/invitation", params={"token": token})
    await browser.send("/invitation", password=PASSWORD, again=PASSWORD)
    assert browser.path.startswith("/enrolment")


async def test_grave_scopes_wait_for_a_second_person(house: House, partner: str, hour: Clock) -> None:
    asked = NEWCOMER | {"scopes": ["coverage:verify", "care:read", "partners:admin"]}
    made = (await ask(house, "POST", f"/v1/partners/{partner}/accounts", json=asked)).json()
    assert made["scopes"] == ["coverage:verify"]
    approval = f"/v1/approvals/{made['approval_id']}"
    read = await ask(house, "GET", approval)
    assert (read.json()["kind"], read.json()["target"]) == ("account", made["id"])
    assert (await ask(house, "POST", f"{approval}/approve")).json()["code"] == "second-person-required"
    assert (await ask(house, "POST", f"{approval}/approve", by="integrator")).status_code == 200
    place = f"/v1/partners/{partner}/accounts/{made['id']}"
    granted = await ask(house, "GET", place)
    assert set(granted.json()["scopes"]) == {"coverage:verify", "care:read", "partners:admin"}
    reset = (await ask(house, "POST", f"{place}/reset")).json()
    assert reset["scopes"] == ["coverage:verify"]
    assert reset["approval_id"]
    wider = await ask(
        house, "PATCH", place, json={"scopes": ["care:write"]}, headers={"if-match": f'"v{reset["version"]}"'}
    )
    assert wider.json()["code"] == "already-proposed"
    del hour


async def test_a_change_that_gains_a_grave_scope_is_proposed_whole(house: House, amina: Person) -> None:
    place = await place_of(house, amina)
    change = {"scopes": ["coverage:rules"], "language": "ar"}
    proposed = await ask(house, "PATCH", place, json=change, headers={"if-match": '"v1"'})
    assert proposed.status_code == 202
    assert proposed.json()["language"] == "en"
    approval = proposed.headers["location"]
    meanwhile = await ask(house, "PATCH", place, json={"display_name": "Amina"}, headers={"if-match": '"v1"'})
    assert meanwhile.json()["display_name"] == "Amina"
    stale = await ask(house, "POST", f"{approval}/approve", by="integrator")
    assert stale.json()["code"] == "proposal-stale"


async def test_accounts_are_for_whoever_administers_partners_alone(
    house: House, partner: str, amina: Person, hour: Clock
) -> None:
    place = await place_of(house, amina)
    for method, path in (
        ("GET", f"/v1/partners/{partner}/accounts"),
        ("POST", f"/v1/partners/{partner}/accounts"),
        ("GET", place),
        ("PATCH", place),
        ("POST", f"{place}/reset"),
    ):
        assert (await ask(house, method, path, by="hospital", json=NEWCOMER)).status_code == 403, (method, path)
        assert (await house.client.request(method, path)).status_code == 401
    elsewhere = place.replace(place.split("/")[3], partner)
    for method, body in (("GET", None), ("PATCH", {}), ("POST", None)):
        path = f"{elsewhere}/reset" if method == "POST" else elsewhere
        answer = await ask(house, method, path, json=body, headers={"if-match": '"v1"'})
        assert answer.status_code == 404, method
    unknown = await ask(house, "GET", f"/v1/partners/{partner}/accounts/{uuid4()}")
    assert unknown.status_code == 404
    del hour


async def test_the_api_takes_no_cookie(house: House, hour: Clock, browser: Browser) -> None:
    person = await enrolled(house.gateway, hour, "youssef")
    await browser.sign_in(person, hour.at)
    assert browser.cookie
    for path in ("/v1/partners", "/v1/persons/00000000-0000-0000-0000-000000000000", "/v1/partners/me"):
        assert (await browser.get(path)).status_code == 401
    assert house.registry.asked == []


async def place_of(house: House, person: Person) -> str:
    page = await ask(house, "GET", "/v1/partners")
    found = next(item["id"] for item in page.json()["items"] if item["code"] == person.account.organisation)
    return f"/v1/partners/{found}/accounts/{person.account.id}"
