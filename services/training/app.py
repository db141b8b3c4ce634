"""The training service's application: wires, nothing else."""

from pathlib import Path

from fastapi import FastAPI

from services.background import change_routes
from services.kit.application import build
from services.trail import routes as trail
from services.training.courses.api import applications, enrolments, extracts, institutions, programmes, rules, sessions
from services.training.courses.api.problems import CONSTRAINTS, PROBLEMS
from services.training.settings import TrainingSettings

SCHEMA_HEAD = Path(__file__).parent / "courses" / "migrations" / "HEAD"


def create_app(settings: TrainingSettings | None = None) -> FastAPI:
    """Build the application (`uvicorn --factory services.training.app:create_app`)."""
    return build(
        "training",
        settings=settings or TrainingSettings(),
        routers=[
            institutions.router,
            programmes.router,
            sessions.router,
            applications.router,
            enrolments.router,
            extracts.router,
            rules.router,
            change_routes.router,
            trail.router,
        ],
        refusals=PROBLEMS,
        constraints=CONSTRAINTS,
        schema_head=SCHEMA_HEAD.read_text(encoding="utf-8").strip(),
        description="Vocational courses: the catalogue, explained admission, and seats that are never sold twice.",
    )
