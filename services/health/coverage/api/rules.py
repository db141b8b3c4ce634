"""The rules over HTTP: what holds, since when, how certain, read where. Nothing personal."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.health.coverage.api import views
from services.health.coverage.api.dependencies import Books
from services.health.coverage.contract.rules import CoverageRulePage
from services.health.coverage.domain.rules import Kind
from services.health.coverage.store import rules
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.fields import CivilDate
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router

router = Router(tags=["coverage"])


@router.get("/v1/coverage/rules", operation_id="list_coverage_rules")
async def list_coverage_rules(
    *,
    _caller: Annotated[Caller, requires("coverage:read", personal=False)],
    session: ReadSession,
    books: Books,
    page: Page,
    request: Request,
    response: Response,
    kind: Annotated[Kind | None, Query(description="Only rules of this kind")] = None,
    on: Annotated[CivilDate | None, Query(description="Only rules in force on this day")] = None,
) -> CoverageRulePage:
    """List the rules that new determinations are made under, past and future rows included."""
    book = await books.current(session)
    rows, last = rules.page(book, kind=kind, on=on, after=page.after, limit=page.limit)
    cursor = next_cursor(request, response, None if last is None else rules.key(last))
    return CoverageRulePage(rule_set=book.fingerprint, items=[views.rule_row(row) for row in rows], next=cursor)
