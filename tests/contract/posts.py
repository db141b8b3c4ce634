"""For every POST of the merged document, a fresh place for its effect and a valid body.

A new POST gets a row here: a function that makes what it needs (with other operations) and returns where to send what.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.contract.partners import Partner
from tests.support.system import System

HEALTH, TRAINING, REGISTRATION = "HEALTH_COVERAGE", "TRAINING", "REGISTRATION"


@dataclass
class World:
    """Who there is to send a POST.

    Attributes:
        partner: A partner with rows of every kind, and all rights on its own.
        first: Administers partners.
        second: Another who does.
    """

    system: System
    partner: Partner
    first: Partner
    second: Partner


@dataclass(frozen=True)
class Post:
    """A request to send.

    Attributes:
        body: JSON, text of a CSV file, or bytes of a PDF; None where there is none.
        by: Who sends it.
    """

    path: str
    body: Any
    by: Partner
    purpose: str = REGISTRATION

    def options(self, other: bool = False) -> dict[str, Any]:
        """Return how to send it; with `other` another body."""
        if isinstance(self.body, bytes):
            return {"content": self.body + (b"more" if other else b""), "headers": {"content-type": "application/pdf"}}
        if isinstance(self.body, str):
            return {"content": self.body + ("2,Other\n" if other else ""), "headers": {"content-type": "text/csv"}}
        body = {**(self.body or {}), "and_another": 1} if other else self.body
        return {} if body is None else {"json": body}


Prepare = Callable[[World], Post]


def person(world: World) -> str:
    return str(world.partner.make("/v1/persons", BARE | {"names": [{"given": word()}]})["id"])


def word() -> str:
    return "zz" + "".join(secrets.choice("bcdfgklmnprst") for _ in range(10))


BARE: dict[str, Any] = {
    "birth": {"year": 2004, "month": 5, "day": 12},
    "sex": "F",
    "school_level": "COLLEGE_3",
    "address": {"region": "06", "unit": "MA-CAS"},
    "legal_status": {"code": "REGULARISED_2017", "valid_from": "2018-03-01"},
}
PLACE = {"region": "06", "unit": "MA-CAS"}
DAY = "2026-01-02"
DAYS = {"starts_on": "2027-09-15", "ends_on": "2028-06-30", "capacity": 5}
TERMS = {
    "purposes": [HEALTH],
    "resources": [{"resource": "persons", "actions": ["read"], "rows": "own"}],
    "valid_from": "2026-01-01",
}


def of_person(collection: str, body: Callable[[], Mapping[str, Any]]) -> Prepare:
    return lambda world: Post(f"/v1/persons/{person(world)}/{collection}", dict(body()), world.partner)


def question(world: World) -> Post:
    declared = {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True}
    made = world.partner.make(
        "/v1/persons",
        BARE
        | {
            "names": [{"given": word()}],
            "identifiers": [{"system": "PASSPORT", "value": word()}],
            "permits": [{"type": "REG3", "number": word(), "valid_from": "2025-02-01", "valid_to": "2028-02-01"}],
        },
    )
    body = {"person_id": made["id"], "scheme": "AMO_ACHAMIL", "declared": declared}
    return Post("/v1/coverage/determinations", body, world.partner, HEALTH)


def confirmation(world: World) -> Post:
    asked = question(world)
    made = world.partner.make(asked.path, asked.body, purpose=HEALTH)
    return Post(f"/v1/coverage/determinations/{made['id']}/confirm", {}, world.partner, HEALTH)


def application(world: World, **changes: Any) -> Post:
    who = world.partner.make("/v1/persons", BARE | {"names": [{"given": word()}]} | changes)["id"]
    session = world.partner.make("/v1/sessions", {"programme_id": world.partner.rows["programme"], **DAYS})["id"]
    return Post(f"/v1/sessions/{session}/applications", {"person_id": who}, world.partner, TRAINING)


def applied(world: World, **changes: Any) -> str:
    asked = application(world, **changes)
    return str(world.partner.make(asked.path, asked.body, purpose=TRAINING)["id"])


def decision(world: World) -> Post:
    waiting = applied(world, school_level=None)
    body = {"status": "ADMISSIBLE", "reason": "Seen"}
    return Post(f"/v1/applications/{waiting}/decide", body, world.partner, TRAINING)


def seat(world: World) -> Post:
    return Post("/v1/enrolments", {"application_id": applied(world)}, world.partner, TRAINING)


def leaving(world: World) -> Post:
    taken = seat(world)
    made = world.partner.make(taken.path, taken.body, purpose=TRAINING)["id"]
    return Post(f"/v1/enrolments/{made}/withdraw", {"reason": "Found work"}, world.partner, TRAINING)


def subscription(world: World) -> Post:
    wanted = {"url": f"http://127.0.0.1:9/{word()}", "types": ["person.*"], "purpose": REGISTRATION}
    return Post("/v1/subscriptions", wanted, world.partner)


def subscribed(world: World) -> str:
    return str(world.partner.make("/v1/subscriptions", subscription(world).body)["id"])


def of_subscription(action: str, body: Mapping[str, Any]) -> Prepare:
    return lambda world: Post(f"/v1/subscriptions/{subscribed(world)}/{action}", dict(body), world.partner)


def retry(world: World) -> Post:
    there = subscribed(world)
    sent = world.partner.make(f"/v1/subscriptions/{there}/test", {})["id"]
    with psycopg.connect(world.system.stores["gateway"].admin_url) as connection:
        connection.execute("UPDATE delivery SET state = 'dead', ended_at = now() WHERE id = %s", (sent,))
    return Post(f"/v1/subscriptions/{there}/deliveries/{sent}/retry", {}, world.partner)


def partner(world: World) -> Post:
    return Post("/v1/partners", {"code": word(), "name": word(), "kind": "care_provider"}, world.first)


def of_partner(path: str, body: Callable[[], Any]) -> Prepare:
    def prepare(world: World) -> Post:
        return Post(f"/v1/partners/{made_partner(world)}/{path}", body(), world.first)

    return prepare


def made_partner(world: World) -> str:
    wanted = partner(world)
    return str(world.first.make(wanted.path, wanted.body)["id"])


def agreement_terms() -> dict[str, Any]:
    return {**TERMS, "authorisation_number": word()}


def of_agreement(action: str, body: Any, *, active: bool) -> Prepare:
    def prepare(world: World) -> Post:
        there = f"/v1/partners/{made_partner(world)}/agreements"
        path = f"{there}/{world.first.make(there, agreement_terms())['id']}"
        if active:
            assert world.second.ask("POST", f"{path}/approve").status_code == 200
        return Post(f"{path}/{action}", body, world.second)

    return prepare


def client_terms() -> dict[str, Any]:
    return {"client_id": word(), "name": "Desk", "scopes": ["courses:read"]}


def proposed_client(world: World) -> tuple[str, dict[str, Any]]:
    there = f"/v1/partners/{made_partner(world)}/clients"
    return there, world.first.make(there, client_terms())


def of_client(action: str, body: Any) -> Prepare:
    def prepare(world: World) -> Post:
        there, made = proposed_client(world)
        if made["approval_id"] is not None:
            assert world.second.ask("POST", f"/v1/approvals/{made['approval_id']}/approve").status_code == 200
        return Post(f"{there}/{made['client_id']}/{action}", body, world.first)

    return prepare


def of_approval(action: str, body: Any) -> Prepare:
    def prepare(world: World) -> Post:
        _, made = proposed_client(world)
        return Post(f"/v1/approvals/{made['approval_id']}/{action}", body, world.second)

    return prepare


def account_terms() -> dict[str, Any]:
    return {"username": word(), "display_name": "Samira", "scopes": ["persons:read"]}


def reset(world: World) -> Post:
    there = f"/v1/partners/{made_partner(world)}/accounts"
    made = world.first.make(there, account_terms())
    if made["approval_id"] is not None:
        assert world.second.ask("POST", f"/v1/approvals/{made['approval_id']}/approve").status_code == 200
    return Post(f"{there}/{made['id']}/reset", None, world.first)


def upload(world: World) -> Post:
    paper = f"%PDF-1.7 {word()}".encode()
    return Post(f"/v1/persons/{person(world)}/documents?type=PASSPORT", paper, world.partner)


def of_document(action: str, body: Any) -> Prepare:
    def prepare(world: World) -> Post:
        wanted = upload(world)
        made = world.partner.ask("POST", wanted.path, **wanted.options()).json()
        with psycopg.connect(world.system.stores["registry"].admin_url) as connection:
            examined = "UPDATE document SET state = 'available', examined_at = now() WHERE id = %s"
            connection.execute(examined, (made["id"],))
        return Post(f"/v1/persons/{made['person_id']}/documents/{made['id']}/{action}", body, world.partner)

    return prepare


def part(world: World, collection: str, body: Mapping[str, Any]) -> str:
    there = f"/v1/persons/{person(world)}/{collection}"
    return f"{there}/{world.partner.make(there, body)['id']}"


def title(world: World) -> str:
    card = {"type": "REG1", "number": word(), "valid_from": "2025-02-01", "valid_to": "2026-01-31"}
    return part(world, "permits", card)


def of_renewal(action: str, body: Mapping[str, Any]) -> Prepare:
    def prepare(world: World) -> Post:
        there = f"{title(world)}/renewals"
        made = world.partner.make(there, {"filed_on": "2026-01-15"})["id"]
        return Post(f"{there}/{made}/{action}", dict(body), world.partner)

    return prepare


def retraction(collection: str, body: Callable[[], Mapping[str, Any]]) -> Prepare:
    return lambda world: Post(f"{part(world, collection, body())}/retraction", {"reason": "Mistyped"}, world.partner)


FILING = {"campaign": "R2017", "category": "ENFANT", "bureau": "MA-RAB", "filed_on": "2017-03-15"}


def dossier(world: World) -> str:
    body = {"person_id": person(world), **FILING}
    return f"/v1/regularisation-files/{world.partner.make('/v1/regularisation-files', body)['id']}"


def of_dossier(path: str, body: Mapping[str, Any]) -> Prepare:
    return lambda world: Post(f"{dossier(world)}/{path}", dict(body), world.partner)


def withdrawn_fact(world: World) -> Post:
    there = f"{dossier(world)}/evidence"
    made = world.partner.make(there, {"fact": "child_of_case", "value": True})["id"]
    return Post(f"{there}/{made}/retraction", {"reason": "Mistyped"}, world.partner)


POSTS: Mapping[str, Prepare] = {
    "open_regularisation_file": lambda world: Post(
        "/v1/regularisation-files", {"person_id": person(world), **FILING}, world.partner
    ),
    "move_regularisation_file": of_dossier("transitions", {"to": "EN_EXAMEN_COMMISSION", "on": "2017-04-10"}),
    "declare_regularisation_evidence": of_dossier("evidence", {"fact": "child_of_case", "value": True}),
    "retract_regularisation_evidence": withdrawn_fact,
    "bring_regularisation_paper": of_dossier("documents", {"code": "FORM"}),
    "retract_identifier": retraction("identifiers", lambda: {"system": "PASSPORT", "value": word()}),
    "retract_permit": retraction("permits", lambda: {"type": "CR", "number": word()}),
    "retract_legal_status": retraction("legal-statuses", lambda: {"code": "REFUGEE_BRA"}),
    "add_contact": of_person("contacts", lambda: {"kind": "phone", "value": "0612345678"}),
    "add_nationality": of_person("nationalities", lambda: {"code": "CIV"}),
    "retract_nationality": retraction("nationalities", lambda: {"code": "SEN"}),
    "verify_person": of_person(
        "verifications",
        lambda: {"fields": ["sex"], "version": 1, "source": "PASSPORT", "method": "COPY_SEEN", "verified_on": DAY},
    ),
    "retract_address": retraction("addresses", lambda: PLACE | {"valid_from": "2026-11-01"}),
    "file_renewal": lambda world: Post(f"{title(world)}/renewals", {"filed_on": "2026-01-15"}, world.partner),
    "prolong_receipt": of_renewal("receipts", {}),
    "decide_renewal": of_renewal("outcome", {"outcome": "REFUSED", "on": "2026-02-15", "reason": "Incomplete"}),
    "withdraw_permit": lambda world: Post(
        f"{title(world)}/withdrawal", {"on": "2025-12-01", "reason": "Left"}, world.partner
    ),
    "upload_document": upload,
    "verify_document": of_document("verification", {"method": "original_seen"}),
    "retract_document": of_document("retraction", {"reason": "Another person's"}),
    "link_document": of_document("links", None),
    "register_person": lambda world: Post("/v1/persons", BARE | {"names": [{"given": word()}]}, world.partner),
    "add_identifier": of_person("identifiers", lambda: {"system": "PASSPORT", "value": word()}),
    "add_permit": of_person(
        "permits",
        lambda: {"type": "REG3", "number": word(), "valid_from": "2025-02-01", "valid_to": "2028-02-01"},
    ),
    "add_legal_status": of_person("legal-statuses", lambda: {"code": "REFUGEE_BRA", "valid_from": "2019-06-20"}),
    "add_address": of_person("addresses", lambda: PLACE | {"valid_from": "2026-11-01"}),
    "import_persons": lambda world: Post("/v1/imports", f"row_id,given\n1,{word()}\n", world.partner),
    "determine_coverage": question,
    "confirm_determination": confirmation,
    "publish_institution": lambda world: Post("/v1/institutions", {"name": word(), **PLACE}, world.partner),
    "publish_programme": lambda world: Post(
        "/v1/programmes",
        {"institution_id": world.partner.rows["institution"], "name": word(), "level": "Q"},
        world.partner,
    ),
    "publish_session": lambda world: Post(
        "/v1/sessions", {"programme_id": world.partner.rows["programme"], **DAYS}, world.partner
    ),
    "apply_to_session": application,
    "decide_application": decision,
    "withdraw_application": lambda world: Post(
        f"/v1/applications/{applied(world)}/withdraw", None, world.partner, TRAINING
    ),
    "enrol_learner": seat,
    "withdraw_learner": leaving,
    "create_subscription": subscription,
    "rotate_subscription_secret": of_subscription("rotate-secret", {"overlap_hours": 1}),
    "test_subscription": of_subscription("test", {}),
    "replay_events": of_subscription("replay", {"after": "0.0"}),
    "replay_dead_letters": of_subscription("dead-letters/replay", {}),
    "retry_delivery": retry,
    "add_partner": partner,
    "propose_agreement": of_partner("agreements", agreement_terms),
    "approve_agreement": of_agreement("approve", None, active=False),
    "reject_agreement": of_agreement("reject", {"reason": "No"}, active=False),
    "end_agreement": of_agreement("end", {"reason": "Over"}, active=True),
    "add_client": of_partner("clients", client_terms),
    "rotate_client_secret": of_client("rotate", {"overlap_hours": 1}),
    "revoke_client": of_client("revoke", {"reason": "Lost"}),
    "invite_account": of_partner("accounts", account_terms),
    "reset_account": reset,
    "approve_change": of_approval("approve", None),
    "reject_change": of_approval("reject", {"reason": "No"}),
}
"""How to try each POST that has an effect, by operationId."""

SHOWN_ONCE = frozenset({"client_secret", "invitation_url"})
"""Members that a replayed answer leaves empty: what proves who somebody is, is not kept, not for a day either."""

WITHOUT_EFFECT = frozenset({"search_persons", "verify_coverage"})
"""POSTs that only ask: a question with personal data has no place in a URL."""

OF_OAUTH = frozenset({"issue_token", "introspect_token", "revoke_token"})
"""Their standards say what asking twice means; a token answered again from a store would be a token stored."""
