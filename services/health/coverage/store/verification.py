"""The hot read of the desk: one statement finds the person, her rights and the rule set in force."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.health.coverage.domain.outcomes import EndReason
from services.health.coverage.domain.verification import Right
from services.health.coverage.store.ranges import period_of
from services.kit.withholding import Viewer

MOST_RIGHTS = 20
_OPEN = "facts.withheld IS NULL OR NOT withheld_from(facts.withheld, known.person_id, $3, $4, $5, NULL, NULL)"
_ACTING = """NOT withheld_from(coalesce(facts.withheld, '{}'), known.person_id, $3, $4, $5, $6::uuid,
    (SELECT acting.withheld -> 'sees' FROM person_facts AS acting WHERE acting.person_id = $6::uuid))"""


def _statement(opened: str) -> str:
    return f"""
SELECT (SELECT hash FROM rule_set ORDER BY number DESC LIMIT 1) AS rule_set, found.*
FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
    SELECT known.person_id, held.scheme, held.valid, held.end_reason
    FROM person_identifier AS known JOIN person_facts AS facts ON facts.person_id = known.person_id
    LEFT JOIN entitlement AS held ON held.person_id = known.person_id
    WHERE known.system = $1 AND known.hash = $2 AND ({opened})
    ORDER BY upper(held.valid) DESC NULLS FIRST LIMIT {MOST_RIGHTS}
) AS found ON true
"""


_FIND, _FIND_ACTING = _statement(_OPEN), _statement(_ACTING)


@dataclass(frozen=True, slots=True)
class Found:
    """What the store holds on an identifier.

    Attributes:
        persons: Whose identifier it is; none when nobody is known by it.
    """

    rule_set: str
    persons: frozenset[UUID]
    rights: tuple[Right, ...]


async def find(
    pool: asyncpg.Pool,
    *,
    system: str,
    hash: str,  # noqa: A002  # the domain's word
    viewer: Viewer,
) -> Found:
    """Return what is held on the bearer of an identifier; one who is withheld from who looks is nobody."""
    asked = (system, hash, viewer.organisation, viewer.subject, viewer.purpose)
    if viewer.acting_for is None:
        rows = await pool.fetch(_FIND, *asked)
    else:
        rows = await pool.fetch(_FIND_ACTING, *asked, UUID(viewer.acting_for))
    return Found(
        rule_set=rows[0]["rule_set"],
        persons=frozenset(row["person_id"] for row in rows if row["person_id"] is not None),
        rights=tuple(
            Right(row["scheme"], period_of(row["valid"]), EndReason(row["end_reason"]))
            for row in rows
            if row["scheme"] is not None
        ),
    )
