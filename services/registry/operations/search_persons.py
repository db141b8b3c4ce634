"""Search for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.registry.domain.folding import NameClasses
from services.registry.domain.search import Criteria, Fit, alternatives, fit, require_enough
from services.registry.store import search

_EXACT_HIT = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A person who fits, and how well."""

    person_id: UUID
    fit: Fit
    shown: Mapping[str, Any]


async def search_persons(
    session: AsyncSession,
    criteria: Criteria,
    *,
    limit: int,
    spellings: NameClasses,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> list[Hit]:
    """Return the persons that fit, best first.

    An exact number finds whoever holds it; the other criteria are then not looked at.

    Args:
        session: The request's transaction.
        criteria: What is asked.
        limit: The most to return.
        spellings: Classes of names.
        organisation: Whose persons alone may be found; None for everybody's.
        viewer: Who looks; None for the service itself.

    Raises:
        TooFewCriteriaError: The search would list the register.
    """
    require_enough(criteria)
    if criteria.exact:
        by = "programme_number" if criteria.programme_number is not None else "identifier"
        found = await search.by_number(session, criteria, organisation=organisation, viewer=viewer)
        return [Hit(one.person_id, Fit(_EXACT_HIT, (by,)), one.shown) for one in found[:limit]]
    names = alternatives(criteria.name, spellings) if criteria.name is not None else []
    if criteria.name is not None and not names:
        return []
    hits = [
        Hit(one.person_id, fitting, one.shown)
        for one in await search.by_criteria(session, criteria, names, organisation=organisation, viewer=viewer)
        if (fitting := fit(criteria, one.candidate, spellings)) is not None
    ]
    return sorted(hits, key=lambda hit: (-hit.fit.score, str(hit.person_id)))[:limit]
