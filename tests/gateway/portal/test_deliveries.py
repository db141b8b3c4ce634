"""Subscriptions and deliveries at the portal, and sending one again."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.gateway.events.domain.records import Change
from services.gateway.events.operations.record_events import record_events
from services.gateway.events.store import deliveries
from tests.gateway.accounts.visitor import Browser, Clock
from tests.gateway.conftest import House
from tests.gateway.events.desk import Desk
from tests.gateway.portal.conftest import signed_in

PAGE = "/portal/deliveries"
ASKED = {"url": "http://127.0.0.1:9/in", "types": ["person.*"], "purpose": "REGISTRATION"}


async def subscribed(house: House, **changes: object) -> str:
    """Subscribe as the integrators' program does; return the id."""
    answer = await house.client.post("/v1/subscriptions", json={**ASKED, **changes}, headers=await house.headers())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def told(house: House, many: int) -> None:
    """Have events taken up, and tried once: nobody listens."""
    tools, at = house.gateway.state.events, datetime.now(UTC)
    changes = [
        Change(
            "registry", number, "person.updated", UUID(int=number), 1, at, "mdm", {"person_id": str(UUID(int=number))}
        )
        for number in range(1, many + 1)
    ]
    async with house.gateway.state.database.sessions.begin() as session:
        await record_events(session, changes, catalogue=tools.catalogue, given_to=tools.given_to, at=at)
    desk = Desk(house.gateway.state.database, key=bytes.fromhex("33" * 32))
    desk.at = datetime.now(UTC)
    await desk.deliver_due()


async def test_deliveries_are_listed_filtered_paged_and_sent_again(browser: Browser, house: House) -> None:
    assert "No subscription" in (await browser.get(PAGE)).text
    first, second = await subscribed(house), await subscribed(house, url="http://127.0.0.1:9/other")
    await told(house, 30)
    page = (await browser.get(PAGE)).text
    assert page.count("<tr>") == 1 + 25
    assert "127.0.0.1:9/in" in page
    assert "failing since" in page
    older = re.search(r'href="(\?subscription=[^"]*cursor=[^"]*)"', page)
    assert older is not None
    assert (await browser.get(PAGE + older[1].replace("&amp;", "&"))).text.count("<tr>") == 1 + 5
    assert "/retry" not in page  # all are still being tried

    async with house.gateway.state.database.sessions.begin() as session:
        await deliveries.give_up_waiting(session, UUID(first), at=datetime.now(UTC) + timedelta(seconds=1))
    page = (await browser.get(PAGE, params={"subscription": first, "state": "dead"})).text
    assert page.count("/retry") == 25
    assert "No deliveries" in (await browser.get(PAGE, params={"subscription": first, "state": "delivered"})).text
    await browser.get(PAGE, params={"subscription": first, "state": "dead"})
    answer = await browser.send(f"{PAGE}/{first}/")
    assert answer.status_code == 303
    page = (await browser.follow()).text
    assert "being sent again" in page
    assert page.count("/retry") == 24
    assert "127.0.0.1:9/other" in (await browser.get(PAGE, params={"subscription": second})).text


async def test_a_delivery_that_is_not_there_or_under_way_is_refused_on_the_page(browser: Browser, house: House) -> None:
    subscription = await subscribed(house)
    await told(house, 1)
    page = (await browser.get("/portal/try")).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    async with house.gateway.state.database.sessions.begin() as session:
        (waiting,) = await deliveries.page(session, UUID(subscription), state=None, before=None, limit=5)
    for one in (waiting.id, UUID(int=7)):
        answer = await browser.client.post(f"{PAGE}/{subscription}/{one}/retry", data={"csrf": csrf[1]})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "person.updated" in answer.text


async def test_another_organisations_subscription_is_not_there(house: House, hour: Clock) -> None:
    subscription = await subscribed(house)
    other = await signed_in(house, hour, "youssef", organisation="mdm", display_name="Youssef")
    page = (await other.get(PAGE, params={"subscription": subscription})).text
    assert "127.0.0.1" not in page
    await other.client.aclose()
