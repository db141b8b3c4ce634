"""Liveness and readiness. Liveness asks the process alone; readiness the database, its schema and the draining flag."""

import asyncpg
from fastapi import APIRouter, Request, Response

from services.kit.database import Database

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, str]:
    """Say whether requests may be sent here."""
    reason = await _unready(request)
    if reason is None:
        return {"status": "ok"}
    response.status_code = 503
    return {"status": "unready", "reason": reason}


async def _unready(request: Request) -> str | None:
    state = request.app.state
    database: Database = state.database
    if state.draining:
        return "draining"
    try:
        revision = await database.revision()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return "database"
    if state.schema_head is not None and revision != state.schema_head:
        return "schema"
    return None
