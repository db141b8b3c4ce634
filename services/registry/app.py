"""The registry's application."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI

from services.background import job_routes
from services.kit import application
from services.kit.keyed_hash import IdentifierHasher
from services.registry.api import (
    barriers,
    bulk_problems,
    change_requests,
    changes,
    consents,
    contacts,
    corrections,
    document_contents,
    document_problems,
    documents,
    erasure_problems,
    erasures,
    exports,
    extracts,
    facts,
    history,
    holds,
    household_members,
    household_problems,
    households,
    imports,
    nationalities,
    notices,
    oppositions,
    paper_problems,
    papers,
    person_problems,
    persons,
    problems,
    provenance,
    rectifications,
    reference,
    regularisation,
    regularisation_evidence,
    regularisation_problems,
    regularisation_rules,
    relationships,
    renewals,
    representatives,
    retention,
    rights_problems,
    search,
)
from services.registry.clients.opening import open_sealed
from services.registry.settings import RegistrySettings
from services.trail import routes as trail

_REFUSALS: tuple[Any, ...] = (
    problems,
    person_problems,
    paper_problems,
    document_problems,
    bulk_problems,
    regularisation_problems,
    rights_problems,
    erasure_problems,
    household_problems,
)
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
            exports.router,  # before the persons: "export" is no id
            persons.router,  # and in it, first, the read of one person: routes are tried in order
            search.router,
            contacts.router,
            nationalities.router,
            provenance.router,
            papers.router,
            corrections.router,
            renewals.router,
            history.router,
            documents.router,
            document_contents.router,
            extracts.router,
            change_requests.router,
            notices.router,
            consents.router,
            oppositions.router,
            rectifications.router,
            erasures.router,
            holds.router,
            retention.router,
            households.router,
            household_members.router,
            relationships.router,
            representatives.router,
            barriers.router,
            facts.router,
            imports.router,
            changes.router,
            reference.router,
            regularisation.router,
            regularisation_evidence.router,
            regularisation_rules.router,
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
    blob_key = settings.blob_key.get_secret_value()
    app.state.blobs = open_sealed(settings.blobs_url, blob_key)
    app.state.document_bytes = settings.document_bytes
    app.state.link_key = bytes.fromhex(blob_key)
    return app
