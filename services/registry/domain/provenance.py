"""Where a value comes from: what it was read in, how, and who has verified it. Source: facts.md 9.3, 10.9 (design)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.registry.domain.errors import ValueRefusedError


class Evidence(StrEnum):
    """What a value was read in. Source: facts.md 9.3; `OTHER_DOCUMENT` is ours."""

    PASSPORT = "PASSPORT"
    PERMIT = "PERMIT"
    CIVIL_REGISTER = "CIVIL_REGISTER"
    OTHER_DOCUMENT = "OTHER_DOCUMENT"
    DECLARED = "DECLARED"
    MEDICAL_ESTIMATE = "MEDICAL_ESTIMATE"


DOCUMENTS = frozenset({Evidence.PASSPORT, Evidence.PERMIT, Evidence.CIVIL_REGISTER, Evidence.OTHER_DOCUMENT})
"""What an office printed, rather than what somebody said or estimated."""


class Method(StrEnum):
    """How it was read. Source: design."""

    ORIGINAL_SEEN = "ORIGINAL_SEEN"
    COPY_SEEN = "COPY_SEEN"
    REGISTER_CHECKED = "REGISTER_CHECKED"
    INTERVIEW = "INTERVIEW"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a source record says of where its values come from; None where it says nothing.

    Attributes:
        verified_by: The officer or office that held the value against its source.
        verified_on: Set exactly when it was verified.
    """

    source: Evidence | None = None
    method: Method | None = None
    verified_by: str | None = None
    verified_on: date | None = None

    @property
    def from_document(self) -> bool:
        """Whether the values were read in a document."""
        return self.source in DOCUMENTS


UNSTATED = Provenance()


def read_provenance(
    source: Evidence | None, method: Method | None, verified_by: str | None, verified_on: date | None, *, today: date
) -> Provenance:
    """Check where values are said to come from.

    Raises:
        ValueRefusedError: `verification-incomplete`, when somebody verified and no day is given; or
            `verified-in-future`.
    """
    if verified_by is not None and verified_on is None:
        raise ValueRefusedError("verification-incomplete")
    if verified_on is not None and verified_on > today:
        raise ValueRefusedError("verified-in-future")
    return Provenance(source, method, verified_by, verified_on)
