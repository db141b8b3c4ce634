"""What this area refuses, without a word about HTTP.

`extensions` and `pointer` go into the answer; they never hold personal data.
"""

from collections.abc import Sequence


class RuleMalformedError(Exception):
    """A rule row holds another kind of value than its rule asks for; a fault of our data, never of the caller."""


class RefusalError(Exception):
    """Something asked for that the rules of this area do not allow.

    Attributes:
        pointer: JSON Pointer to the part of the input at fault, or None.
        extensions: What else the answer says.
    """

    pointer: str | None = None

    def __init__(self, **extensions: object) -> None:
        super().__init__(type(self).__name__)
        self.extensions: dict[str, object] = extensions


class InstitutionNotFoundError(RefusalError):
    """No such institution."""


class ProgrammeNotFoundError(RefusalError):
    """No such programme."""


class SessionNotFoundError(RefusalError):
    """No such session."""


class ApplicationNotFoundError(RefusalError):
    """No such application."""


class EnrolmentNotFoundError(RefusalError):
    """No such enrolment."""


class ReferenceUnknownError(RefusalError):
    """The input names an institution or a programme that the catalogue does not have."""

    def __init__(self, pointer: str) -> None:
        super().__init__()
        self.pointer = pointer


class CodeUnknownError(RefusalError):
    """A declared school level or diploma is not one of the reference list."""

    def __init__(self, pointer: str, allowed: Sequence[str]) -> None:
        super().__init__(allowed=list(allowed))
        self.pointer = pointer


class UnitUnknownError(RefusalError):
    """The prefecture or province is not one of that region."""

    pointer = "/unit"


class AdmissionRuleUnfitError(RefusalError):
    """The programme names an admission rule that is not in force or is not the one of its mode."""

    pointer = "/admission_rule"


class ApprenticeshipSharesError(RefusalError):
    """The hours in the enterprise or in the centre are missing or below what law 12-00 asks for."""

    def __init__(self, pointer: str, minimum_per_cent: int) -> None:
        super().__init__(minimum_per_cent=minimum_per_cent)
        self.pointer = pointer


class CapacityBelowEnrolledError(RefusalError):
    """The capacity asked for is smaller than the number of seats already taken."""

    pointer = "/capacity"


class FactsUnavailableError(RefusalError):
    """Nobody sent the registry's facts and the change feed has not brought them."""


class PersonDeceasedError(RefusalError):
    """The registry records the person's death."""


class AlreadyAppliedError(RefusalError):
    """The person has a live application for this session."""


class NotAdmissibleError(RefusalError):
    """The application is not admissible, or not yet."""

    def __init__(self, outcome: str, reasons: Sequence[str]) -> None:
        super().__init__(outcome=outcome, reasons=list(reasons))


class RulingNotOpenError(RefusalError):
    """The rules already answered; there is nothing left for a human to decide."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome=outcome)


class TransitionRefusedError(RefusalError):
    """The state machine knows no such step."""

    def __init__(self, state: str, to: str) -> None:
        super().__init__(state=state, to=to)


class SessionFullError(RefusalError):
    """Every seat is taken."""


class SessionNotOpenError(RefusalError):
    """The session is closed or cancelled."""

    def __init__(self, state: str) -> None:
        super().__init__(state=state)


class OverlappingCourseError(RefusalError):
    """The person holds a seat on a course whose days overlap."""
