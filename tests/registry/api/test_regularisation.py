"""Regularisation files over HTTP: from deposit to card, refused and appealed, late, lost, withdrawn."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.registry.people import MONONYM, codes, register
from tests.support.callers import bearer

FILES = "/v1/regularisation-files"
NOBODY = "01900000-0000-7000-8000-0000000000ff"
BARE: dict[str, Any] = {
    "names": [{"family": "Sow", "given": "Mariama"}],
    "sex": "M",
    "birth": {"year": 1985, "month": 3, "day": 9},
    "nationalities": ["SEN"],
}
FILING = {"campaign": "R2017", "category": "CONJOINT_MAROCAIN", "bureau": "MA-RAB", "filed_on": "2017-03-15"}


async def filed(client: httpx.AsyncClient, person: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Register a person and open a file."""
    person_id = (await register(client, BARE if person is None else person))["id"]
    answer = await client.post(FILES, json={"person_id": person_id, **FILING, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def step(client: httpx.AsyncClient, file: dict[str, Any], to: str, on: str, *reasons: str, **more: Any) -> Any:
    """Take a step that must succeed."""
    answer = await client.post(
        f"{FILES}/{file['id']}/transitions", json={"to": to, "on": on, "reasons": list(reasons), **more}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def to_card(client: httpx.AsyncClient, file: dict[str, Any], **card: Any) -> Any:
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_FAVORABLE", "2017-05-02", "CRITERIA_MET")
    await step(client, file, "CARTE_EN_FABRICATION", "2017-05-10")
    return await step(client, file, "CARTE_DELIVREE", "2017-06-20", card={"number": "R123456A", **card})


async def test_a_file_goes_from_deposit_to_card(client: httpx.AsyncClient) -> None:
    file = await filed(client, {**BARE, "legal_status": {"code": "IRREGULAR", "valid_from": "2012-01-01"}})
    assert (file["state"], file["stage"], file["version"]) == ("DEPOSE", "LOCAL", 1)
    assert [one["to"] for one in file["possible"]] == ["EN_EXAMEN_COMMISSION", "CLOS"]
    [opinion] = [one for one in file["deadlines"] if one["code"] == "COMMISSION_OPINION"]
    assert (opinion["due_on"], opinion["overdue"], opinion["rule"]["certainty"]) == ("2017-05-15", True, "verified")
    done = await to_card(client, file)
    assert (done["state"], done["version"], len(done["steps"])) == ("CARTE_DELIVREE", 5, 5)
    assert done["deadlines"][0]["met_on"] == "2017-05-02"
    assert not done["deadlines"][0]["late"]
    person = (await client.get(f"/v1/persons/{file['person_id']}")).json()
    [permit] = person["permits"]
    assert (permit["id"], permit["type"]) == (done["steps"][-1]["permit_id"], "REG1")
    assert (permit["number"], permit["valid_from"], permit["valid_to"]) == ("R123456A", "2017-06-20", "2018-06-19")
    statuses = [(one["code"], one["valid_from"], one["valid_to"]) for one in person["legal_statuses"]]
    assert statuses == [("IRREGULAR", "2012-01-01", "2017-06-19"), ("REGULARISED_2017", "2017-06-20", None)]
    feed = (await client.get("/v1/changes")).json()["items"]
    assert feed[-1]["version"] == person["version"]


async def test_a_renewal_brings_the_card_of_its_day_and_no_second_status(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    await to_card(client, file)
    await step(client, file, "RENOUVELLEMENT", "2018-05-01")
    found = (await client.get(f"{FILES}/{file['id']}/findings")).json()
    assert (found["stage"], found["proposal"], found["criteria"][0]["code"]) == ("RENEWAL", "UNKNOWN", "punishable_act")
    done = await step(client, file, "CARTE_DELIVREE", "2018-06-20", card={"number": "R123456A"})
    person = (await client.get(f"/v1/persons/{file['person_id']}")).json()
    [renewed] = [one for one in person["permits"] if one["type"] == "REG3"]
    assert (renewed["valid_from"], renewed["valid_to"]) == ("2018-06-20", "2021-06-19")
    assert [one["code"] for one in person["legal_statuses"]] == ["REGULARISED_2017"]
    await step(client, file, "RENOUVELLEMENT", "2021-05-01")
    again = await step(client, file, "CARTE_DELIVREE", "2021-06-20", card={"permit_id": renewed["id"]})
    assert again["steps"][-1]["permit_id"] == done["steps"][-1]["permit_id"] == renewed["id"]
    await step(client, file, "RENOUVELLEMENT", "2024-05-01")
    path = f"{FILES}/{file['id']}/transitions"
    foreign = await client.post(path, json={"to": "CARTE_DELIVREE", "on": "2024-06-20", "card": {"permit_id": NOBODY}})
    assert (foreign.status_code, codes(foreign)) == (422, [("/card/permit_id", "card_refused")])


async def test_a_refusal_needs_words_and_tells_the_appeal(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    path = f"{FILES}/{file['id']}/transitions"
    refusal = {"to": "AVIS_DEFAVORABLE", "on": "2017-05-02"}
    for reasons in ([], ["CRITERIA_NOT_MET"]):
        bare = await client.post(path, json={**refusal, "reasons": reasons})
        assert (bare.status_code, bare.json()["code"]) == (422, "regularisation-reasons-needed"), reasons
    unknown = await client.post(path, json={**refusal, "reasons": ["NO_SUCH_CODE"]})
    assert (unknown.status_code, codes(unknown)) == (422, [("/reasons/0", "unknown_code")])
    refused = await step(
        client, file, "AVIS_DEFAVORABLE", "2017-05-02", "CRITERIA_NOT_MET", "La vie commune n'est pas prouvée."
    )
    assert (refused["appeal"]["body"], refused["appeal"]["until"]) == ("CNSR", None)
    assert refused["appeal"]["deadline"]["certainty"] == "memory"
    told = await client.patch(f"{FILES}/{file['id']}", json={"notified_on": "2017-05-20"}, headers={"if-match": '"v3"'})
    assert (told.status_code, told.json()["appeal"]["until"]) == (200, "2017-07-19"), told.text
    back = await client.patch(f"{FILES}/{file['id']}", json={"notified_on": None}, headers={"if-match": '"v4"'})
    assert (back.status_code, back.json()["appeal"]["until"]) == (200, None)
    again = {"notified_on": "2017-05-20"}
    await client.patch(f"{FILES}/{file['id']}", json=again, headers={"if-match": '"v5"'})
    appealed = await step(client, file, "RECOURS_DEPOSE", "2017-08-01")
    assert [one["code"] for one in appealed["meta"]["warnings"]] == ["after-deadline"]
    assert appealed["stage"] == "APPEAL"


async def test_the_appeal_is_judged_by_the_relaxed_criteria_of_its_day(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    evidence = {"fact": "common_life_since", "value": "2016-09"}
    assert (await client.post(f"{FILES}/{file['id']}/evidence", json=evidence)).status_code == 201
    local = (await client.get(f"{FILES}/{file['id']}/findings")).json()
    [finding] = local["criteria"]
    assert (finding["result"], finding["reason"], finding["needed"]) == ("FAIL", "R_DUREE_INSUFFISANTE", {"ge": 2})
    assert (finding["rule"]["source"], finding["rule"]["certainty"]) == ("S9b,S12", "verified")
    assert (finding["fact"], finding["fact_value"], finding["fact_source"]) == (
        "common_life_since", "2016-09", "declared",
    )  # fmt: skip
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_DEFAVORABLE", "2017-05-02", "Moins de deux ans.", notified_on="2017-05-03")
    await step(client, file, "RECOURS_DEPOSE", "2017-06-01")
    before = {"stage": "APPEAL", "on": "2018-03-26"}
    strict = (await client.get(f"{FILES}/{file['id']}/findings", params=before)).json()
    assert [one["ground"] for one in strict["criteria"]] == ["CONJOINT_MAROCAIN"]
    assert strict["proposal"] == "FAIL"
    await step(client, file, "RECOURS_EN_EXAMEN", "2018-04-15")
    relaxed = (await client.get(f"{FILES}/{file['id']}/findings")).json()
    grounds = {one["ground"]: one["result"] for one in relaxed["criteria"]}
    assert relaxed["on"] == "2018-04-15"
    assert grounds["CONJOINT_MAROCAIN"] == "PASS"
    assert grounds["FEMME_ET_ENFANTS"] == grounds["MNA"] == "FAIL"
    assert grounds["NIVEAU_COLLEGE"] == "UNKNOWN"
    assert {one["fact"] for one in relaxed["missing"]} == {"school_level", "professional_activity"}
    done = await step(client, file, "RECOURS_ACCEPTE", "2018-04-20", "CRITERIA_MET")
    kept = done["steps"][-1]
    assert (kept["proposal"], len(kept["findings"])) == ("PASS", 6)


async def test_a_step_that_does_not_leave_from_here_says_which_do(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    path = f"{FILES}/{file['id']}/transitions"
    skipped = await client.post(path, json={"to": "CARTE_DELIVREE", "on": "2017-04-01"})
    assert (skipped.status_code, skipped.json()["code"]) == (409, "regularisation-step-refused")
    assert (skipped.json()["state"], skipped.json()["allowed"]) == ("DEPOSE", ["CLOS", "EN_EXAMEN_COMMISSION"])
    nowhere = await client.post(path, json={"to": "PARTI", "on": "2017-04-01"})
    assert (nowhere.status_code, codes(nowhere)) == (422, [("/to", "unknown_code")])
    early = await client.post(path, json={"to": "EN_EXAMEN_COMMISSION", "on": "2017-03-14"})
    assert codes(early) == [("/on", "date_before_previous_step")]
    ahead = await client.post(path, json={"to": "EN_EXAMEN_COMMISSION", "on": "2027-03-14"})
    assert codes(ahead) == [("/on", "date_in_future")]
    card = await client.post(path, json={"to": "EN_EXAMEN_COMMISSION", "on": "2017-04-14", "card": {"number": "X"}})
    assert codes(card) == [("/card", "card_refused")]
    assert (await client.get(f"{FILES}/{file['id']}")).json()["version"] == 1


@pytest.mark.parametrize("reason", ["LATE", "LOST", "WITHDRAWN"])
async def test_a_file_is_closed_with_its_reason_and_may_then_be_filed_again(
    client: httpx.AsyncClient, reason: str
) -> None:
    late = "2018-02-01" if reason == "LATE" else "2017-03-15"
    file = await filed(client, filed_on=late)
    assert [one["code"] for one in file["meta"]["warnings"]] == (["filed-after-closing"] if reason == "LATE" else [])
    body = {"person_id": file["person_id"], **FILING}
    twice = await client.post(FILES, json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "regularisation-file-open")
    unreasoned = await client.post(f"{FILES}/{file['id']}/transitions", json={"to": "CLOS", "on": "2018-03-01"})
    assert unreasoned.status_code == 422
    closed = await step(client, file, "CLOS", "2018-03-01", reason)
    assert (closed["possible"], closed["steps"][-1]["reasons"]) == ([], [reason])
    assert (await client.post(FILES, json=body)).status_code == 201


async def test_what_is_on_no_list_is_refused_with_what_is(client: httpx.AsyncClient) -> None:
    person_id = (await register(client, MONONYM))["id"]
    for member, value in (
        ("campaign", "R2030"), ("category", "NIVEAU_COLLEGE"), ("category", "RIEN"), ("bureau", "MA-XXX"),
    ):  # fmt: skip
        answer = await client.post(FILES, json={"person_id": person_id, **FILING, member: value})
        assert (answer.status_code, codes(answer)) == (422, [(f"/{member}", "unknown_code")]), answer.text
        assert answer.json()["allowed"]
    early = await client.post(FILES, json={"person_id": person_id, **FILING, "filed_on": "2016-12-14"})
    assert codes(early) == [("/filed_on", "date_before_previous_step")]
    nobody = await client.post(FILES, json={"person_id": NOBODY, **FILING})
    assert nobody.status_code == 404
    odd = await client.post(FILES, json={"person_id": person_id, **FILING, "category": "MNA"})
    assert [one["code"] for one in odd.json()["meta"]["warnings"]] == ["category-not-in-force-then"]


async def test_a_card_number_that_somebody_holds_stops_the_delivery_whole(client: httpx.AsyncClient) -> None:
    await to_card(client, await filed(client))
    file = await filed(client)
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_FAVORABLE", "2017-05-02", "CRITERIA_MET")
    await step(client, file, "CARTE_EN_FABRICATION", "2017-05-10")
    path = f"{FILES}/{file['id']}/transitions"
    body = {"to": "CARTE_DELIVREE", "on": "2017-06-20", "card": {"number": "R-123456-A"}}
    taken = await client.post(path, json=body)
    assert (taken.status_code, codes(taken)) == (409, [("/card/number", "identifier_in_use")]), taken.text
    assert (await client.get(f"{FILES}/{file['id']}")).json()["state"] == "CARTE_EN_FABRICATION"
    assert (await client.get(f"/v1/persons/{file['person_id']}")).json()["legal_statuses"] == []


async def test_a_card_says_its_own_days_and_never_reversed_ones(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_FAVORABLE", "2017-05-02", "CRITERIA_MET")
    await step(client, file, "CARTE_EN_FABRICATION", "2017-05-10")
    body = {"to": "CARTE_DELIVREE", "on": "2017-06-20", "card": {"valid_from": "2017-06-20", "valid_to": "2017-06-19"}}
    reversed_days = await client.post(f"{FILES}/{file['id']}/transitions", json=body)
    assert (reversed_days.status_code, codes(reversed_days)) == (422, [("/card/valid_to", "card_refused")])
    await step(client, file, "CARTE_DELIVREE", "2017-06-20", card={"valid_from": "2017-06-22"})
    [permit] = (await client.get(f"/v1/persons/{file['person_id']}")).json()["permits"]
    assert (permit["number"], permit["valid_from"], permit["valid_to"]) == (None, "2017-06-22", "2018-06-21")


async def test_of_several_who_race_one_opens_the_file_and_one_takes_the_step(client: httpx.AsyncClient) -> None:
    person_id = (await register(client, BARE))["id"]
    body = {"person_id": person_id, **FILING}
    opened = await asyncio.gather(*(client.post(FILES, json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in opened) == [201, 409, 409, 409, 409]
    file = next(answer.json() for answer in opened if answer.status_code == 201)
    move = {"to": "EN_EXAMEN_COMMISSION", "on": "2017-04-10"}
    path = f"{FILES}/{file['id']}/transitions"
    moved = await asyncio.gather(*(client.post(path, json=move) for _ in range(5)))
    assert sorted(answer.status_code for answer in moved) == [201, 409, 409, 409, 409]
    assert (await client.get(f"{FILES}/{file['id']}")).json()["version"] == 2


async def test_a_file_is_amended_until_it_is_decided(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    path = f"{FILES}/{file['id']}"
    patch = {"category": "CONTRAT_TRAVAIL", "bureau": "MA-CAS-ANFA", "reference": "12/2017"}
    assert (await client.patch(path, json=patch)).status_code == 428
    made = await client.patch(path, json=patch, headers={"if-match": '"v1"'})
    assert {name: made.json()[name] for name in patch} == patch
    assert made.headers["etag"] == '"v2"'
    assert (await client.patch(path, json=patch, headers={"if-match": '"v1"'})).status_code == 412
    same = await client.patch(path, json=patch, headers={"if-match": '"v2"'})
    assert same.headers["etag"] == '"v2"'
    for member in ("category", "bureau"):
        emptied = await client.patch(path, json={member: None}, headers={"if-match": '"v2"'})
        assert (emptied.status_code, codes(emptied)) == (422, [(f"/{member}", "unknown_code")])
    early = await client.patch(path, json={"notified_on": "2017-06-01"}, headers={"if-match": '"v2"'})
    assert (early.status_code, early.json()["code"]) == (409, "regularisation-step-refused")
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_FAVORABLE", "2017-05-02", "CRITERIA_MET")
    settled = await client.patch(path, json={"category": "ENFANT"}, headers={"if-match": '"v4"'})
    assert (settled.status_code, settled.json()["code"]) == (409, "regularisation-file-settled")
    late = await client.post(f"{path}/evidence", json={"fact": "child_of_case", "value": True})
    assert late.status_code == 409


async def test_the_work_list_is_bounded_filtered_and_by_page(client: httpx.AsyncClient) -> None:
    made = [await filed(client) for _ in range(3)]
    await step(client, made[0], "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, made[0], "AVIS_FAVORABLE", "2017-05-02", "CRITERIA_MET")
    first = (await client.get(FILES, params={"limit": 2})).json()
    rest = (await client.get(FILES, params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == [one["id"] for one in made]
    assert rest["next"] is None
    for query, expected in (
        ({"overdue": "true"}, made[1:]),
        ({"state": "AVIS_FAVORABLE"}, made[:1]),
        ({"person_id": made[1]["person_id"]}, made[1:2]),
        ({"bureau": "MA-SAL"}, []),
        ({"campaign": "R2014"}, []),
    ):
        found = (await client.get(FILES, params=query)).json()["items"]
        assert [one["id"] for one in found] == [one["id"] for one in expected], query
    assert (await client.get(FILES, params={"person_id": NOBODY})).status_code == 404
    assert (await client.get(f"{FILES}/{NOBODY}")).status_code == 404


async def test_an_illness_is_shown_to_those_who_may_write_and_no_file_tells_by_its_gaps(
    client: httpx.AsyncClient,
) -> None:
    ill = await filed(client, category="MALADIE_GRAVE")
    other = await filed(client)
    for file in (ill, other):
        await step(client, file, "CLOS", "2017-04-01", "Retiré par elle-même, hospitalisée.")
    reader = bearer("persons:read", service="registry")
    shown = [(await client.get(f"{FILES}/{file['id']}", headers=reader)).json() for file in (ill, other)]
    assert [one["category"] for one in shown] == [None, None]
    assert all("category" in one["withheld"] for one in shown)
    listed = (await client.get(FILES, headers=reader)).text
    assert "MALADIE" not in listed
    assert "hospitalis" not in listed + str(shown)
    for path in ("findings", "evidence", "documents"):
        answer = await client.get(f"{FILES}/{ill['id']}/{path}", headers=reader)
        assert answer.status_code == 403, path
    assert (await client.get(f"{FILES}/{ill['id']}")).json()["category"] == "MALADIE_GRAVE"
