"""What a determination is decided on: facts of the registry, what was declared, and cover already held."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.kit.periods import BirthInterval, Period, Precision


class Source(StrEnum):
    """Where a fact came from."""

    REGISTRY = "registry"
    FEED = "feed"
    DECLARED = "declared"
    ENTITLEMENT = "entitlement"
    RULES = "rules"


class Relation(StrEnum):
    """What a dependant is to the head of the family."""

    SPOUSE = "SPOUSE"
    CHILD = "CHILD"
    KAFALA_CHILD = "KAFALA_CHILD"
    ASCENDANT = "ASCENDANT"


class Role(StrEnum):
    """For whom a scheme asks: the person in her own name, or through a head."""

    HEAD = "HEAD"
    DEPENDANT = "DEPENDANT"


@dataclass(frozen=True, slots=True)
class LegalStatus:
    """A legal status and the days it held. Codes: facts.md 2.3."""

    code: str
    period: Period


@dataclass(frozen=True, slots=True)
class Permit:
    """A residence title, or a receipt that stands for one. Types: facts.md 2.1."""

    type: str
    period: Period
    stands_for_permit: bool = False


@dataclass(frozen=True, slots=True)
class Residence:
    """Where the person lives in Morocco."""

    region: str | None
    unit: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A keyed hash of an identifier; its number is not known here."""

    system: str
    hash: str


@dataclass(frozen=True, slots=True)
class Household:
    """The household the person belongs to, and as what."""

    id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the registry said of a person at one version of her record. Never a name, never a contact."""

    person_id: UUID
    version: int
    recorded_at: datetime
    birth: BirthInterval = BirthInterval()  # noqa: RUF009  # frozen: sharing one is harmless
    birth_precision: Precision = Precision.UNKNOWN
    legal_statuses: tuple[LegalStatus, ...] = ()
    permits: tuple[Permit, ...] = ()
    residence: Residence | None = None
    identifiers: tuple[Identifier, ...] = ()
    household: Household | None = None
    deceased_on: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the person or an officer declared for this determination; None is "not known", never "no".

    Attributes:
        rsu_score: Score of the household in the RSU; exact.
        rsu_registered: Whether the household is in the RSU; a score implies it.
        rsu_review_on: Last day on which the score counts.
        rnp_registered: Whether every member of the household has an IDCS.
        income_mad_year: Weighted income per person and year, in MAD.
        relation: Given when the person claims cover through a head.
        head_scheme: The scheme that covers the head; `NONE` when none does.
    """

    rsu_score: Decimal | None = None
    rsu_registered: bool | None = None
    rsu_review_on: date | None = None
    rnp_registered: bool | None = None
    other_amo: bool | None = None
    indigent: bool | None = None
    income_mad_year: Decimal | None = None
    student: bool | None = None
    disabled: bool | None = None
    married: bool | None = None
    employed: bool | None = None
    self_employed: bool | None = None
    contribution_paid: bool | None = None
    identity_attested: bool | None = None
    resides_in_morocco: bool | None = None
    relation: Relation | None = None
    link_proven: bool | None = None
    head_scheme: str | None = None


@dataclass(frozen=True, slots=True)
class HeldCover:
    """Cover that the person already holds here, as far as a criterion needs to know."""

    scheme: str
    period: Period


@dataclass(frozen=True, slots=True)
class Case:
    """One question put to the rules: everything that the answer may depend on, besides the rules.

    Attributes:
        facts_source: REGISTRY when the facts came along with the question, FEED when they were stored before.
        as_of: Civil date of the evaluation, Africa/Casablanca.
    """

    facts: Facts
    facts_source: Source
    declared: Declared
    held: tuple[HeldCover, ...]
    as_of: date

    @property
    def role(self) -> Role:
        """In whose name cover is claimed."""
        return Role.HEAD if self.declared.relation is None else Role.DEPENDANT
