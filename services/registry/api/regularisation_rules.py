"""The rules of the regularisations and the published counts, for everybody who works with them."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.fields import CivilDate, Code
from services.kit.routes import Router
from services.registry.contract.regularisation_lists import (
    RegularisationRuleList,
    RegularisationStatistic,
    RegularisationStatisticList,
)
from services.registry.store import regularisation_rules as store

router = Router(tags=["reference"])


class RuleListName(StrEnum):
    """The lists there are."""

    CAMPAIGNS = "campaigns"
    CATEGORIES = "categories"
    STATES = "states"
    STEPS = "steps"
    REASONS = "reasons"
    DEADLINES = "deadlines"
    CARDS = "cards"
    APPEALS = "appeals"
    CRITERIA = "criteria"
    METRICS = "metrics"
    FACTS = "facts"
    PAPERS = "papers"
    BUREAUS = "bureaus"


@router.get("/v1/regularisation-rules/{name}", operation_id="read_regularisation_rules")
async def read_regularisation_rules(
    *,
    name: Annotated[RuleListName, Path(description="Which list")],
    caller: Annotated[Caller, requires(personal=False)],  # noqa: ARG001  # any token will do
    session: ReadSession,
    response: Response,
) -> RegularisationRuleList:
    """Return a list of rules: every row with its terms, dates, certainty and source."""
    response.headers["cache-control"] = "private, max-age=300"
    return RegularisationRuleList(items=await store.items(session, name.value))


@router.get("/v1/regularisation-statistics", operation_id="list_regularisation_statistics")
async def list_regularisation_statistics(
    *,
    caller: Annotated[Caller, requires(personal=False)],  # noqa: ARG001  # published counts
    session: ReadSession,
    series: Annotated[Code | None, Query(description="One series", examples=["R2014_APPLICATIONS"])] = None,
    as_of: Annotated[CivilDate | None, Query(description="Leave out what was counted after this day")] = None,
) -> RegularisationStatisticList:
    """Return published counts of the regularisations. Sources disagree: a row is what one said on a day."""
    rows = await store.statistics(session, series, as_of)
    return RegularisationStatisticList(items=[RegularisationStatistic(**row) for row in rows])
