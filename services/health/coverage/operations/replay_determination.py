"""Replay a determination: the same facts under the same rules, or under today's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain import determination as rules_of
from services.health.coverage.domain.document import as_document, differing
from services.health.coverage.domain.errors import DeterminationNotFoundError, ReplayDiffersError
from services.health.coverage.domain.records import Determination
from services.health.coverage.domain.rules import RuleBook
from services.health.coverage.store import determinations
from services.health.coverage.store.rules import RuleBooks
from services.kit.withholding import Viewer


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        determination: The determination, its answer computed anew and equal to the one kept.
        current: The answer under the rules in force now, when it was asked for.
        differing: Members in which `current` differs; the hash of the rules aside.
    """

    determination: Determination
    current: Mapping[str, Any] | None = None
    current_rule_set: str | None = None
    differing: tuple[str, ...] = ()


async def replay_determination(
    session: AsyncSession,
    determination_id: UUID,
    *,
    books: RuleBooks,
    with_current: bool,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Replay:
    """Decide a kept case again.

    Args:
        session: The transaction.
        determination_id: Which.
        books: Rule sets read so far.
        with_current: Whether to decide it under the rules in force now as well.
        organisation: Whose determinations alone are open to the caller; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        DeterminationNotFoundError: There is none.
        ReplayDiffersError: The same facts and rules gave another answer.
        UnknownRuleSetError: The rules it pins are gone.
    """
    found = await determinations.find(session, determination_id, organisation=organisation, viewer=viewer)
    if found is None:
        raise DeterminationNotFoundError
    again = _decide(found, await books.of(session, found.draft.rule_set))
    changed = differing(dict(found.draft.answer), again)
    if changed:
        raise ReplayDiffersError(changed)
    if not with_current:
        return Replay(found)
    book = await books.current(session)
    current = _decide(found, book)
    names = tuple(name for name in differing(again, current) if name != "rule_set")
    return Replay(found, current, book.fingerprint, names)


def _decide(found: Determination, book: RuleBook) -> dict[str, Any]:
    case = found.draft.case
    return as_document(rules_of.determine(case, book, scheme=found.draft.scheme_asked), case, book)
