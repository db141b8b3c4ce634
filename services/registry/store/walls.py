"""The wall around protected persons, as a condition in SQL: who is kept from a caller is not among the rows.

Nearly nobody is protected. Two looks at an index say so of a person, and only of the others is it worked out what her
barriers and oppositions keep from whom.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.civil_days import CIVIL_TODAY
from services.registry.store.driver import driver
from services.registry.store.withheld import withheld_expression

_GUARDED = """EXISTS (SELECT 1 FROM barrier WHERE barrier.protected_id = {0} AND barrier.lifted_at IS NULL)
    OR EXISTS (SELECT 1 FROM sharing_stop WHERE sharing_stop.person_id = {0} AND sharing_stop.ended_at IS NULL)"""


def unguarded(person: str) -> str:
    """Return the SQL that says that nobody is kept from a person; it asks two indexes and nothing else.

    Args:
        person: SQL of her id.
    """
    return f"NOT ({_GUARDED.format(person)})"


def open_to(person: str, viewer: Viewer, place: Callable[[Any], str]) -> str:
    """Return the SQL that says that a person is not kept from who looks.

    Args:
        person: SQL of her id.
        viewer: Who looks.
        place: Adds an argument of the statement and returns its placeholder.
    """
    words = ", ".join(f"{place(word)}::text" for word in (viewer.organisation, viewer.subject, viewer.purpose))
    if viewer.acting_for is None:
        closed = f"withheld_from({withheld_expression(person, CIVIL_TODAY)}, {person}, {words}, NULL, NULL)"
        return f"CASE WHEN {_GUARDED.format(person)} THEN NOT {closed} ELSE true END"
    acting_for = f"{place(UUID(viewer.acting_for))}::uuid"
    sees = f"(SELECT {withheld_expression(acting_for, CIVIL_TODAY)} -> 'sees')"
    return f"NOT withheld_from({withheld_expression(person, CIVIL_TODAY)}, {person}, {words}, {acting_for}, {sees})"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose persons a caller sees.

    Attributes:
        viewer: Who looks.
        organisation: Whose persons alone; None for everybody's.
    """

    viewer: Viewer
    organisation: str | None = None

    def clauses(self, alias: str, place: Callable[[Any], str]) -> list[str]:
        """Return the conditions on rows of `person` under an alias."""
        wall = open_to(f"{alias}.id", self.viewer, place)
        return (
            [wall] if self.organisation is None else [f"{alias}.organisation = {place(self.organisation)}::text", wall]
        )


class Places:
    """Numbers the arguments of a statement.

    Attributes:
        arguments: Those placed so far, in order.
    """

    def __init__(self, *first: Any) -> None:
        self.arguments: list[Any] = list(first)

    def __call__(self, value: Any) -> str:
        """Add an argument; return its placeholder."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"


async def require(session: AsyncSession, person_id: UUID, sight: Sight) -> None:
    """See that a person may be known of.

    Raises:
        PersonNotFoundError: There is no such person among those whom the caller sees.
    """
    place = Places(person_id)
    wanted = " AND ".join(["p.id = $1", *sight.clauses("p", place)])
    found = await (await driver(session)).fetchval(f"SELECT 1 FROM person p WHERE {wanted}", *place.arguments)
    if found is None:
        raise PersonNotFoundError


async def closed_among(session: AsyncSession, person_ids: Collection[UUID], viewer: Viewer) -> frozenset[UUID]:
    """Return those of the persons who are kept from who looks."""
    place = Places(list(person_ids))
    wall = open_to("asked.id", viewer, place)
    rows: Sequence[Any] = await (await driver(session)).fetch(
        f"SELECT asked.id FROM unnest($1::uuid[]) AS asked (id) WHERE NOT ({wall})", *place.arguments
    )
    return frozenset(row[0] for row in rows)
