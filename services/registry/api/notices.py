"""What persons are told before they are asked."""

from typing import Annotated

from fastapi import Query, Response

from services.kit.callers import Caller, Purpose, requires
from services.kit.clock import Today
from services.kit.database import ReadSession
from services.kit.fields import CivilDate
from services.kit.pages import LARGEST_PAGE
from services.kit.routes import Router
from services.registry.contract.rights import NoticeBody, NoticePage, NoticeText
from services.registry.domain.consents import Notice
from services.registry.store import notices as store

router = Router(tags=["rights"])


@router.get("/v1/notices", operation_id="list_notices")
async def list_notices(
    *,
    response: Response,
    _caller: Annotated[Caller, requires("persons:read", personal=False)],
    session: ReadSession,
    today: Today,
    purpose: Annotated[Purpose | None, Query(description="Of this purpose alone")] = None,
    on: Annotated[CivilDate | None, Query(description="In force on this day; today when left out")] = None,
) -> NoticePage:
    """Return the notices in force on a day, in every language; a consent names the version that was shown."""
    response.headers["cache-control"] = "private, max-age=300"
    found = await store.in_force(session, on or today, purpose=purpose, limit=LARGEST_PAGE)
    return NoticePage(items=[_body(notice) for notice in found])


def _body(notice: Notice) -> NoticeBody:
    return NoticeBody(
        code=notice.code,
        version=notice.version,
        purpose=notice.purpose,
        texts={"fr": _text(notice, "fr"), "ar": _text(notice, "ar"), "en": _text(notice, "en")},
        valid_from=notice.valid.start,
        valid_to=notice.valid.end,
        certainty=notice.certainty,
        source=notice.source,
    )


def _text(notice: Notice, language: str) -> NoticeText:
    return NoticeText(**notice.texts[language])
