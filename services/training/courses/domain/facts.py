"""What admission decides on: the registry's facts about a person, and what was declared at the desk."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.kit.periods import BirthInterval, Period, Precision

ALWAYS = Period()
UNKNOWN_BIRTH = BirthInterval()


@dataclass(frozen=True, slots=True)
class LegalStatus:
    """A legal status and the days on which it holds. Codes: facts.md 2.3."""

    code: str
    valid: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """The registry's facts that this area keeps; newer versions replace older ones.

    Attributes:
        version: The registry's version of the record.
        recorded_at: When the registry recorded that version.
        school_level: Code of SCHOOL_LEVEL_ORDER, or None when nobody asked.
        region: Where she lives, two digits; it only sorts what she is oriented to.
    """

    person_id: UUID
    version: int
    recorded_at: datetime
    birth: BirthInterval = UNKNOWN_BIRTH
    birth_precision: Precision = Precision.UNKNOWN
    legal_statuses: tuple[LegalStatus, ...] = ()
    school_level: str | None = None
    region: str | None = None
    deceased_on: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the applicant said or showed at the desk.

    Attributes:
        school_level: Her level by a paper that the registry does not know yet.
        diplomas: Diplomas of vocational training or the licence; empty means she has none, None that nobody asked.
        contract_on: Day of the apprenticeship contract; the session's first day stands in for it.
    """

    school_level: str | None = None
    diplomas: tuple[str, ...] | None = None
    contract_on: date | None = None


class FactSource(StrEnum):
    """Who said it."""

    REGISTRY = "registry"
    DECLARED = "declared"
    CATALOGUE = "catalogue"


class FactsRoad(StrEnum):
    """How the registry's facts reached this service: with the question, or earlier by the change feed."""

    VALUE = "value"
    FEED = "feed"
