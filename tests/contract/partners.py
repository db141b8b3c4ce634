"""Two organisations with agreements on their own rows alone, and one row of every kind for each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from services.gateway.access.domain.agreements import Entry, Rows, Terms
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.reference import catalogue
from services.kit.callers import PURPOSES
from services.kit.database import Database
from services.kit.periods import Period
from tests.support.system import System

ORGANISATIONS = ("association-alpha", "association-bravo")
OVERSEEING = frozenset({"partners", "audit", "matches", "steering"})
"""What overseers do, about everybody's rows or nobody's: no partner with own rows alone has it."""

_FRESH, _NEVER = timedelta(minutes=4), datetime(2000, 1, 1, tzinfo=UTC)
"""How long a token is used, of the five minutes it is good for; and when one was got that was never got."""

PURPOSE_OF = {"coverage": "HEALTH_COVERAGE", "enrolments": "TRAINING", "care": "TAMKINE_CARE"}


async def agree(system: System) -> dict[str, str]:
    """Make a client for each organisation, with an agreement on all it may have of its own rows; return secrets."""
    database = Database(system.stores["gateway"].url)
    at = datetime.now(UTC)
    shapes = {name: shape for name, shape in catalogue.shapes().items() if name not in OVERSEEING | {"facts"}}
    entries = tuple(
        Entry(name, shape.actions, rows=Rows.OWN if shape.rows else Rows.ALL) for name, shape in shapes.items()
    )
    scopes = [f"{name}:{action}" for name, shape in shapes.items() for action in shape.actions]
    issued = {}
    async with database.sessions.begin() as session:
        for organisation in ORGANISATIONS:
            client = await create_client(
                session, client_id=organisation, organisation=organisation, scopes=scopes, at=at
            )
            terms = Terms(f"TEST {organisation}", PURPOSES, entries, Period(date(2026, 1, 1), None))
            await grant_agreement(session, organisation=organisation, terms=terms, at=at)
            issued[organisation] = client.client_secret
    await database.close()
    return issued


@dataclass
class Partner:
    """Speaks to the gateway for one organisation."""

    http: httpx.Client
    client_id: str
    secret: str
    rows: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _token: str = ""
    _since: datetime = _NEVER

    def ask(
        self,
        method: str,
        path: str,
        *,
        purpose: str = "REGISTRATION",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Send a request."""
        if datetime.now(UTC) - self._since > _FRESH:
            form = {"grant_type": "client_credentials"}
            answer = self.http.post("/oauth2/token", data=form, auth=(self.client_id, self.secret))
            self._token, self._since = answer.json()["access_token"], datetime.now(UTC)
        lines = {"authorization": f"Bearer {self._token}", "purpose": purpose, "accept-language": "en"}
        return self.http.request(method, path, headers={**lines, **(headers or {})}, **more)

    def make(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        """Send a POST that must succeed."""
        answer = self.ask("POST", path, json=body, **more)
        assert answer.status_code in {200, 201, 202}, f"{path}: {answer.status_code} {answer.text}"
        made: dict[str, Any] = answer.json()
        return made

    def settle(self) -> None:
        """Make one row of every kind; note its ids by kind, and every value said of it."""
        person, rows = self._person(), self.rows
        rows["person"], rows["programme_number"] = person["id"], person["programme_number"]
        for member, kind in PARTS.items():
            rows[kind] = (person[member] if isinstance(person[member], dict) else person[member][0])["id"]
        [held] = self.ask("GET", f"/v1/persons/{person['id']}/nationalities").json()["items"]
        rows["nationality"] = held["id"]
        there = f"/v1/persons/{person['id']}/permits/{rows['permit']}/renewals"
        rows["renewal"] = self.make(there, {"filed_on": "2026-11-01"})["id"]
        file = {"content-type": "text/csv"}
        name = self._word()
        sent = self.ask("POST", "/v1/imports", content=f"row_id,given\n1,{name}\n", headers=file)
        assert sent.status_code == 202, sent.text
        rows["job"] = sent.json()["id"]
        file, paper = {"content-type": "application/pdf"}, f"%PDF-1.7 {self._word()}".encode()
        there = f"/v1/persons/{person['id']}/documents?type=PASSPORT"
        rows["document"] = self.ask("POST", there, content=paper, headers=file).json()["id"]
        self._family()
        self._regularisation()
        self._rights()
        self._coverage()
        self._training()
        self._partnership()
        self._subscription()

    def _partnership(self) -> None:
        rows = self.rows
        rows["partner"] = self.ask("GET", "/v1/partners/me").json()["partner"]["id"]
        [agreement] = self.ask("GET", f"/v1/partners/{rows['partner']}/agreements").json()["items"]
        rows["agreement"], rows["client"] = agreement["id"], self.client_id

    def _subscription(self) -> None:
        wanted = {"url": f"http://127.0.0.1:9/{self._word()}", "types": ["*"], "purpose": "REGISTRATION"}
        made = self.make("/v1/subscriptions", wanted)
        self.said.append(made["secret"])
        self.rows["subscription"] = made["id"]
        self.rows["delivery"] = self.make(f"/v1/subscriptions/{made['id']}/test", {})["id"]

    def _family(self) -> None:
        rows, there = self.rows, f"/v1/persons/{self.rows['person']}"
        rows["relative"] = self._person()["id"]
        member = {"person_id": rows["person"], "role": "HEAD"}
        rows["household"] = self.make("/v1/households", {"members": [member]})["id"]
        linked = {"kind": "SIBLING", "person_id": rows["relative"]}
        rows["relationship"] = self.make(f"{there}/relationships", linked)["id"]
        lawyer = {"capacity": "LAWYER", "organisation": self._word()}
        rows["representation"] = self.make(f"{there}/representatives", lawyer)["id"]
        [barrier] = self.make(f"{there}/barriers", {"protected_from": [rows["relative"]]})["items"]
        rows["barrier"] = barrier["id"]

    def _rights(self) -> None:
        rows, there = self.rows, f"/v1/persons/{self.rows['person']}"
        wanted = {"languages": ["fr"], "reason": self._word()}
        rows["change_request"] = self.make(f"{there}/change-requests", wanted)["id"]
        agreed = {"purpose": "TRAINING", "recipient": "ofppt", "language": "fr", "channel": "oral"}
        notice = {"code": "TRAINING", "version": 1}
        rows["consent"] = self.make(f"{there}/consents", {**agreed, "notice": notice})["id"]
        opposed = {"recipient": "ofppt", "purposes": ["STATISTICS"], "grounds": self._word(), "channel": "oral"}
        rows["opposition"] = self.make(f"{there}/oppositions", opposed)["id"]
        wrong = {"fields": ["birth"], "said": self._word(), "wanted": self._word(), "channel": "oral"}
        rows["rectification"] = self.make(f"{there}/rectifications", wrong)["id"]

    def _regularisation(self) -> None:
        filing = {"campaign": "R2017", "category": "ENFANT", "bureau": "MA-RAB", "filed_on": "2017-03-15"}
        made = self.make("/v1/regularisation-files", {"person_id": self.rows["person"], **filing})
        self.rows["regularisation_file"] = made["id"]
        told = {"fact": "resident_since", "value": "2011"}
        there = f"/v1/regularisation-files/{made['id']}/evidence"
        self.rows["regularisation_evidence"] = self.make(there, told)["id"]

    def _coverage(self) -> None:
        declared = {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True}
        question = {"person_id": self.rows["person"], "scheme": "AMO_ACHAMIL", "declared": declared}
        made = self.make("/v1/coverage/determinations", question, purpose="HEALTH_COVERAGE")
        assert made["status"] == "ELIGIBLE", made
        self.rows["determination"] = made["id"]
        path = f"/v1/coverage/determinations/{made['id']}/confirm"
        self.rows["entitlement"] = self.make(path, {}, purpose="HEALTH_COVERAGE")["confirmation"]["entitlement_id"]

    def _training(self) -> None:
        rows = self.rows
        place = {"region": "06", "unit": "MA-CAS"}
        rows["institution"] = self.make("/v1/institutions", {"name": "Centre", **place})["id"]
        programme = {"institution_id": rows["institution"], "name": "Couture", "level": "Q"}
        rows["programme"] = self.make("/v1/programmes", programme)["id"]
        days = {"starts_on": "2027-09-15", "ends_on": "2028-06-30", "capacity": 5}
        rows["session"] = self.make("/v1/sessions", {"programme_id": rows["programme"], **days})["id"]
        path = f"/v1/sessions/{rows['session']}/applications"
        applied = self.make(path, {"person_id": rows["person"]}, purpose="TRAINING")
        rows["application"] = applied["id"]
        assert applied["status"] == "ADMISSIBLE", applied
        rows["enrolment"] = self.make("/v1/enrolments", {"application_id": applied["id"]}, purpose="TRAINING")["id"]

    def _person(self) -> dict[str, Any]:
        passport, permit = self._word().upper() + "1", self._word().upper() + "2"
        phone = f"06{secrets.randbelow(10**8):08d}"
        self.said += [phone[1:]]
        return self.make(
            "/v1/persons",
            {
                "names": [{"family": self._word(), "given": self._word()}],
                "sex": "F",
                "birth": {"year": 2004, "month": 5, "day": 12},
                "birth_place": self._word(),
                "mother_name": self._word(),
                "nationalities": ["SEN"],
                "school_level": "COLLEGE_3",
                "contacts": [{"kind": "phone", "value": phone}],
                "address": {"region": "06", "unit": "MA-CAS", "line": self._word()},
                "identifiers": [{"system": "PASSPORT", "value": passport}],
                "legal_status": {"code": "REGULARISED_2017", "valid_from": "2018-03-01"},
                "permits": [{"type": "REG3", "number": permit, "valid_from": "2025-02-01", "valid_to": "2028-02-01"}],
            },
        )

    def _word(self) -> str:
        """Return a word that nobody else says."""
        word = "zz" + "".join(secrets.choice("bcdfgklmnprst") + secrets.choice("aiou") for _ in range(5))
        self.said.append(word)
        return word


PARTS = {
    "identifiers": "identifier",
    "permits": "permit",
    "legal_statuses": "legal_status",
    "address": "address",
    "contacts": "contact",
}
"""Member of a person to the kind of its part."""
