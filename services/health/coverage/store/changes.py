"""What others may follow of this store: references, written in the transaction of what they tell of."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.health.coverage.domain.records import Determination

MADE, CONFIRMED = "coverage.determination_made", "coverage.determination_confirmed"
OPENED = "coverage.entitlement_opened"
_VERSIONS = {MADE: 1, CONFIRMED: 2, OPENED: 1}
"""A determination is written twice in its life, an entitlement once so far."""


async def tell(session: AsyncSession, kind: str, of: Determination) -> None:
    """Leave a change about a determination, or about the right that it opened: never what it says."""
    references = {
        "person_id": str(of.draft.person_id),
        "determination_id": str(of.id),
        "organisation": of.draft.organisation,
    }
    if kind == OPENED:
        references["entitlement_id"] = str(of.entitlement_id)
    await changes.append(
        session, subject=of.draft.person_id, kind=kind, version=_VERSIONS[kind], payload=references
    )  # fmt: skip
