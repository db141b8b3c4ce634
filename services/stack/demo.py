"""Fill an empty installation with demo data: through the gateway, over HTTP, as any partner's program would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from services.kit import http
from services.stack.secret_files import read_document, write_document

_DATA_FILE = Path(__file__).parent / "demo_data.yaml"
_CREATED = 201
_OK = 200
_CONFLICT = 409
_PATIENCE_S = 30.0
_PURPOSE = "REGISTRATION"
Progress = Callable[[int, int], None]
"""Told how many of how many records are sent."""


class DemoDataRefusedError(RuntimeError):
    """The gateway did not take a record of the demo data; says which and why."""


class DemoPartner:
    """The demo's `integrator`, with a token.

    Args:
        client: An HTTP client for the gateway.
        credentials: Its entry in the demo file.
    """

    def __init__(self, client: Any, credentials: Mapping[str, Any]) -> None:
        self._client = client
        self._credentials = credentials
        self._token = ""

    async def sign_in(self) -> None:
        """Fetch a token; it lasts longer than the demo data take.

        Raises:
            DemoDataRefusedError: The gateway gives none.
        """
        answer = await self._client.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(self._credentials["client_id"], self._credentials["client_secret"]),
        )
        if answer.status_code != _OK:
            raise DemoDataRefusedError(f"no token for the demo client: {answer.status_code} {answer.text}")
        self._token = answer.json()["access_token"]

    async def read(self, path: str, *, purpose: str | None = None) -> Mapping[str, Any]:
        """Return the JSON object at a path.

        Raises:
            DemoDataRefusedError: The answer is not 200.
        """
        answer = await self._client.get(path, headers=self._headers(purpose))
        if answer.status_code != _OK:
            raise DemoDataRefusedError(f"GET {path}: {answer.status_code} {answer.text}")
        body: Mapping[str, Any] = answer.json()
        return body

    async def create(self, path: str, record: Mapping[str, Any], *, key: str, purpose: str | None = None) -> str | None:
        """Send a record once, however often this is called with the same key; return its id.

        None where the installation holds such a record already.

        Raises:
            DemoDataRefusedError: It is not taken.
        """
        headers = {**self._headers(purpose), "idempotency-key": key}
        answer = await self._client.post(path, json=record, headers=headers)
        if answer.status_code == _CONFLICT:
            return None
        if answer.status_code != _CREATED:
            raise DemoDataRefusedError(f"POST {path} ({key}): {answer.status_code} {answer.text}")
        return str(answer.json()["id"])

    def _headers(self, purpose: str | None) -> dict[str, str]:
        headers = {"authorization": f"Bearer {self._token}", "accept-language": "en"}
        return headers if purpose is None else {**headers, "purpose": purpose}


class DemoData:
    """The demo data of one installation; begun once, and finished at the next start when that was broken off.

    Args:
        state_file: Remembers how far this installation is.
        today: Sessions start so many days after it.
    """

    def __init__(self, state_file: Path, *, today: date) -> None:
        self._state_file = state_file
        self._state = read_document(state_file)
        self._today = date.fromisoformat(self._state.get("today", today.isoformat()))
        self._records: Mapping[str, Any] = yaml.safe_load(_DATA_FILE.read_text(encoding="utf-8"))

    @property
    def is_complete(self) -> bool:
        """Say whether everything was sent at an earlier start."""
        return bool(self._state.get("complete"))

    async def send(self, partner: DemoPartner, progress: Progress) -> bool:
        """Send what is missing; return False, having sent nothing, where the registry holds persons of others.

        Raises:
            DemoDataRefusedError: A record is not taken.
        """
        if not self._state:
            if (await partner.read("/v1/changes?limit=1", purpose=_PURPOSE))["items"]:
                return False
            self._remember(complete=False)
        persons = self._records["persons"]
        total = len(persons) + sum(len(self._records[kind]) for kind in ("institutions", "programmes", "sessions"))
        done = await self._send_courses(partner, lambda done: progress(done, total))
        for number, person in enumerate(persons, start=1):
            await partner.create("/v1/persons", person, key=f"demo-person-{number}", purpose=_PURPOSE)
            progress(done + number, total)
        self._remember(complete=True)
        return True

    async def _send_courses(self, partner: DemoPartner, progress: Callable[[int], None]) -> int:
        ids: dict[str, str | None] = {}
        done = 0
        for path, key, record in self._courses(ids):
            ids[key] = await partner.create(path, record, key=f"demo-{key}")
            progress(done := done + 1)
        return done

    def _courses(self, ids: Mapping[str, str | None]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield path, key and record of what the catalogue holds; each may name the id of one sent before."""
        for key, record in self._records["institutions"].items():
            yield "/v1/institutions", key, record
        for key, record in self._records["programmes"].items():
            named = {name: value for name, value in record.items() if name != "institution"}
            yield "/v1/programmes", key, named | {"institution_id": ids[record["institution"]]}
        for number, record in enumerate(self._records["sessions"], start=1):
            named = {name: record[name] for name in ("region", "unit", "site", "capacity")}
            starts_on = self._today + timedelta(days=record["starts_in_days"])
            ends_on = starts_on + timedelta(days=record["days"])
            dates = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
            yield "/v1/sessions", f"session-{number}", named | dates | {"programme_id": ids[record["programme"]]}

    def _remember(self, *, complete: bool) -> None:
        self._state = {"today": self._today.isoformat(), "complete": complete}
        write_document(self._state_file, self._state)


@asynccontextmanager
async def signed_in(base_url: str, credentials: Mapping[str, Any]) -> AsyncIterator[DemoPartner]:
    """Yield the demo partner with a token, connected to the gateway."""
    async with http.client(base_url, timeout_s=_PATIENCE_S) as client:
        partner = DemoPartner(client, credentials)
        await partner.sign_in()
        yield partner
