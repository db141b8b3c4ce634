"""Schemathesis on each service's own document: no 500, no undocumented answer, no bad input taken for good."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.gateway.forwarding.reference.limits import BY_CLIENT, classes
from services.health.app import create_app as create_health
from services.health.settings import HealthSettings
from services.registry.app import create_app as create_registry
from services.registry.settings import RegistrySettings
from services.stack.stores import Store
from services.training.app import create_app as create_training
from services.training.settings import TrainingSettings
from tests.fuzz.explore import explore
from tests.support.asgi import settings_for
from tests.support.callers import bearer, trust_test_keys
from tests.support.server import Databases
from tests.support.serving import served
from tests.support.system import System, running_system

TOKEN_LASTS_S = 200.0
Create = Callable[[Store], FastAPI]

SERVICES: dict[str, tuple[str, str, Create]] = {
    "registry": ("registry", "REGISTRATION", lambda store: create_registry(RegistrySettings(**settings_for(store)))),
    "health": ("coverage", "HEALTH_COVERAGE", lambda store: create_health(HealthSettings(**settings_for(store)))),
    "training": ("training", "TRAINING", lambda store: create_training(TrainingSettings(**settings_for(store)))),
}


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_keeps_to_its_document(name: str, databases: Databases) -> None:
    store, purpose, create = SERVICES[name]
    with databases.fresh(store) as database:
        app = create(database)
        trust_test_keys(app, name)
        document = app.openapi()
        scopes = sorted(scopes_of(document))
        with served(app) as url:
            explored = explore(document, base_url=url, headers=lambda: bearer(*scopes, service=name, purpose=purpose))
    assert explored == sum(len(operations) for operations in document["paths"].values())


def test_the_public_document_holds_for_the_whole_system(databases: Databases) -> None:
    with running_system(databases) as system:
        lift_limits(system)
        credentials = Credentials(system)
        explored = explore(system.document, base_url=system.base_url, headers=credentials.headers)
    assert explored == sum(len(operations) for operations in system.document["paths"].values())


def lift_limits(system: System) -> None:
    """Give the integrator limits that are never reached: what is counted out is not looked at."""
    names = [policy.name for limited in classes() if limited.by == BY_CLIENT for policy in limited.policies]
    with psycopg.connect(system.stores["gateway"].admin_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO limit_override (organisation, policy, version, units, window_s, burst)"
            " VALUES ('integrator', %s, 1, 1000000, 60, 1000000)",
            [(name,) for name in names],
        )


class Credentials:
    """The integrator's token, renewed before it expires."""

    def __init__(self, system: System) -> None:
        self._system, self._token, self._fetched = system, "", float("-inf")

    def headers(self) -> dict[str, str]:
        if time.monotonic() - self._fetched > TOKEN_LASTS_S:
            self._fetched = time.monotonic()
            pair = ("integrator", self._system.secrets["integrator"])
            form = {"grant_type": "client_credentials"}
            answer = httpx.post(f"{self._system.base_url}/oauth2/token", data=form, auth=pair)
            self._token = answer.json()["access_token"]
        return {"authorization": f"Bearer {self._token}", "purpose": "HEALTH_COVERAGE"}


def scopes_of(document: dict[str, Any]) -> set[str]:
    return {
        scope
        for operations in document["paths"].values()
        for operation in operations.values()
        for requirement in operation.get("security", [])
        for scope in requirement.get("oauth2", [])
    }
