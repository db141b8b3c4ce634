"""Bodies of people for tests of the API."""

from typing import Any

import httpx

AWA: dict[str, Any] = {
    "names": [{"family": "Diallo", "given": "Awa"}, {"family": "ديالو", "given": "حواء"}],
    "sex": "F",
    "birth": {"year": 1990, "month": 5, "day": 12},
    "birth_place": "Kankan",
    "nationalities": ["GIN"],
    "nationalities_confirmed": True,
    "mother_name": "Fatoumata Bah",
    "languages": ["fr", "ff"],
    "school_level": "COLLEGE_3",
    "contacts": [{"kind": "phone", "value": "0651303462", "safe_to_call": False}],
    "address": {"region": "06", "unit": "MA-CAS", "commune": "Casablanca"},
    "identifiers": [{"system": "PASSPORT", "value": "A1234567", "issuer": "GIN"}],
    "legal_status": {"code": "REGULARISED_2017", "valid_from": "2017-05-01"},
    "permits": [{"type": "REG3", "number": "C350356A", "valid_from": "2024-04-25", "valid_to": "2027-04-25"}],
}
MONONYM: dict[str, Any] = {"names": [{"given": "Soumaoro"}]}


async def register(client: httpx.AsyncClient, body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Register a person and return her as stored."""
    answer = await client.post("/v1/persons", json={**(AWA if body is None else body), **changes})
    assert answer.status_code == 201, answer.text
    person: dict[str, Any] = answer.json()
    return person


async def path_of(client: httpx.AsyncClient, body: dict[str, Any] | None = None) -> str:
    """Register a person and return her path."""
    return f"/v1/persons/{(await register(client, body))['id']}"


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return pointer and code of each error of a problem."""
    return [(error["pointer"], error["code"]) for error in answer.json().get("errors", [])]
