"""Verify coverage at the point of care."""

from datetime import date
from uuid import UUID

from services.health.coverage.domain.verification import Verification, verify
from services.health.coverage.store import verification
from services.health.coverage.store.rules import RuleBooks
from services.kit.database import Database
from services.kit.withholding import Viewer


async def verify_coverage(
    database: Database,
    *,
    system: str,
    hash: str,  # noqa: A002  # the domain's word
    on: date,
    books: RuleBooks,
    viewer: Viewer,
) -> tuple[Verification, frozenset[UUID]]:
    """Say whether the bearer of an identifier is covered on a day, from keyed hashes alone.

    One statement, and no call to any other service: it answers while the registry is down. Nobody known by the
    identifier and nobody covered give the same answer.

    Returns:
        The answer, and whom it is about, for the audit trail.
    """
    found = await verification.find(await database.pool(), system=system, hash=hash, viewer=viewer)
    book = books.known(found.rule_set)
    if book is None:
        async with database.sessions() as session:
            book = await books.of(session, found.rule_set)
    return verify(found.rights, book, on=on), found.persons
