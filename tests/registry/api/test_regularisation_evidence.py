"""What a regularisation file is judged on, over HTTP: declared facts, papers, the rules and published counts."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.registry.api.test_regularisation import FILES, NOBODY, filed, step
from tests.registry.people import codes
from tests.support.callers import bearer

RULES = "/v1/regularisation-rules"


async def test_a_fact_declared_again_replaces_the_one_before_and_both_are_kept(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    file = await filed(client, category="RESIDENCE_CONTINUE")
    path = f"{FILES}/{file['id']}/evidence"
    for value in ("2014", "2011-02"):
        made = await client.post(path, json={"fact": "resident_since", "value": value})
        assert (made.status_code, made.json()["value"], made.json()["source"]) == (201, value, "declared"), made.text
    [held] = (await client.get(path)).json()["items"]
    assert held == made.json()
    found = (await client.get(f"{FILES}/{file['id']}/findings")).json()
    assert (found["proposal"], found["criteria"][0]["code"]) == ("PASS", "residence_years")
    assert found["weakest_certainty"] == "verified"
    left = await client.post(f"{path}/{held['id']}/retraction", json={"reason": "Another person's lease"})
    assert (left.status_code, left.json()["items"]) == (200, [])
    assert (await client.post(f"{path}/{held['id']}/retraction", json={"reason": "Again"})).status_code == 404
    kept = await session.execute(text("SELECT value, ended_reason FROM regularisation_evidence ORDER BY id"))
    assert [tuple(row) for row in kept] == [("2014", "superseded"), ("2011-02", "Another person's lease")]
    open_again = (await client.get(f"{FILES}/{file['id']}/findings")).json()
    assert open_again["proposal"] == "UNKNOWN"
    assert open_again["missing"] == [
        {"fact": "resident_since", "grounds": ["RESIDENCE_CONTINUE"], "accepted_proofs": ["RESIDENCE_PROOFS"]}
    ]


async def test_a_document_of_the_person_stands_behind_a_fact_and_nobody_elses(client: httpx.AsyncClient) -> None:
    file, other = await filed(client), await filed(client)
    ids = []
    for one in (file, other):
        paper = await client.post(
            f"/v1/persons/{one['person_id']}/documents?type=PASSPORT",
            content=f"%PDF-1.7 {one['id']}".encode(),
            headers={"content-type": "application/pdf"},
        )
        assert paper.status_code == 201, paper.text
        ids.append(paper.json()["id"])
    path = f"{FILES}/{file['id']}"
    fact = {"fact": "common_life_since", "value": "2012", "documents": ids[:1]}
    made = await client.post(f"{path}/evidence", json=fact)
    assert (made.json()["source"], made.json()["documents"]) == ("document", ids[:1])
    for body, where in ((fact, "evidence"), ({"code": "FORM"}, "documents")):
        foreign = await client.post(f"{path}/{where}", json={**body, "documents": ids})
        assert (foreign.status_code, codes(foreign)) == (404, [("/documents/1", "unknown_document")]), foreign.text
    scanned = await client.post(f"{path}/documents", json={"code": "MARRIAGE_DEED", "documents": ids[:1]})
    [deed] = [one for one in scanned.json()["items"] if one["code"] == "MARRIAGE_DEED"]
    assert (deed["status"], deed["documents"]) == ("PROVIDED", ids[:1])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"fact": "shoe_size", "value": "42"}, ("/fact", "unknown_code")),
        ({"fact": "common_life_since", "value": True}, ("/value", "value_of_another_kind")),
        ({"fact": "common_life_since", "value": "2011-13"}, ("/value", "value_of_another_kind")),
        ({"fact": "child_of_case", "value": "oui"}, ("/value", "value_of_another_kind")),
        ({"fact": "school_level", "value": "COLLEGE"}, ("/value", "value_of_another_kind")),
    ],
)
async def test_a_value_of_another_kind_is_refused(
    client: httpx.AsyncClient, body: dict[str, object], expected: tuple[str, str]
) -> None:
    file = await filed(client)
    answer = await client.post(f"{FILES}/{file['id']}/evidence", json=body)
    assert (answer.status_code, codes(answer)) == (422, [expected]), answer.text


async def test_the_checklist_says_what_is_missing_and_what_to_bring(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    path = f"{FILES}/{file['id']}/documents"
    empty = (await client.get(path)).json()
    wanted = ["FORM", "PHOTOGRAPH", "IDENTITY", "ENTRY_OR_STAY", "MARRIAGE_DEED", "COMMON_ADDRESS", "SPOUSE_CNIE"]
    assert (empty["complete"], empty["missing"]) == (False, wanted)
    assert all(item["bring"]["ar"] and item["rule"]["certainty"] for item in empty["items"])
    for code in wanted:
        made = await client.post(path, json={"code": code, "seen_on": "2017-03-15"})
        assert made.status_code == 201, made.text
    assert (made.json()["complete"], made.json()["missing"]) == (True, [])
    assert {item["seen_on"] for item in made.json()["items"]} == {"2017-03-15"}
    unknown = await client.post(path, json={"code": "HOROSCOPE"})
    assert codes(unknown) == [("/code", "unknown_code")]
    ahead = await client.post(path, json={"code": "FORM", "seen_on": "2027-03-15"})
    assert codes(ahead) == [("/seen_on", "date_in_future")]


async def test_what_a_file_was_judged_on_stays_with_the_step(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    path = f"{FILES}/{file['id']}"
    await client.post(f"{path}/evidence", json={"fact": "common_life_since", "value": "2012"})
    await step(client, file, "EN_EXAMEN_COMMISSION", "2017-04-10")
    await step(client, file, "AVIS_DEFAVORABLE", "2017-05-02", "Vie commune non établie.")
    again = await client.post(f"{path}/evidence", json={"fact": "common_life_since", "value": "2016"})
    assert again.status_code == 201
    kept = (await client.get(path)).json()["steps"][-1]
    assert (kept["proposal"], kept["findings"][0]["fact_value"]) == ("PASS", "2012")
    assert (await client.get(f"{path}/findings", params={"stage": "LOCAL"})).json()["proposal"] == "FAIL"


async def test_everything_about_nobodys_file_is_404(client: httpx.AsyncClient) -> None:
    nobody = f"{FILES}/{NOBODY}"
    for path in ("", "/findings", "/evidence", "/documents"):
        assert (await client.get(f"{nobody}{path}")).status_code == 404
    for path, body in (
        ("/transitions", {"to": "CLOS", "on": "2017-04-01", "reasons": ["LOST"]}),
        ("/evidence", {"fact": "child_of_case", "value": True}),
        (f"/evidence/{NOBODY}/retraction", {"reason": "Error"}),
        ("/documents", {"code": "FORM"}),
    ):
        assert (await client.post(f"{nobody}{path}", json=body)).status_code == 404
    assert (await client.patch(nobody, json={}, headers={"if-match": '"v1"'})).status_code == 404


async def test_a_partner_with_own_rows_sees_the_files_of_its_own_persons(client: httpx.AsyncClient) -> None:
    file = await filed(client)
    own = {"persons": {"own": True}}
    scopes = ("persons:read", "persons:write")
    stranger = bearer(*scopes, service="registry", organisation="another", agreed=own)
    assert (await client.get(FILES, headers=stranger)).json()["items"] == []
    assert (await client.get(f"{FILES}/{file['id']}", headers=stranger)).status_code == 404
    hers = bearer(*scopes, service="registry", agreed=own)
    assert [one["id"] for one in (await client.get(FILES, headers=hers)).json()["items"]] == [file["id"]]


async def test_a_program_that_acts_for_somebody_sees_her_files_and_no_others(client: httpx.AsyncClient) -> None:
    mine, other = await filed(client), await filed(client)
    acting = bearer("persons:read", service="registry", acting_for=mine["person_id"])
    listed = (await client.get(FILES, headers=acting)).json()
    assert [one["id"] for one in listed["items"]] == [mine["id"]]
    assert (await client.get(f"{FILES}/{other['id']}", headers=acting)).status_code == 404


async def test_every_rule_is_shown_with_its_certainty_and_source(client: httpx.AsyncClient) -> None:
    counts = {}
    for name in (
        "campaigns", "categories", "states", "steps", "reasons", "deadlines", "cards", "appeals", "criteria",
        "metrics", "facts", "papers", "bureaus",
    ):  # fmt: skip
        rows = (await client.get(f"{RULES}/{name}")).json()["items"]
        assert all(row["certainty"] and row["source"] for row in rows), name
        counts[name] = len(rows)
    assert (counts["bureaus"], counts["states"], counts["campaigns"]) == (83, 12, 2)
    assert (await client.get(f"{RULES}/nothing")).status_code == 422


async def test_published_counts_are_rows_and_never_one_number(client: httpx.AsyncClient) -> None:
    path = "/v1/regularisation-statistics"
    everything = (await client.get(path, params={"series": "R2014_APPLICATIONS"})).json()["items"]
    totals = {row["value"] for row in everything if row["nationality"] is row["region"] is None}
    assert {27130, 27332, 27449, 27643, 27649} == totals
    then = (await client.get(path, params={"series": "R2014_APPLICATIONS", "as_of": "2015-01-31"})).json()["items"]
    assert [(row["value"], row["source"]) for row in then] == [(27130, "S7")]
