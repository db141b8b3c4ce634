"""Which problem each refusal, and each breached constraint, becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.health.coverage.domain import errors
from services.kit import problems
from services.kit.problems import ProblemType

TYPES = problems.read_types(Path(__file__).with_name("problems.yaml"))

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.FactsUnavailableError: TYPES["facts-unavailable"],
    errors.UnknownSchemeError: problems.INVALID,
    errors.FactsOfAnotherPersonError: problems.INVALID,
    errors.DeterminationNotFoundError: TYPES["determination-not-found"],
    errors.AlreadyConfirmedError: TYPES["already-confirmed"],
    errors.NothingToConfirmError: TYPES["nothing-to-confirm"],
    errors.ReplayDiffersError: TYPES["replay-differs"],
}

CONSTRAINTS: Mapping[str, ProblemType] = {
    "uq_entitlement_person_id_scheme_valid": TYPES["entitlement-overlaps"],
    "uq_entitlement_determination_id": TYPES["already-confirmed"],
}
