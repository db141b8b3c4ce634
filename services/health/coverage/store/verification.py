"""The hot read of the desk: one statement finds the person, her rights and the rule set in force."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.health.coverage.domain.outcomes import EndReason
from services.health.coverage.domain.verification import Right
from services.health.coverage.store.ranges import period_of

MOST_RIGHTS = 20
_FIND = f"""
SELECT (SELECT hash FROM rule_set ORDER BY number DESC LIMIT 1) AS rule_set, found.*
FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
    SELECT known.person_id, held.scheme, held.valid, held.end_reason
    FROM person_identifier AS known LEFT JOIN entitlement AS held ON held.person_id = known.person_id
    WHERE known.system = $1 AND known.hash = $2
    ORDER BY upper(held.valid) DESC NULLS FIRST LIMIT {MOST_RIGHTS}
) AS found ON true
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What the store holds on an identifier.

    Attributes:
        persons: Whose identifier it is; none when nobody is known by it.
    """

    rule_set: str
    persons: frozenset[UUID]
    rights: tuple[Right, ...]


async def find(pool: asyncpg.Pool, *, system: str, hash: str) -> Found:  # noqa: A002  # the domain's word
    """Return what is held on the bearer of an identifier."""
    rows = await pool.fetch(_FIND, system, hash)
    return Found(
        rule_set=rows[0]["rule_set"],
        persons=frozenset(row["person_id"] for row in rows if row["person_id"] is not None),
        rights=tuple(
            Right(row["scheme"], period_of(row["valid"]), EndReason(row["end_reason"]))
            for row in rows
            if row["scheme"] is not None
        ),
    )
