"""What is withheld of whom, as the register knows it now: barriers, who acts for those they stand against, oppositions.

One expression of SQL, used where a person is loaded, where her facts are made, and where lists are filtered.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import NOTHING, Withheld
from services.registry.store.driver import driver

MOST_SEEN = 500
"""The most that travel with facts; whoever is in a larger household sees fewer, never more."""

_ACTING = "upper_inf(r.known) AND (upper(r.valid) IS NULL OR upper(r.valid) > {on})"
"""Who is still to act is closed to already, who has ceased to act no longer is."""

_STANDING = "b.protected_id = {person} AND b.lifted_at IS NULL"
_NOW = "upper_inf({0}.known) AND {0}.valid @> {{on}}"

_PERSONS = f"""
    SELECT b.from_id FROM barrier b WHERE {_STANDING}
    UNION SELECT r.representative_id FROM barrier b JOIN representative r ON r.person_id = b.from_id
        WHERE {_STANDING} AND {_ACTING} AND r.representative_id <> {{person}}"""

_CALLERS = f"""
    SELECT r.organisation, r.subject, NULL::text[] AS purposes
        FROM barrier b JOIN representative r ON r.person_id = b.from_id
        WHERE {_STANDING} AND {_ACTING} AND r.representative_id IS NULL
        AND NOT (r.subject IS NULL AND r.organisation = b.organisation)
    UNION ALL SELECT s.organisation, NULL, s.purposes FROM sharing_stop s
        WHERE s.person_id = {{person}} AND s.ended_at IS NULL"""
"""Her own team is never shut out as a whole, whomever else it may come to act for; one of its accounts can be.

What an opposition or a withdrawn consent stops is added."""

_SEES = f"""
    SELECT theirs.person_id FROM household_member hers JOIN household_member theirs USING (household_id)
        WHERE hers.person_id = {{person}} AND hers.role IN ('HEAD', 'SPOUSE') AND {_NOW.format("hers")}
        AND {_NOW.format("theirs")} AND theirs.person_id <> {{person}}
    UNION SELECT l.other_id FROM relationship l
        WHERE l.person_id = {{person}} AND l.kind IN ('GUARDIAN', 'KAFIL', 'CUSTODIAN') AND {_NOW.format("l")}
    EXCEPT SELECT b.protected_id FROM barrier b WHERE b.from_id = {{person}} AND b.lifted_at IS NULL
    LIMIT {MOST_SEEN}"""


def withheld_expression(person: str, on: str) -> str:
    """Return the SQL of a person's withholding as jsonb, in the shape of `kit.withholding`: what is empty is left out.

    Args:
        person: SQL of her id.
        on: SQL of the civil date on which representatives and households are read.
    """
    lists = {
        "persons": f"SELECT jsonb_agg(DISTINCT found.id) FROM ({_PERSONS}) AS found (id)",
        "callers": f"SELECT jsonb_agg(DISTINCT to_jsonb(found)) FROM ({_CALLERS}) AS found",
        "sees": f"SELECT jsonb_agg(found.id) FROM ({_SEES}) AS found (id)",
    }
    members = ", ".join(f"'{name}', ({statement.format(person=person, on=on)})" for name, statement in lists.items())
    return f"jsonb_strip_nulls(jsonb_build_object({members}))"


_WITHHELD_OF = f"""
SELECT asked.id, ({withheld_expression("asked.id", "$2::date")})::text FROM unnest($1::uuid[]) AS asked (id)
"""


async def withheld_of(session: AsyncSession, person_ids: Collection[UUID], on: date) -> dict[UUID, Withheld]:
    """Return what is withheld of each person, on the day.

    Args:
        session: The request's transaction.
        person_ids: Whom; who is nobody has nothing withheld.
        on: Civil date of the request.
    """
    rows = await (await driver(session)).fetch(_WITHHELD_OF, list(person_ids), on)
    return {row[0]: read_withheld(orjson.loads(row[1])) for row in rows}


def read_withheld(stored: Mapping[str, Any] | None) -> Withheld:
    """Return a stored withholding as the kit's record."""
    return Withheld.from_json(stored) if stored else NOTHING
