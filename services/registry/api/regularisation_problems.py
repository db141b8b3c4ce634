"""What each refusal of a regularisation file becomes on the wire."""

from collections.abc import Mapping
from pathlib import Path

from services.kit import problems
from services.kit.problems import ProblemType
from services.registry.domain import regularisation_errors as errors

_READ = problems.read_types(Path(__file__).with_name("regularisation_problems.yaml"))
VALUE_REFUSED = _READ["regularisation-value-refused"]
REASONS_NEEDED = _READ["regularisation-reasons-needed"]
FILE_OPEN = _READ["regularisation-file-open"]
STEP_REFUSED = _READ["regularisation-step-refused"]
FILE_SETTLED = _READ["regularisation-file-settled"]

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.RegularisationFileNotFoundError: problems.NOT_FOUND,
    errors.EvidenceNotFoundError: problems.NOT_FOUND,
    errors.RegularisationCodeUnknownError: VALUE_REFUSED,
    errors.RegularisationDateRefusedError: VALUE_REFUSED,
    errors.EvidenceRefusedError: VALUE_REFUSED,
    errors.DocumentUnknownError: problems.NOT_FOUND,
    errors.CardRefusedError: VALUE_REFUSED,
    errors.StepRefusedError: STEP_REFUSED,
    errors.ReasonsNeededError: REASONS_NEEDED,
    errors.FileSettledError: FILE_SETTLED,
}
CONSTRAINTS: Mapping[str, ProblemType] = {"uq_regularisation_file_open": FILE_OPEN}
TYPES: tuple[ProblemType, ...] = ()
