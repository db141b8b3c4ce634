"""The registry's facts and declared facts, from the wire to the domain."""

from collections.abc import Mapping
from typing import Any

from services.kit.periods import BirthInterval, Period
from services.kit.withholding import Withheld
from services.training.courses.contract import admissions as wire
from services.training.courses.domain.facts import Declared, LegalStatus, PersonFacts


def facts_of(message: wire.PersonFacts) -> PersonFacts:
    """Return the registry's facts as this area keeps them.

    Raises:
        ImpossibleDateError: A period or an interval ends before it starts.
    """
    return PersonFacts(
        person_id=message.person_id,
        version=message.version,
        recorded_at=message.recorded_at,
        birth=BirthInterval(message.birth.earliest, message.birth.latest),
        birth_precision=message.birth.precision,
        legal_statuses=tuple(
            LegalStatus(status.code, Period(status.valid_from, status.valid_to)) for status in message.legal_statuses
        ),
        school_level=message.school_level,
        region=None if message.residence is None else message.residence.region,
        deceased_on=message.deceased_on,
    )


def declared_of(body: wire.DeclaredFacts | None) -> Declared:
    """Return what was declared; nothing declared is nothing known."""
    if body is None:
        return Declared()
    diplomas = None if body.diplomas is None else tuple(body.diplomas)
    return Declared(body.school_level, diplomas, body.contract_on)


def withheld_by(message: wire.PersonFacts) -> Withheld:
    """Return from whom she is kept: it stands beside the facts, no decision rests on it."""
    return Withheld.from_json(None if message.withheld is None else message.withheld.model_dump(mode="json"))


def facts_in_feed(item: Mapping[str, Any]) -> tuple[PersonFacts, Withheld] | None:
    """Return the facts a row of the change feed carries, and what they withhold; None where it carries none.

    Raises:
        ValidationError: They are not in the agreed shape.
    """
    facts = item.get("facts")
    if facts is None:
        return None
    message = wire.PersonFacts.model_validate(facts)
    return facts_of(message), withheld_by(message)
