"""What each refusal about erasure, holds and retention becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.kit import problems
from services.kit.problems import ProblemType
from services.registry.domain import erasures

_CATALOGUE = problems.read_types(Path(__file__).with_name("erasure_problems.yaml"))
HELD = _CATALOGUE["held"]
PENDING = _CATALOGUE["erasure-pending"]
CLOSED = _CATALOGUE["erasure-closed"]
NOTHING_DUE = _CATALOGUE["nothing-due"]

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    erasures.HeldError: HELD,
    erasures.ErasureNotFoundError: problems.NOT_FOUND,
    erasures.ErasurePendingError: PENDING,
    erasures.ErasureClosedError: CLOSED,
    erasures.HoldNotFoundError: problems.NOT_FOUND,
    erasures.ProposalNotFoundError: problems.NOT_FOUND,
    erasures.ProposalClosedError: CLOSED,
    erasures.NothingDueError: NOTHING_DUE,
}
CONSTRAINTS: Mapping[str, ProblemType] = {"uq_erasure_person": PENDING}
TYPES: tuple[ProblemType, ...] = ()
