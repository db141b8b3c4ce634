"""Who holds an identifier."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.papers import Identifier
from services.registry.store.driver import driver

_HELD = """
SELECT i.system, i.value_norm, i.person_id FROM unnest($1::text[], $2::text[]) AS asked (system, value_norm)
JOIN identifier i ON i.system = asked.system AND i.value_norm = asked.value_norm AND upper_inf(i.known)
"""


async def holders(session: AsyncSession, identifiers: Iterable[Identifier]) -> dict[tuple[str, str], UUID]:
    """Return the person who holds each live identifier, by (system, normalised value); free ones are left out."""
    wanted: Sequence[Identifier] = list(identifiers)
    if not wanted:
        return {}
    rows = await (await driver(session)).fetch(
        _HELD, [identifier.system for identifier in wanted], [identifier.value_norm for identifier in wanted]
    )
    return {(row[0], row[1]): row[2] for row in rows}
