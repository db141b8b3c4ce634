"""Schemathesis on each service's own document: no 500, no undocumented answer, no bad input taken for good."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from services.health.app import create_app as create_health
from services.health.settings import HealthSettings
from services.stack.stores import Store
from services.training.app import create_app as create_training
from services.training.settings import TrainingSettings
from tests.fuzz.explore import explore
from tests.support.asgi import settings_for
from tests.support.callers import bearer, trust_test_keys
from tests.support.server import Databases
from tests.support.serving import served

Create = Callable[[Store], FastAPI]

SERVICES: dict[str, tuple[str, str, Create]] = {
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


def scopes_of(document: dict[str, Any]) -> set[str]:
    return {
        scope
        for operations in document["paths"].values()
        for operation in operations.values()
        for requirement in operation.get("security", [])
        for scope in requirement.get("oauth2", [])
    }
