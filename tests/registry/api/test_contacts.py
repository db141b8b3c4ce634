"""How a person can be reached: list, add, amend, remove."""

import httpx
import pytest

from tests.registry.people import AWA, MONONYM, codes, path_of, register

MAIL = {"kind": "email", "value": "Awa@example.org"}


async def test_a_contact_is_listed_with_an_id_that_says_nothing_of_it(client: httpx.AsyncClient) -> None:
    person = await register(client)
    listed = (await client.get(f"/v1/persons/{person['id']}/contacts")).json()
    assert listed["items"] == person["contacts"]
    again = await register(client, {**MONONYM, "contacts": AWA["contacts"]})
    assert again["contacts"][0]["id"] != person["contacts"][0]["id"]


async def test_a_contact_is_added_with_its_rules_of_safety(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    rules = {"safe_to_text": True, "safe_hours": "lun-ven 14h-17h30; sam 9-12", "language": "wo", "code_word": "mangue"}
    made = await client.post(f"{path}/contacts", json={"kind": "phone", "value": "0612345678", **rules})
    assert made.status_code == 201, made.text
    contact = made.json()
    assert contact["safe_hours"] == "Mo-Fr 14:00-17:30, Sa 09:00-12:00"
    assert (contact["normalised"], contact["language"], contact["code_word"]) == ("+212612345678", "wo", "mangue")
    assert contact["safe_to_call"] is None
    shown = (await client.get(path)).json()["contacts"]
    assert [one["value"] for one in shown] == ["0651303462", "0612345678"]
    assert made.headers["etag"] == '"v2"'


async def test_hours_that_nobody_could_keep_to_are_refused(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    refused = await client.post(f"{path}/contacts", json={**MAIL, "safe_hours": "when he is out"})
    assert (refused.status_code, codes(refused)) == (422, [("/safe_hours", "safe-hours-format")])
    language = await client.post(f"{path}/contacts", json={**MAIL, "language": "xx"})
    assert codes(language) == [("/language", "unknown-code")]


async def test_what_reaches_the_same_is_not_stored_twice(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    again = await client.post(f"{path}/contacts", json={"kind": "phone", "value": "+212 651 30 34 62"})
    assert (again.status_code, again.json()["code"]) == (409, "contact-repeated")
    mail = (await client.post(f"{path}/contacts", json=MAIL)).json()
    phone = (await client.get(f"{path}/contacts")).json()["items"][0]
    other = await client.patch(
        f"{path}/contacts/{phone['id']}", json={"value": "0699999999"}, headers={"if-match": '"v2"'}
    )
    assert other.status_code == 200
    clash = await client.patch(
        f"{path}/contacts/{mail['id']}", json={"value": "AWA@example.org"}, headers={"if-match": '"v3"'}
    )
    assert clash.status_code == 200, clash.text
    assert (clash.json()["id"], clash.json()["value"]) == (mail["id"], "AWA@example.org")


async def test_a_contact_is_amended_and_what_was_known_stays_readable(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    before = (await client.get(path)).json()
    contact = before["contacts"][0]
    place = f"{path}/contacts/{contact['id']}"
    assert (await client.patch(place, json={"safe_to_call": True})).status_code == 428
    made = await client.patch(place, json={"safe_to_call": True, "safe_hours": "10-12"}, headers={"if-match": '"v1"'})
    assert made.status_code == 200, made.text
    assert made.json()["id"] == contact["id"]
    assert (made.json()["safe_to_call"], made.json()["safe_hours"]) == (True, "10:00-12:00")
    stale = await client.patch(place, json={"safe_to_call": False}, headers={"if-match": '"v1"'})
    assert stale.status_code == 412
    same = await client.patch(place, json={"safe_to_call": True}, headers={"if-match": '"v2"'})
    assert same.headers["etag"] == '"v2"'
    then = (await client.get(f"{path}/contacts", params={"known_at": before["recorded_at"]})).json()
    assert then["items"] == [contact]
    cleared = await client.patch(place, json={"safe_hours": None}, headers={"if-match": '"v2"'})
    assert cleared.json()["safe_hours"] is None


async def test_a_contact_is_removed(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    contact = (await client.get(path)).json()["contacts"][0]
    place = f"{path}/contacts/{contact['id']}"
    assert (await client.delete(place)).status_code == 428
    gone = await client.delete(place, headers={"if-match": '"v1"'})
    assert (gone.status_code, gone.content, gone.headers["etag"]) == (204, b"", '"v2"')
    assert (await client.get(f"{path}/contacts")).json()["items"] == []
    for answer in (
        await client.delete(place, headers={"if-match": '"v2"'}),
        await client.patch(place, json={"value": "1"}, headers={"if-match": '"v2"'}),
    ):
        assert answer.status_code == 404
    assert (await client.delete(place, headers={"if-match": '"v1"'})).status_code in {404, 412}


async def test_a_contact_keeps_its_id_when_the_list_is_replaced(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    before = (await client.get(path)).json()["contacts"][0]
    contacts = [MAIL, {"kind": "phone", "value": "+212651303462", "safe_to_text": True}]
    made = await client.patch(path, json={"contacts": contacts}, headers={"if-match": '"v1"'})
    ids = [one["id"] for one in made.json()["contacts"]]
    assert ids[1] == before["id"]
    assert ids[0] not in {None, before["id"]}


@pytest.mark.parametrize("known_at", ["2000-01-01T00:00:00Z"])
async def test_nobody_could_be_reached_before_she_was_known(client: httpx.AsyncClient, known_at: str) -> None:
    path = await path_of(client)
    answer = await client.get(f"{path}/contacts", params={"known_at": known_at})
    assert answer.status_code == 404
