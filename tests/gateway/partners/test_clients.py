"""Clients over HTTP: made, approved where rights grow, changed, given new secrets, stopped."""

import asyncio
from typing import Any

import pytest

from services.kit import clock
from tests.gateway.conftest import House
from tests.gateway.partners.conftest import CLIENT, Desk, agreed

KEY = {"kty": "EC", "crv": "P-256", "x": "x" * 43, "y": "y" * 43, "kid": "k1"}


async def granted(house: House, client_id: str, secret: str | None) -> int:
    form = {"grant_type": "client_credentials"}
    return (await house.client.post("/oauth2/token", data=form, auth=(client_id, secret or ""))).status_code


async def test_within_its_agreements_a_client_may_be_used_at_once(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    await agreed(one, other, clinic)
    response = await one.post(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read"]})
    made = response.json()
    assert (response.status_code, made["state"], made["approval_id"]) == (201, "active", None)
    assert response.headers["location"] == f"{clinic}/clients/clinic-desk"
    assert response.headers["cache-control"] == "no-store"
    assert await granted(house, "clinic-desk", made["client_secret"]) == 200
    read = (await one.get(f"{clinic}/clients/clinic-desk")).json()
    assert "client_secret" not in read
    assert len(read["secrets"]) == 1


async def test_beyond_them_it_gets_no_token_until_a_second_person_approves(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    await agreed(one, other, clinic)
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read", "persons:write"]})
    assert made["state"] == "proposed"
    assert await granted(house, "clinic-desk", made["client_secret"]) == 401
    listed = (await one.get(f"{clinic}/clients")).json()["items"]
    assert [(item["client_id"], item["state"]) for item in listed] == [("clinic-desk", "proposed")]
    approval = f"/v1/approvals/{made['approval_id']}"
    assert (await one.get(approval)).json()["payload"]["scopes"] == ["persons:read", "persons:write"]
    assert (await one.post(f"{approval}/approve")).json()["code"] == "second-person-required"
    assert (await other.post(f"{approval}/approve")).json()["state"] == "approved"
    assert await granted(house, "clinic-desk", made["client_secret"]) == 200
    assert (await other.post(f"{approval}/approve")).json()["code"] == "already-decided"
    assert (await other.post(f"{approval}/reject", {})).json()["code"] == "already-decided"


async def test_whoever_was_shown_a_machines_secret_cannot_approve_through_it(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["partners:admin"]})
    assert (await other.post(f"/v1/approvals/{made['approval_id']}/approve")).status_code == 200
    house.secrets["clinic-desk"] = made["client_secret"]
    puppet = Desk(house, await house.headers("clinic-desk", purpose=None))
    proposed = await one.made(f"{clinic}/clients", CLIENT | {"client_id": "second", "scopes": ["persons:read"]})
    response = await puppet.post(f"/v1/approvals/{proposed['approval_id']}/approve")
    assert (response.status_code, response.json()["code"]) == (409, "second-person-required")
    rotated = await one.post(f"{clinic}/clients/clinic-desk/rotate", {})
    assert (rotated.status_code, rotated.json()["code"]) == (409, "own-secret-only")
    taken = await one.patch(f"{clinic}/clients/clinic-desk", {"token_endpoint_auth_method": "client_secret_post"})
    assert taken.json()["code"] == "own-secret-only"
    own = await puppet.made(f"{clinic}/clients/clinic-desk/rotate", {"overlap_hours": 0}, 200)
    house.secrets["clinic-desk"] = own["client_secret"]
    freed = Desk(house, await house.headers("clinic-desk", purpose=None))
    assert (await freed.post(f"/v1/approvals/{proposed['approval_id']}/approve")).status_code == 200


async def test_more_scopes_are_a_proposal_and_fewer_act_at_once(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    await agreed(one, other, clinic)
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read"]})
    path = f"{clinic}/clients/clinic-desk"
    response = await one.patch(path, {"scopes": ["persons:read", "coverage:verify"], "name": "Accueil"})
    assert (response.status_code, response.json()["scopes"], response.json()["name"]) == (202, ["persons:read"], "Desk")
    again = await one.patch(path, {"scopes": ["coverage:verify"]})
    assert (again.status_code, again.json()["code"]) == (409, "already-proposed")
    assert (await other.post(f"{response.headers['location']}/approve")).status_code == 200
    changed = (await one.get(path)).json()
    assert (changed["scopes"], changed["name"]) == (["coverage:verify", "persons:read"], "Accueil")
    response = await one.patch(path, {"scopes": ["persons:search"]})
    assert (response.status_code, response.json()["scopes"]) == (200, ["persons:search"])
    assert await granted(house, "clinic-desk", made["client_secret"]) == 200


async def test_a_proposal_that_the_client_has_outgrown_is_stale(one: Desk, other: Desk, clinic: str) -> None:
    await one.made(f"{clinic}/clients", CLIENT)
    path = f"{clinic}/clients/clinic-desk"
    proposed = await one.patch(path, {"scopes": ["coverage:verify"]})
    assert (await one.patch(path, {"name": "Autre"})).status_code == 200
    response = await other.post(f"{proposed.headers['location']}/approve")
    assert (response.status_code, response.json()["code"]) == (409, "proposal-stale")
    assert (await one.get(proposed.headers["location"])).json()["state"] == "proposed"
    assert (await one.post(f"{proposed.headers['location']}/reject", {})).json()["state"] == "rejected"


async def test_a_new_client_changed_before_approval_is_stale_too(one: Desk, other: Desk, clinic: str) -> None:
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["coverage:verify"]})
    assert (await one.patch(f"{clinic}/clients/clinic-desk", {"name": "Autre"})).status_code == 200
    response = await other.post(f"/v1/approvals/{made['approval_id']}/approve")
    assert (response.status_code, response.json()["code"]) == (409, "proposal-stale")


async def test_a_secret_is_renewed_with_overlap_or_at_once(house: House, one: Desk, clinic: str) -> None:
    first = (await one.made(f"{clinic}/clients", CLIENT))["client_secret"]
    path = f"{clinic}/clients/clinic-desk/rotate"
    second = (await one.made(path, {}, 200))["client_secret"]
    assert [await granted(house, "clinic-desk", secret) for secret in (first, second)] == [200, 200]
    secrets = (await one.get(f"{clinic}/clients/clinic-desk")).json()["secrets"]
    assert [secret["expires_at"] is None for secret in secrets] == [False, True]
    third = (await one.made(path, {"overlap_hours": 1}, 200))["client_secret"]
    assert [await granted(house, "clinic-desk", secret) for secret in (first, second, third)] == [401, 200, 200]
    fourth = (await one.made(path, {"overlap_hours": 0}, 200))["client_secret"]
    assert [await granted(house, "clinic-desk", secret) for secret in (second, third, fourth)] == [401, 401, 200]
    assert (await one.post(path, {"overlap_hours": 169})).status_code == 422


async def test_a_secret_is_not_kept_for_an_idempotency_key(house: House, one: Desk, clinic: str) -> None:
    first = await one.post(f"{clinic}/clients", CLIENT, **{"idempotency-key": "k"})
    again = await one.post(f"{clinic}/clients", CLIENT, **{"idempotency-key": "k"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json() | {"client_secret": None}
    rotated = await one.post(f"{clinic}/clients/clinic-desk/rotate", {}, **{"idempotency-key": "k"})
    again = await one.post(f"{clinic}/clients/clinic-desk/rotate", {}, **{"idempotency-key": "k"})
    assert (again.status_code, again.json()) == (200, rotated.json() | {"client_secret": None})


async def test_a_revoked_client_is_stopped_at_once_and_goes_on_by_a_second_person_alone(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["courses:read"]})
    assert (await other.post(f"/v1/approvals/{made['approval_id']}/approve")).status_code == 200
    house.secrets["clinic-desk"] = made["client_secret"]
    headers = await house.headers("clinic-desk", purpose=None)
    assert (await house.client.get("/v1/sessions", headers=headers)).status_code == 200
    path = f"{clinic}/clients/clinic-desk"
    response = await one.post(f"{path}/revoke", {"reason": "Perte du poste"})
    assert (response.status_code, response.json()["state"], response.json()["secrets"]) == (200, "stopped", [])
    assert (await house.client.get("/v1/sessions", headers=headers)).status_code == 401
    assert await granted(house, "clinic-desk", made["client_secret"]) == 401
    response = await one.patch(path, {"active": True})
    assert (response.status_code, response.json()["state"]) == (202, "proposed")
    assert (await other.post(f"{response.headers['location']}/approve")).status_code == 200
    assert (await one.get(path)).json()["state"] == "active"
    assert await granted(house, "clinic-desk", made["client_secret"]) == 401
    fresh = (await one.made(f"{path}/rotate", {}, 200))["client_secret"]
    assert await granted(house, "clinic-desk", fresh) == 200
    stopped = await one.patch(path, {"active": False})
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    assert (await one.patch(path, {"active": False}, etag='"v1"')).status_code == 412


async def test_what_was_proposed_for_a_client_goes_with_it(one: Desk, other: Desk, clinic: str) -> None:
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:write"]})
    assert (await one.post(f"{clinic}/clients/clinic-desk/revoke", {})).json()["state"] == "stopped"
    response = await other.post(f"/v1/approvals/{made['approval_id']}/approve")
    assert (response.status_code, response.json()["code"]) == (409, "already-decided")


async def test_approving_and_revoking_at_once_never_leaves_a_client_that_works(
    one: Desk, other: Desk, clinic: str
) -> None:
    for number in range(4):
        made = await one.made(f"{clinic}/clients", CLIENT | {"client_id": f"desk-{number}", "scopes": ["persons:read"]})
        path = f"{clinic}/clients/desk-{number}"
        answers = await asyncio.gather(
            other.post(f"/v1/approvals/{made['approval_id']}/approve"), one.post(f"{path}/revoke", {})
        )
        assert answers[0].status_code in {200, 409}
        assert answers[1].status_code == 200
        assert (await one.get(path)).json()["state"] == "stopped"


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"grant_types": ["refresh_token"]}, "/grant_types", "refresh_without_code"),
        ({"token_endpoint_auth_method": "none"}, "/grant_types", "nobody_proves_anything"),
        ({"grant_types": ["authorization_code"]}, "/redirect_uris", "redirect_uris_with_code_only"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "/jwks", "keys_with_private_key_jwt_only"),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": [KEY | {"d": "z" * 43}]},
            "/jwks",
            "public_p256_keys_only",
        ),
        ({"scopes": ["everything"]}, "/scopes/0", "string_pattern_mismatch"),
    ],
)
async def test_a_client_whose_parts_do_not_fit_is_refused(
    one: Desk, clinic: str, changes: dict[str, Any], pointer: str, code: str
) -> None:
    response = await one.post(f"{clinic}/clients", CLIENT | changes)
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [(pointer, code)]


async def test_scopes_that_no_partner_may_have_are_refused(one: Desk, clinic: str) -> None:
    for scope in ("facts:read", "secrets:read"):
        response = await one.post(f"{clinic}/clients", CLIENT | {"scopes": [scope]})
        assert (response.status_code, response.json()["code"]) == (422, "scope-unknown")


async def test_a_client_with_keys_has_no_secret(one: Desk, clinic: str) -> None:
    body = CLIENT | {"token_endpoint_auth_method": "private_key_jwt", "jwks": [KEY]}
    made = await one.made(f"{clinic}/clients", body)
    assert (made["client_secret"], made["secrets"], made["jwks"]) == (None, [], [KEY])
    response = await one.post(f"{clinic}/clients/clinic-desk/rotate", {})
    assert (response.status_code, response.json()["code"]) == (409, "client-without-secret")
    renewed = await one.patch(f"{clinic}/clients/clinic-desk", {"jwks": [KEY | {"kid": "k2"}]})
    assert renewed.json()["jwks"][0]["kid"] == "k2"


async def test_an_id_is_made_up_where_none_is_given_and_none_is_taken_twice(one: Desk, clinic: str) -> None:
    nameless = {key: value for key, value in CLIENT.items() if key != "client_id"}
    made = await one.made(f"{clinic}/clients", nameless)
    assert made["client_id"].startswith("clinic-")
    await one.made(f"{clinic}/clients", CLIENT)
    response = await one.post(f"{clinic}/clients", CLIENT)
    assert (response.status_code, response.json()["code"]) == (409, "client-exists")
    first = (await one.get(f"{clinic}/clients?limit=1")).json()
    rest = (await one.get(f"{clinic}/clients?limit=1&cursor={first['next']}")).json()
    assert len(first["items"] + rest["items"]) == 2
    assert rest["next"] is None
    assert clock.now().isoformat() > made["created_at"]


async def test_a_client_that_serves_persons_is_let_beyond_them_by_a_second_person(
    one: Desk, other: Desk, clinic: str
) -> None:
    await agreed(one, other, clinic)
    await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read"], "serves_persons": True})
    path = f"{clinic}/clients/clinic-desk"
    waiting = await one.patch(path, {"serves_persons": False})
    assert waiting.status_code == 202
    assert (await one.get(path)).json()["serves_persons"] is True
    assert (
        await other.post(f"/v1/approvals/{waiting.headers['location'].rpartition('/')[2]}/approve")
    ).status_code == 200
    assert (await one.get(path)).json()["serves_persons"] is False
