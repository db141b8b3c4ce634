"""The admission rules over HTTP."""

from typing import Annotated

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.routes import Router
from services.training.courses.api.views import rule_view
from services.training.courses.contract.catalogue import RuleList
from services.training.courses.store import rules

router = Router(tags=["admission"])


@router.get("/v1/training/rules", operation_id="list_admission_rules")
async def list_admission_rules(
    *, _caller: Annotated[Caller, requires("courses:read", personal=False)], session: ReadSession
) -> RuleList:
    """List every dated row of the admission rules with its certainty and source."""
    found = await rules.load(session)
    return RuleList(rule_set=found.fingerprint, items=[rule_view(rule) for rule in found.rules])
