"""Ask for a change of a person that a second pair of eyes has to approve."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.change_requests import ChangeRequest, NothingChangesError
from services.registry.domain.persons import Person
from services.registry.domain.rights import CHANGE_REQUEST_DAYS, Actor
from services.registry.store import change_requests, receipts, rights_rules


async def request_change(  # what is asked for, why, and by whom
    session: AsyncSession,
    person: Person,
    *,
    patch: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    documents: Sequence[UUID],
    by: Actor,
    act: Act,
) -> ChangeRequest:
    """Store a request with the difference that it would make; nothing of the person changes yet.

    Args:
        session: The request's transaction.
        person: As she is known.
        patch: What is asked for, as it came.
        before: What each field that would change says.
        after: What it would say.
        reason: Why.
        documents: Ids of her documents that show it.
        by: Who asks.
        act: When.

    Raises:
        NothingChangesError: Every field would stay as it is.
        EvidenceUnknownError: A document is not hers.
    """
    if not after:
        raise NothingChangesError
    await receipts.require_documents(session, person.id, documents)
    rules = await rights_rules.load(session, act.today)
    return await change_requests.add(
        session,
        {
            "person_id": person.id,
            "patch": patch,
            "before": before,
            "after": after,
            "reason": reason,
            "documents": list(documents),
            "base_version": person.version,
            "proposed_at": act.at,
            "expires_at": act.at + timedelta(days=rules.days(CHANGE_REQUEST_DAYS)),
        },
        by=by,
    )
