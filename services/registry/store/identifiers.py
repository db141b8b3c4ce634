"""Who holds an identifier."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.holding import Held
from services.registry.domain.papers import Identifier
from services.registry.store.driver import driver

_HELD = """
SELECT i.system, i.value_norm, i.person_id FROM unnest($1::text[], $2::text[]) AS asked (system, value_norm)
JOIN identifier i ON i.system = asked.system AND i.value_norm = asked.value_norm AND upper_inf(i.known)
"""


_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(asked.system || ' ' || asked.value_norm, 0))
FROM unnest($1::text[], $2::text[]) AS asked (system, value_norm)
"""
_WHOSE = """
SELECT i.system, i.value_norm, i.issuer_norm, i.person_id, i.id
FROM unnest($1::text[], $2::text[]) AS asked (system, value_norm)
JOIN identifier i ON i.system = asked.system AND i.value_norm = asked.value_norm AND upper_inf(i.known)
"""


async def held(session: AsyncSession, identifiers: Iterable[Identifier]) -> list[Held]:
    """Return who holds the numbers, whoever issued them, and let nobody else take one of them before the commit.

    The constraint keeps equal numbers of one issuer apart. That a number without an issuer may be another's is nothing
    a constraint can say: writers of the same number wait for each other, in one order, so never in a circle.
    """
    wanted = sorted({(identifier.system, identifier.value_norm) for identifier in identifiers})
    if not wanted:
        return []
    connection = await driver(session)
    columns = [system for system, _ in wanted], [value for _, value in wanted]
    await connection.fetch(_LOCK, *columns)
    return [Held(*row) for row in await connection.fetch(_WHOSE, *columns)]


async def holders(session: AsyncSession, identifiers: Iterable[Identifier]) -> dict[tuple[str, str], UUID]:
    """Return the person who holds each live identifier, by (system, normalised value); free ones are left out."""
    wanted: Sequence[Identifier] = list(identifiers)
    if not wanted:
        return {}
    rows = await (await driver(session)).fetch(
        _HELD, [identifier.system for identifier in wanted], [identifier.value_norm for identifier in wanted]
    )
    return {(row[0], row[1]): row[2] for row in rows}
