"""What a person is given of all her data: joined by `persons`, with the access log that `audit` keeps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from services.gateway.audit.domain.accesses import LogPart
from services.gateway.audit.operations.read_access_log import read_access_log
from services.gateway.audit.reference import words
from services.gateway.audit.store.own import OwnTrail
from services.gateway.persons.api.extracts import Log, router
from services.gateway.persons.domain.extracts import Use
from services.gateway.ports import Services
from services.kit.audit import Trail
from services.kit.callers import Caller
from services.kit.pages import LARGEST_PAGE

ROUTERS = (router,)


def wire_extracts(control: FastAPI) -> None:
    """Lend the access log and its words to the extract; `wire_audit` comes first."""
    database, names = control.state.database, control.state.organisation_names

    async def read(  # the shape of `Log.read`
        services: Services,
        row: Trail,
        *,
        person_id: UUID,
        caller: Caller,
        request_id: str,
        language: str,
        limit: int,
    ) -> tuple[Sequence[Use], bool, bool]:
        found: list[Any] = []
        before: tuple[datetime, UUID] | None = None
        whole = True
        while len(found) < limit:
            page = await read_access_log(
                services,
                OwnTrail(database, row),
                person_id=person_id,
                caller=caller,
                request_id=request_id,
                before=before,
                limit=LARGEST_PAGE - 1,
            )
            found += page.entries
            whole = whole and all(part is LogPart.OK for part in page.parts.values())
            before = page.last
            if before is None:
                break
        named = await names({entry.organisation for entry in found})
        uses = [
            Use(
                at=entry.at,
                organisation=named.get(entry.organisation),
                purpose=entry.purpose,
                action=words.action(entry.action)[language],
                outcome=entry.outcome.partition(":")[0],
            )
            for entry in found[:limit]
        ]
        return uses, before is not None or len(found) > limit, whole

    control.state.extract_log = Log(read, _say)


def _say(kind: str, code: str, language: str) -> str:
    return (words.purpose(code) if kind == "purposes" else words.outcome(code))[language]
