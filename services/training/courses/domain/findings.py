"""The words in which an admission is explained: criteria, their results, what is missing and what would help."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kit.periods import Result
from services.training.courses.domain.facts import FactSource
from services.training.courses.domain.rules import Rule


class Outcome(StrEnum):
    """What an admission says."""

    ADMISSIBLE = "ADMISSIBLE"
    NOT_ADMISSIBLE = "NOT_ADMISSIBLE"
    PENDING_INFO = "PENDING_INFO"
    REFER = "REFER"


class Criterion(StrEnum):
    """What is asked; each admission rule lists the criteria that it asks about, as data."""

    SESSION = "A_SESSION"
    LEVEL = "A_LEVEL"
    AGE_MIN = "A_AGE_MIN"
    AGE_MAX = "A_AGE_MAX"
    STATUS = "A_STATUS"
    ENTRY = "A_ENTRY"
    AGE_CONTRACT = "A_AGE_CONTRACT"
    AGE_CRAFTS = "A_AGE_CRAFTS"


class Reason(StrEnum):
    """Why a criterion did not pass; the codes speak French like those of the coverage schemes (facts.md 3.8)."""

    LEVEL_TOO_LOW = "R_NIVEAU_INSUFFISANT"
    LEVEL_UNKNOWN = "R_NIVEAU_INCONNU"
    DIPLOMA_UNPROVEN = "R_DIPLOME_A_PROUVER"
    TOO_YOUNG = "R_AGE_MINIMUM"
    TOO_OLD = "R_AGE_LIMITE"
    AGE_UNCERTAIN = "R_AGE_INCERTAIN"
    STATUS_NOT_ALLOWED = "R_STATUT_NON_ADMIS"
    STATUS_TO_CONFIRM = "R_STATUT_A_CONFIRMER"
    STATUS_UNKNOWN = "R_STATUT_INCONNU"
    SESSION_NOT_OPEN = "R_SESSION_FERMEE"
    SESSION_STARTED = "R_SESSION_COMMENCEE"
    NO_RULE = "R_REGLE_ABSENTE"


class Relation(StrEnum):
    """How a fact must stand to the values named."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ONE_OF = "one_of"


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that would make a criterion pass, such as `school_level at_least COLLEGE_3`."""

    fact: str
    relation: Relation
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that nobody told us yet, and the papers that prove it."""

    fact: str
    accepted_proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one criterion came to, and on what.

    Attributes:
        fact: Name of the fact used.
        fact_value: What it said, as text; None where nothing is known.
        on: The day the question was asked of.
        rule: The row that decided, or None where no source says anything.
        reason: Why it did not pass; None when it did.
        missing: Facts to bring; an UNKNOWN without any is for a human to decide.
        needs: Any one of these would make it pass; empty when nothing could.
    """

    criterion: Criterion
    result: Result
    fact: str
    fact_value: str | None
    fact_source: FactSource
    on: date
    rule: Rule | None
    reason: Reason | None = None
    missing: tuple[Missing, ...] = ()
    needs: tuple[Need, ...] = ()
