"""The trails, and the names of those in them."""

from collections.abc import Collection, Mapping

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from services.gateway.access.store.organisation_names import names_of
from services.gateway.audit.api import access_log, records
from services.gateway.audit.domain.errors import LogClosedError
from services.kit import problems
from services.kit.database import Database
from services.kit.problems import ProblemType

ROUTERS = (records.router, access_log.router)
REFUSALS: dict[type[Exception], ProblemType] = {LogClosedError: problems.NOT_FOUND}


def wire_audit(control: FastAPI) -> None:
    """Let the access log name organisations as the administration of partners does."""
    database: Database = control.state.database

    async def names(codes: Collection[str]) -> Mapping[str, str]:
        """Return names by code; where the store does not answer, the codes themselves."""
        try:
            async with database.sessions.begin() as session:
                return await names_of(session, codes)
        except (OSError, SQLAlchemyError):
            return {code: code for code in codes if code}

    control.state.organisation_names = names
