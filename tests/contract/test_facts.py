"""Do health and training understand every fact that the registry may tell?"""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.health.coverage.contract.facts import CoverageFacts
from services.kit.keyed_hash import IdentifierHasher
from services.kit.periods import Precision
from services.registry.contract.facts import Facts
from services.registry.domain.persons import Role
from services.training.courses.contract.admissions import PersonFacts

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
MAYBE_DAY = st.none() | DAYS
CODES = st.from_regex(r"[A-Z][A-Z0-9_]{0,38}", fullmatch=True)
HASH = IdentifierHasher(b"k" * 32).hash("PASSPORT", "A1")


@st.composite
def dated(draw: st.DrawFn, /, **more: Any) -> dict[str, Any]:
    first, last = draw(MAYBE_DAY), draw(MAYBE_DAY)
    if first and last and last < first:
        first, last = last, first
    return {"valid_from": first, "valid_to": last, **{name: draw(value) for name, value in more.items()}}


@st.composite
def births(draw: st.DrawFn) -> dict[str, Any]:
    days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))
    earliest, latest = days if draw(st.booleans()) else (None, None)
    return {"earliest": earliest, "latest": latest, "precision": draw(st.sampled_from(list(Precision)))}


FACTS = st.builds(
    Facts,
    person_id=st.uuids(),
    version=st.integers(1, 100_000),
    recorded_at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds of a strategy that adds the zone
    birth=births(),
    legal_statuses=st.lists(dated(code=CODES), max_size=3),
    permits=st.lists(dated(type=CODES, stands_for_permit=st.booleans()), max_size=3),
    residence=st.none()
    | st.fixed_dictionaries(
        {
            "region": st.none() | st.sampled_from(["01", "12"]),
            "unit": st.none() | st.just("MA-RAB"),
            "since": MAYBE_DAY,
        }
    ),
    identifiers=st.lists(st.fixed_dictionaries({"system": CODES, "hash": st.just(HASH)}), max_size=3),
    school_level=st.none() | CODES,
    household=st.none() | st.fixed_dictionaries({"id": st.uuids(), "role": st.sampled_from(list(Role))}),
    deceased_on=MAYBE_DAY,
)


@given(FACTS)
def test_health_understands_the_registrys_facts(facts: Facts) -> None:
    understood = CoverageFacts.model_validate_json(facts.model_dump_json())
    assert understood.version == facts.version
    assert understood.birth.earliest == facts.birth.earliest
    assert [permit.type for permit in understood.permits] == [permit.type for permit in facts.permits]
    assert [(one.system, one.hash) for one in understood.identifiers] == [
        (one.system, one.hash) for one in facts.identifiers
    ]
    assert (understood.residence is None) == (facts.residence is None)


@given(FACTS)
def test_training_understands_the_registrys_facts(facts: Facts) -> None:
    understood = PersonFacts.model_validate_json(facts.model_dump_json())
    assert understood.version == facts.version
    assert understood.birth.latest == facts.birth.latest
    assert understood.school_level == facts.school_level
    assert [status.code for status in understood.legal_statuses] == [status.code for status in facts.legal_statuses]
