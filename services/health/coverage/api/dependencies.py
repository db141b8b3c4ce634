"""What the routes of this area share: who may ask for what purpose, the trail, the rule books, the hasher."""

from typing import Annotated

from fastapi import Depends, Request

from services.health.coverage.store.rules import RuleBooks
from services.kit import audit, problems
from services.kit.audit import Trail
from services.kit.callers import Caller, requires
from services.kit.keyed_hash import IdentifierHasher
from services.kit.problems import Problem

DECIDING = frozenset({"HEALTH_COVERAGE"})
AT_THE_DESK = frozenset({"HEALTH_COVERAGE", "TAMKINE_CARE"})
READING = frozenset({"HEALTH_COVERAGE", "TAMKINE_CARE", "AUDIT", "SUBJECT_REQUEST"})


async def decider(caller: Annotated[Caller, requires("coverage:decide")]) -> Caller:
    """Return a caller who may decide, and asks in order to.

    Facts are cut to the purpose of the token that reads them: for another purpose they would come without the hashes
    by which a desk finds the person, and be kept so.
    """
    return _for(caller, DECIDING)


async def verifier(caller: Annotated[Caller, requires("coverage:verify")]) -> Caller:
    """Return a caller who may verify at the point of care."""
    return _for(caller, AT_THE_DESK)


async def reader(caller: Annotated[Caller, requires("coverage:read")]) -> Caller:
    """Return a caller who may read decisions and rights."""
    return _for(caller, READING)


def _for(caller: Caller, purposes: frozenset[str]) -> Caller:
    if caller.purpose not in purposes:
        raise Problem(problems.PURPOSE_NOT_AGREED)
    return caller


async def rule_books(request: Request) -> RuleBooks:
    """Return the rule sets read so far by this process."""
    books: RuleBooks = request.app.state.rule_books
    return books


async def hasher(request: Request) -> IdentifierHasher:
    """Return the hasher of identifiers, under the key shared with the registry."""
    found: IdentifierHasher = request.app.state.hasher
    return found


Decider = Annotated[Caller, Depends(decider)]
Verifier = Annotated[Caller, Depends(verifier)]
Reader = Annotated[Caller, Depends(reader)]
Books = Annotated[RuleBooks, Depends(rule_books)]
Hasher = Annotated[IdentifierHasher, Depends(hasher)]
TrailDep = Annotated[Trail, Depends(audit.trail)]
