"""Refuse a change of sensitive fields that nobody else has looked at."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.change_requests import refuse_direct
from services.registry.store import change_requests, rights_rules


async def refuse_direct_change(session: AsyncSession, person_id: UUID, fields: Collection[str], act: Act) -> None:
    """See that what is known in some fields may be changed without a change request.

    Args:
        session: The request's transaction.
        person_id: Whose.
        fields: Those that said something and would say something else.
        act: Who would change them, when.

    Raises:
        ChangeRequestRequiredError: A field is sensitive, and the act is no slip that its own maker sets right in time.
    """
    if not fields:
        return
    registered_at, registered_by = await change_requests.registration(session, person_id)
    refuse_direct(
        person_id,
        fields,
        rules=await rights_rules.load(session, act.today),
        registered_at=registered_at,
        registered_by=registered_by,
        organisation=act.source.organisation,
        at=act.at,
    )
