"""The health service: builds its application and decides nothing."""

from pathlib import Path

from fastapi import FastAPI

from services.background import change_routes
from services.health.coverage.api import determinations, entitlements, extracts, problems, rules, verification
from services.health.coverage.store.rules import RuleBooks
from services.health.settings import HealthSettings
from services.kit import application
from services.kit.keyed_hash import IdentifierHasher
from services.trail import routes as trail

SCHEMA_HEAD = Path(__file__).parent / "coverage" / "migrations" / "HEAD"
DESCRIPTION = "Entitlement to health coverage: every answer explained, replayable, and never a refusal of care."


def create_app(settings: HealthSettings | None = None) -> FastAPI:
    """Return the application; settings come from the environment unless given."""
    settings = settings or HealthSettings()
    app = application.build(
        "health",
        settings=settings,
        routers=[
            determinations.router,
            entitlements.router,
            extracts.router,
            verification.router,
            rules.router,
            change_routes.router,
            trail.router,
        ],
        refusals=problems.PROBLEMS,
        constraints=problems.CONSTRAINTS,
        types=problems.TYPES.values(),
        schema_head=SCHEMA_HEAD.read_text("utf-8").strip(),
        description=DESCRIPTION,
    )
    app.state.rule_books = RuleBooks()
    app.state.hasher = IdentifierHasher(bytes.fromhex(settings.identifier_hash_key.get_secret_value()))
    return app
