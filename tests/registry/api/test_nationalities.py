"""A person's nationalities over time."""

import httpx

from tests.registry.people import MONONYM, codes, path_of, register

IF_1 = {"if-match": '"v1"'}


async def path_with(client: httpx.AsyncClient, *nationalities: str) -> str:
    return await path_of(client, {**MONONYM, "nationalities": list(nationalities)})


async def test_a_nationality_that_is_easily_taken_for_another_is_kept_and_marked(client: httpx.AsyncClient) -> None:
    person = await register(client, MONONYM, nationalities=["SEN", "NER"])
    assert [(one["pointer"], one["code"]) for one in person["meta"]["warnings"]] == [
        ("/nationalities/1", "nationality-confusable")
    ]
    listed = (await client.get(f"/v1/persons/{person['id']}/nationalities")).json()["items"]
    assert [(one["code"], one["confirmed"]) for one in listed] == [("SEN", True), ("NER", False)]
    sure = await register(client, MONONYM, nationalities=["NER"], nationalities_confirmed=True)
    assert sure["meta"]["warnings"] == []


async def test_a_nationality_is_confirmed_afterwards(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "COD")
    (row,) = (await client.get(f"{path}/nationalities")).json()["items"]
    assert not row["confirmed"]
    made = await client.patch(f"{path}/nationalities/{row['id']}", json={"confirmed": True}, headers=IF_1)
    assert made.status_code == 200, made.text
    assert (made.json()["id"], made.json()["confirmed"]) == (row["id"], True)
    assert made.json()["meta"]["warnings"] == []
    other = await path_with(client, "GIN")
    patched = await client.patch(other, json={"nationalities_confirmed": True}, headers=IF_1)
    assert patched.headers["etag"] == '"v2"'
    assert (await client.get(f"{other}/nationalities")).json()["items"][0]["confirmed"]


async def test_a_patch_does_not_ask_again_about_what_she_has(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "MLI")
    made = await client.patch(path, json={"birth_place": "Kayes"}, headers=IF_1)
    assert made.json()["meta"]["warnings"] == []
    more = await client.patch(path, json={"nationalities": ["MLI", "DMA"]}, headers={"if-match": '"v2"'})
    assert [one["pointer"] for one in more.json()["meta"]["warnings"]] == ["/nationalities/1"]


async def test_nationalities_are_read_as_of_a_day(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "SEN")
    made = await client.post(
        f"{path}/nationalities", json={"code": "France", "valid_from": "2010-01-01", "valid_to": "2019-12-31"}
    )
    assert made.status_code == 201, made.text
    assert (made.json()["code"], made.json()["valid_to"]) == ("FRA", "2019-12-31")
    assert (await client.get(made.headers["location"])).json()["code"] == "FRA"
    assert (await client.get(path)).json()["nationalities"] == ["SEN"]
    then = (await client.get(path, params={"as_of": "2015-06-01"})).json()
    assert then["nationalities"] == ["SEN", "FRA"]
    listed = (await client.get(f"{path}/nationalities", params={"as_of": "2015-06-01"})).json()["items"]
    assert [one["code"] for one in listed] == ["SEN", "FRA"]
    only = (await client.get(f"{path}/nationalities", params={"as_of": "2009-06-01"})).json()["items"]
    assert [one["code"] for one in only] == ["SEN"]


async def test_a_patch_of_the_person_speaks_of_today_and_leaves_the_past(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "SEN")
    await client.post(f"{path}/nationalities", json={"code": "FRA", "valid_to": "2019-12-31"})
    made = await client.patch(path, json={"nationalities": ["CIV"]}, headers={"if-match": '"v2"'})
    assert made.json()["nationalities"] == ["CIV"]
    listed = (await client.get(f"{path}/nationalities")).json()["items"]
    assert {one["code"] for one in listed} == {"FRA", "CIV"}


async def test_one_nationality_holds_once_on_a_day(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "SEN")
    again = await client.post(f"{path}/nationalities", json={"code": "SEN", "valid_from": "2020-01-01"})
    assert (again.status_code, again.json()["code"]) == (409, "period-overlap")
    reversed_ = await client.post(
        f"{path}/nationalities", json={"code": "ZZZ", "valid_from": "2020-01-01", "valid_to": "2019-01-01"}
    )
    assert codes(reversed_) == [("/code", "unknown-code"), ("/valid_to", "period-reversed")]
    adjective = await client.post(f"{path}/nationalities", json={"code": "nigérien"})
    assert adjective.status_code == 422


async def test_a_nationality_ends_and_what_was_known_stays(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "SEN")
    before = (await client.get(path)).json()["recorded_at"]
    (row,) = (await client.get(f"{path}/nationalities")).json()["items"]
    place = f"{path}/nationalities/{row['id']}"
    ended = await client.patch(place, json={"valid_to": "2020-12-31"}, headers=IF_1)
    assert ended.json()["valid_to"] == "2020-12-31"
    assert (await client.get(path)).json()["nationalities"] == []
    then = (await client.get(f"{path}/nationalities", params={"known_at": before})).json()["items"]
    assert then == [row]
    same = await client.patch(place, json={"valid_to": "2020-12-31"}, headers={"if-match": '"v2"'})
    assert same.headers["etag"] == '"v2"'
    stale = await client.patch(place, json={"valid_to": None}, headers=IF_1)
    assert stale.status_code == 412


async def test_a_nationality_entered_in_error_is_taken_back(client: httpx.AsyncClient) -> None:
    path = await path_with(client, "SEN", "CIV")
    row = (await client.get(f"{path}/nationalities")).json()["items"][0]
    place = f"{path}/nationalities/{row['id']}"
    gone = await client.post(f"{place}/retraction", json={"reason": "Another person's"})
    assert gone.status_code == 200, gone.text
    assert (await client.get(place)).status_code == 404
    assert (await client.get(path)).json()["nationalities"] == ["CIV"]


async def test_the_pairs_are_a_list_with_their_sources(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/reference/confusable-nationalities")).json()["items"]
    found = {row["code"]: row["candidates"] for row in items}
    assert found["GIN"] == ["GNB", "GNQ"]
    assert (found["NGA"], found["NER"]) == (["NER"], ["NGA"])
    assert all(row["certainty"] and row["source"] for row in items)
