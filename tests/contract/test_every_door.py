"""Every route of every application is guarded: a service believes no network position, no header, no other's token.

The routes are read from the applications themselves, those for the gateway alone among them; whoever adds one without
a declared scope is stopped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from services.gateway.app import Gateway
from services.kit.routes import StrictRoute
from tests.support.callers import OTHER_KEY, internal_token, trust_test_keys
from tests.support.server import Databases
from tests.support.system import System, running_system

SERVICES = {"registry": "registry", "coverage": "health", "training": "training"}
"""The services by store, as their tokens name them."""

PUBLIC = frozenset(
    {
        "GET /livez",
        "GET /readyz",
        "GET /openapi.json",
        "GET /docs",
        "GET /problems",
        "GET /problems/{slug}",
        "GET /.well-known/security.txt",
        "GET /.well-known/jwks.json",
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/openid-configuration",
        "GET /.well-known/oauth-protected-resource",
        "GET /internal/jwks.json",
    }
)
"""What anybody may read: probes, documents, keys to verify with. `/internal` is for this network's services."""

CREDENTIALS_OF_THEIR_OWN = frozenset({"POST /oauth2/token", "POST /oauth2/introspect", "POST /oauth2/revoke"})
"""Where a client shows its secret or its key instead of a token."""

SIGNED_LINKS = frozenset({"GET /v1/document-links/{token}"})
"""What proves itself: the address holds who may, what, until when, and a signature."""

PAGES = re.compile(r"/(sign-in|sign-out|invitation|enrolment|account|portal|oauth2/authorize)(/|$)")
"""Pages for people: guarded by a session's cookie and a token against forgery, tested with the pages."""

ANY_CALLER = frozenset(
    {
        "GET /v1/reference/{name}",
        "GET /v1/regularisation-rules/{name}",
        "GET /v1/regularisation-statistics",
        "GET /v1/jobs/{job_id}",
        "DELETE /v1/jobs/{job_id}",
        "GET /v1/data-catalogue",
        "GET /v1/limits",
        "GET /v1/partners/me",
        "GET /v1/partners/{partner_id}",
        "GET /v1/partners/{partner_id}/history",
        "GET /v1/partners/{partner_id}/clients",
        "GET /v1/partners/{partner_id}/clients/{client_id}",
        "GET /v1/partners/{partner_id}/agreements",
        "GET /v1/partners/{partner_id}/agreements/{agreement_id}",
    }
)
"""What every client with a good token may ask: nothing personal, or its own partner's own."""

WITHOUT_PURPOSE = "a token without a purpose"
"""The refusal is 400: the call lacks a header, and the right may be there."""

SPOOFED = {
    "x-user": "admin",
    "x-organisation": "ministry",
    "x-client-id": "ministry",
    "x-scopes": "persons:read persons:write",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-user": "admin",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "gateway",
    "x-forwarded-client-cert": 'Subject="CN=gateway"',
    "x-real-ip": "127.0.0.1",
    "x-ssl-client-verify": "SUCCESS",
    "x-original-url": "/livez",
    "x-rewrite-url": "/livez",
    "x-http-method-override": "GET",
    "x-internal": "true",
    "client-cert": ":MIIB:",
    "forwarded": "for=127.0.0.1;by=gateway;proto=https",
    "via": "1.1 gateway",
    "purpose": "REGISTRATION",
    "cookie": "session=admin; __Host-session=admin",
}


NO_EFFECT = ("audit", "limit", "rate", "trail", "browser_session")
"""Tables in which a refusal leaves a row of its own; a page for signing in counts its visitor, who is nobody yet."""


@dataclass(frozen=True)
class Door:
    """One route of one application."""

    store: str
    method: str
    path: str
    route: Any
    scopes: tuple[str, ...] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        return re.sub(r"\{\w+\}", lambda _: str(uuid4()), self.path)


@pytest.fixture(scope="module")
def system(databases: Databases) -> Iterator[System]:
    """The whole system; its services believe the keys of this test run."""
    with running_system(databases) as running:
        for store, service in SERVICES.items():
            trust_test_keys(control_of(running, store), service)
        yield running


@pytest.fixture(scope="module")
def doors(system: System) -> list[Door]:
    """Every route there is."""
    return [door for store in system.applications for door in doors_of(store, control_of(system, store))]


def control_of(system: System, store: str) -> FastAPI:
    application = system.applications[store]
    control = application.control if isinstance(application, Gateway) else application
    assert isinstance(control, FastAPI)
    return control


def doors_of(store: str, app: FastAPI) -> Iterator[Door]:
    document = app.openapi()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert route.path in {"/docs/assets", "/assets"}, "files that are served are named here"
            continue
        for method in sorted((context.methods or set()) - {"HEAD"}):
            path = str(context.path)
            said = document["paths"].get(path, {}).get(method.lower())
            security = (said or {}).get("security", []) if getattr(route, "include_in_schema", False) else []
            scopes = [scope for one in security for scope in one.get("oauth2", [])]
            guarded = any("oauth2" in one for one in security)
            yield Door(store, method, path, route, tuple(scopes) if guarded else None)


def guarded(doors: list[Door], *stores: str) -> list[Door]:
    return [door for door in doors if door.scopes is not None and door.store in stores]


def test_every_route_declares_a_scope_or_is_known_to_need_none(doors: list[Door]) -> None:
    assert len(doors) > 90
    open_doors = {
        door.name for door in doors if door.scopes is None and not (door.store == "gateway" and PAGES.match(door.path))
    }
    known = PUBLIC | CREDENTIALS_OF_THEIR_OWN | SIGNED_LINKS
    assert open_doors <= known, "a new route: declare its scope with `requires`"
    anybodys = {door.name for door in doors if door.scopes == ()}
    assert anybodys <= ANY_CALLER, "a new route without a scope: say here why every client may ask it"


def test_every_route_with_a_scope_has_the_guard_in_front(doors: list[Door]) -> None:
    """The gateway's compositions guard themselves by hand where one scope of several is enough."""
    by_hand = {"GET /v1/persons/{person_id}/overview", "GET /v1/persons/{person_id}/access-log"}
    for door in guarded(doors, *SERVICES, "gateway"):
        assert isinstance(door.route, StrictRoute), door.name
        assert door.route.guarded or door.name in by_hand, door.name


def bad_tokens(service: str, scopes: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield, for a service, what must not open a route that needs these scopes; each with what is wrong with it."""

    def token(**options: Any) -> dict[str, str]:
        wanted = {"service": service, **options}
        return {"authorization": f"Bearer {internal_token(*scopes.split(), **wanted)}"}

    others = {"registry", "health", "training", "gateway"} - {service}
    good = token()["authorization"].split(".")
    yield "no token", {}
    yield "spoofed headers", SPOOFED
    yield "a token in the wrong scheme", {"authorization": "Basic YWRtaW46YWRtaW4="}
    yield "no token at all", {"authorization": "Bearer"}
    yield "a token that is none", {"authorization": "Bearer x.y.z"}
    yield "a token without its signature", {"authorization": ".".join([*good[:2], ""])}
    yield "an outside token", token(iss="https://indimaj.test", aud="https://indimaj.test")
    yield "an outside token for this service", token(iss="https://indimaj.test")
    yield "a token of other keys", token(key=OTHER_KEY)
    yield "a token that has ended", token(age=timedelta(minutes=5))
    yield "a token for nobody", token(aud=None)
    for other in sorted(others):
        yield f"the token of {other}", token(service=other)
    yield "a token for all services", token(aud=[f"svc:{each}" for each in (service, *sorted(others))])


def doubtful_tokens(service: str, door: Door) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield good tokens that are not good enough for a route."""

    def token(*scopes: str, **options: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {internal_token(*scopes, service=service, **options)}"}

    scopes = door.scopes or ()
    if scopes:
        yield "a token without the scope", token("other:read")
        yield "a token with a scope of another name", token(*(f"{scope}x" for scope in scopes))
    if isinstance(door.route, StrictRoute) and door.route.personal:
        yield WITHOUT_PURPOSE, token(*scopes, purpose=None)
        yield WITHOUT_PURPOSE, token(*scopes, purpose="CURIOSITY")
        yield "a token without agreements", token(*scopes, agreed={})
        yield "a token with agreements on something else", token(*scopes, agreed={"other": {}})


def send(http: httpx.Client, system: System, door: Door, headers: dict[str, str]) -> httpx.Response:
    more: dict[str, Any] = {} if door.method == "GET" else {"json": {}}
    if door.path == "/v1/imports":
        more = {"content": b"row_id,given\n1,Awa\n"}
        headers = {**headers, "content-type": "text/csv"}
    keyed = {"idempotency-key": str(uuid4())} if door.method == "POST" else {}
    return http.request(door.method, system.urls[door.store] + door.target, headers={**keyed, **headers}, **more)


def rows(system: System, store: str) -> dict[str, int]:
    """Count the rows of every table but the audit trail's, which a refusal has a row in."""
    found = {}
    with psycopg.connect(system.stores[store].admin_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            if not table.startswith(NO_EFFECT):
                row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
                found[table] = row[0] if row else 0
    return found


@pytest.mark.parametrize("store", SERVICES)
def test_a_service_believes_nobody_but_the_gateway(system: System, doors: list[Door], store: str) -> None:
    service, before = SERVICES[store], rows(system, store)
    asked = 0
    with httpx.Client(timeout=60) as http:
        for door in guarded(doors, store):
            for what, headers in bad_tokens(service, " ".join(door.scopes or ())):
                answer = send(http, system, door, headers)
                assert answer.status_code == 401, f"{door.name}: {what}: {answer.status_code} {answer.text}"
                assert answer.headers["www-authenticate"].startswith("Bearer ")
                assert answer.headers["content-type"].startswith("application/problem+json")
                asked += 1
            for what, headers in doubtful_tokens(service, door):
                answer = send(http, system, door, headers)
                refused = 400 if what == WITHOUT_PURPOSE else 403
                assert answer.status_code == refused, f"{door.name}: {what}: {answer.status_code} {answer.text}"
                asked += 1
    assert asked > 100
    assert rows(system, store) == before


def test_the_gateway_takes_no_internal_token_and_no_header_for_one(system: System, doors: list[Door]) -> None:
    with httpx.Client(timeout=60) as http:
        assert http.get(system.base_url + "/internal/jwks.json").status_code == 200  # makes the keys
        before = rows(system, "gateway")
        for door in guarded(doors, "gateway"):
            for what, headers in bad_tokens("gateway", " ".join(door.scopes or ())):
                answer = send(http, system, door, headers)
                assert answer.status_code == 401, f"{door.name}: {what}: {answer.status_code} {answer.text}"
    assert rows(system, "gateway") == before


def test_what_is_only_for_the_gateway_is_not_behind_it(system: System, doors: list[Door]) -> None:
    published = {f"{method.upper()} {path}" for path, methods in system.document["paths"].items() for method in methods}
    composed = {door.name for door in guarded(doors, "gateway")} | {"GET /v1/changes"}
    for door in guarded(doors, *SERVICES):
        if (door.route.openapi_extra or {}).get("x-internal"):
            assert door.name not in published - composed, "the gateway answers, or the registry, or nobody"
        else:
            assert door.name in published, door.name
    with httpx.Client(timeout=60) as http:
        for path in (f"/v1/persons/{uuid4()}/facts", "/v1/coverage/summary", "/v1/training/summary", "/livez2"):
            assert http.get(system.base_url + path).status_code == 404


def test_a_page_for_people_shows_nothing_without_a_session(system: System, doors: list[Door]) -> None:
    before = rows(system, "gateway")
    with httpx.Client(timeout=60) as http:
        for door in doors:
            if door.store == "gateway" and PAGES.match(door.path):
                url = system.urls["gateway"] + door.target
                answer = http.request(door.method, url, headers={**SPOOFED, "origin": "https://evil.example"})
                assert answer.status_code < 500, f"{door.name}: {answer.status_code}"
                assert door.method == "GET" or answer.status_code >= 300, f"{door.name}: {answer.status_code}"
    assert rows(system, "gateway") == before
