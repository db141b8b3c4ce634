"""The registry's facts about a person as they come in: by value from the gateway, or by the change feed."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.health.coverage.domain import facts as records
from services.kit.fields import CivilDate, Code, StrictModel
from services.kit.periods import BirthInterval, Period, Precision
from services.kit.withholding import Withheld

MOST = 500
Hash = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]


class _FactsPart(StrictModel):
    """A part of the registry's facts; what this area does not decide on is not read, let alone kept."""

    model_config = ConfigDict(extra="ignore")


class _Dated(_FactsPart):
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="Last day, included")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise PydanticCustomError("period_reversed", "Give valid_to on or after valid_from")
        return self

    @property
    def period(self) -> Period:
        """The days it holds."""
        return Period(self.valid_from, self.valid_to)


class CoverageBirth(_FactsPart):
    """The days on which she may have been born."""

    earliest: CivilDate | None = None
    latest: CivilDate | None = None
    precision: Precision = Precision.UNKNOWN

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest is not None and self.latest is not None and self.latest < self.earliest:
            raise PydanticCustomError("period_reversed", "Give latest on or after earliest")
        return self


class CoverageLegalStatus(_Dated):
    """A legal status, with its days where they are known."""

    code: Code


class CoveragePermit(_Dated):
    """A residence title, or a receipt that stands for one."""

    type: Code
    stands_for_permit: bool = Field(default=False, strict=True)


class CoverageResidence(_FactsPart):
    """Where she lives."""

    region: str | None = Field(default=None, max_length=20)
    unit: str | None = Field(default=None, max_length=20)
    since: CivilDate | None = None


class CoverageIdentifier(_FactsPart):
    """A keyed hash of an identifier."""

    system: Code
    hash: Hash


class CoverageHousehold(_FactsPart):
    """Her household, and her role in it."""

    id: UUID
    role: Code


class CoverageClosed(_FactsPart):
    """Callers that she is closed to; null stands for any."""

    organisation: str | None = None
    subject: str | None = None
    purposes: tuple[str, ...] | None = None


class CoverageWithheld(_FactsPart):
    """From whom she is kept, and whom she may ask about."""

    persons: Annotated[tuple[UUID, ...], Field(max_length=MOST)] = ()
    callers: Annotated[tuple[CoverageClosed, ...], Field(max_length=MOST)] = ()
    sees: Annotated[tuple[UUID, ...], Field(max_length=MOST)] = ()


class CoverageFacts(_FactsPart):
    """The registry's facts about a person at one version of her record."""

    person_id: UUID
    version: int = Field(ge=1, le=2**53, strict=True)
    recorded_at: AwareDatetime = Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
    birth: CoverageBirth = CoverageBirth()
    legal_statuses: Annotated[tuple[CoverageLegalStatus, ...], Field(max_length=MOST)] = ()
    permits: Annotated[tuple[CoveragePermit, ...], Field(max_length=MOST)] = ()
    residence: CoverageResidence | None = None
    identifiers: Annotated[tuple[CoverageIdentifier, ...], Field(max_length=MOST)] = ()
    household: CoverageHousehold | None = None
    deceased_on: CivilDate | None = None
    withheld: CoverageWithheld | None = None

    def keeping(self) -> Withheld:
        """Return from whom she is kept: it stands beside the facts, no decision rests on it."""
        return Withheld.from_json(None if self.withheld is None else self.withheld.model_dump(mode="json"))

    def to_domain(self) -> records.Facts:
        """Return them as the domain knows them."""
        home, family = self.residence, self.household
        return records.Facts(
            person_id=self.person_id,
            version=self.version,
            recorded_at=self.recorded_at.astimezone(UTC),
            birth=BirthInterval(self.birth.earliest, self.birth.latest),
            birth_precision=self.birth.precision,
            legal_statuses=tuple(records.LegalStatus(s.code, s.period) for s in self.legal_statuses),
            permits=tuple(records.Permit(p.type, p.period, p.stands_for_permit) for p in self.permits),
            residence=None if home is None else records.Residence(home.region, home.unit, home.since),
            identifiers=tuple(records.Identifier(i.system, i.hash) for i in self.identifiers),
            household=None if family is None else records.Household(family.id, family.role),
            deceased_on=self.deceased_on,
        )
