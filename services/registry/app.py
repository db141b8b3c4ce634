"""The registry's application."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI

from services.background import job_routes
from services.kit import application
from services.kit.keyed_hash import IdentifierHasher
from services.registry.api import changes, facts, history, imports, papers, persons, problems, reference, search
from services.registry.settings import RegistrySettings
from services.trail import routes as trail

_REFUSALS: tuple[Any, ...] = (problems,)
"""Modules that say what refusals become: each with PROBLEMS, CONSTRAINTS and TYPES."""


def create_app(settings: RegistrySettings | None = None) -> FastAPI:
    """Return the application; nothing connects until it is needed.

    Args:
        settings: From the environment when left out.
    """
    settings = settings or RegistrySettings()
    app = application.build(
        "registry",
        settings=settings,
        routers=[
            persons.router,  # first, and in it the read of one person: routes are tried in order
            search.router,
            papers.router,
            history.router,
            facts.router,
            imports.router,
            changes.router,
            reference.router,
            job_routes.router,
            trail.router,
        ],
        refusals={error: kind for module in _REFUSALS for error, kind in module.PROBLEMS.items()},
        constraints={name: kind for module in _REFUSALS for name, kind in module.CONSTRAINTS.items()},
        types=[kind for module in _REFUSALS for kind in module.TYPES],
        schema_head=(files("services.registry") / "migrations" / "HEAD").read_text(encoding="utf-8").strip(),
        description="Who a person is: names, birth, papers, statuses, household; intake, search and the change feed.",
    )
    app.state.hasher = IdentifierHasher(bytes.fromhex(settings.identifier_hash_key.get_secret_value()))
    app.state.reference = None
    return app
