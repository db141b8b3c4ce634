"""Whose a person is: the organisation's that registered her, for good.

A partner who sees only its own rows asks here before anything else is read, so that a stranger's person and nobody
give one and the same answer, after one and the same statement.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.driver import driver

_OWN = "SELECT 1 FROM person WHERE id = $1 AND organisation = $2"


async def require(session: AsyncSession, person_id: UUID, organisation: str | None) -> None:
    """See that a person may be known of.

    Args:
        session: The request's transaction.
        person_id: Whom.
        organisation: Whose persons alone may be; None for everybody's, which asks nothing.

    Raises:
        PersonNotFoundError: There is no such person among them.
    """
    if organisation is not None and await (await driver(session)).fetchval(_OWN, person_id, organisation) is None:
        raise PersonNotFoundError
