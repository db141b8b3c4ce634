"""A partner's program, as a partner would write it: one base URL, a token, a purpose, JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

_RENEW_SECONDS = 30
"""A token that ends this soon is not used for another request."""


@dataclass(frozen=True)
class Client:
    """Credentials of one partner's client, as the demo file lists them."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Client:
        """Read one entry of the demo file."""
        return cls(entry["client_id"], entry["client_secret"], tuple(entry["scopes"]))


@dataclass
class Partner:
    """Speaks to the gateway for one client and one purpose; fetches its own tokens."""

    http: httpx.Client
    client: Client
    purpose: str | None = None
    _token: str = ""
    _ends_at: float = field(default=0.0)

    def for_purpose(self, purpose: str | None) -> Self:
        """Return the same partner, asking for another reason."""
        return type(self)(self.http, self.client, purpose, self._token, self._ends_at)

    @property
    def token(self) -> str:
        """An access token with all the client's scopes, renewed before it ends."""
        if time.monotonic() > self._ends_at - _RENEW_SECONDS:
            answer = ask_for_token(self.http, self.client)
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
            self._ends_at = time.monotonic() + float(answer.json()["expires_in"])
        return self._token

    def headers(self) -> dict[str, str]:
        """Return what every request carries."""
        purpose = {"Purpose": self.purpose} if self.purpose else {}
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", **purpose}

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request; `headers` given here win over the usual ones."""
        headers = self.headers() | dict(options.pop("headers", {}))
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """Send a POST."""
        return self.request("POST", path, **({"json": json} if json is not None else {}), **options)

    def patch(self, path: str, json: Any, **options: Any) -> httpx.Response:
        """Send a PATCH with a merge patch."""
        return self.request("PATCH", path, json=json, **options)


def ask_for_token(http: httpx.Client, client: Client, **fields: str) -> httpx.Response:
    """Ask the token endpoint by client_secret_basic; `fields` are added to the form."""
    form = {"grant_type": "client_credentials", **fields}
    return http.post("/oauth2/token", data=form, auth=(client.client_id, client.client_secret))


def expect(answer: httpx.Response, status: int) -> Any:
    """Return the body of an answer with the status wanted; fail with the answer itself otherwise."""
    assert answer.status_code == status, (
        f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:800]}"
    )
    return answer.json() if answer.content else None


def expect_problem(answer: httpx.Response, status: int, slug: str | None = None) -> dict[str, Any]:
    """Return a refusal's problem document, having checked its shape."""
    body: dict[str, Any] = expect(answer, status)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert body["status"] == status
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"]
    assert body["detail"]
    if slug is not None:
        assert body["code"] == slug, body
    return body
