"""Reference lists and people for tests, without a database."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.kit.keyed_hash import normalise_identifier
from services.kit.periods import Period
from services.registry.domain.acts import Act
from services.registry.domain.import_rows import RowRules
from services.registry.domain.names import Name, NameKind, read_name
from services.registry.domain.nationalities import Country, nationalities
from services.registry.domain.persons import Core, Intake, Person, admit
from services.registry.domain.programme_numbers import format_number
from services.registry.domain.reference import PermitRule, Reference, Territory
from services.registry.domain.sources import Source
from services.registry.store import depth_seeds, permit_rules, seeds

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PERSON_ID = UUID("01900000-0000-7000-8000-000000000001")
ORGANISATION = "prefecture-rabat"


def reference() -> Reference:
    """Return the lists as the packaged files have them, without going through a database."""
    rows, former = seeds.rows(), depth_seeds.former_regions()
    rules: dict[str, tuple[PermitRule, ...]] = defaultdict(tuple)
    for row in rows["permit_type"]:
        period = Period(row["valid_from"], row["valid_to"])
        rules[row["code"]] += (PermitRule(row["months_min"], row["months_max"], row["stands_for_permit"], period),)
    lists: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows["code"]:
        lists[row["list"]].append(row)
    countries = [
        Country(row["code"], (row["fr"], row["ar"], *row["aliases"]), tuple(row["adjectives"]))
        for row in rows["country"]
    ]
    return Reference(
        nationalities=nationalities(
            countries, {row["word"]: tuple(row["candidates"]) for row in rows["ambiguous_country"]}
        ),
        territory=Territory(
            {name: row["code"] for row in rows["region"] for name in (row["code"], row["iso"])},
            {name: (row["code"], row["region"]) for row in rows["unit"] for name in (row["code"], row["hcp"])},
            {"MA-1997": {name: row["code"] for row in former for name in (row["code"], row["iso"])}},
            {row["scheme"]: Period(row["valid_from"], row["valid_to"]) for row in (*former, *rows["region"])},
        ),
        permit_rules=dict(rules),
        legal_statuses={row["code"]: Period(row["valid_from"], row["valid_to"]) for row in lists["legal_statuses"]},
        school_levels=tuple(row["code"] for row in lists["school_levels"]),
        languages=frozenset(row["code"] for row in lists["languages"]),
        identifier_patterns={row["code"]: re.compile(row["pattern"]) for row in lists["identifier_systems"]},
        confusable={row["code"]: tuple(row["candidates"]) for row in depth_seeds.confusable_nationalities()},
        numbered_by_issuer=frozenset(row["code"] for row in permit_rules.issuer_seeds()),
    )


REFERENCE = reference()
RULES = RowRules(REFERENCE, normalise_identifier, TODAY)
COLUMNS_OF_A_GOOD_ROW = {
    "row_id": "0000001",
    "given": "Mamadou Aliou",
    "family": "Diallo",
    "given_ar": "محمد",
    "family_ar": "ديالو",
    "sex": "M",
    "birth": "12/05/1990",
    "nationality": "Guinée",
    "birth_place": "Kankan",
    "father_name": "Ibrahima Diallo",
    "mother_name": "Aïssatou Bah",
    "phone": "0651303462",
    "passport": "A1234567",
    "permit_type": "REG3",
    "permit_number": "C350356A",
    "permit_from": "2024-04-25",
    "permit_to": "2027-04-25",
    "legal_status": "REGULARISED_2017",
    "status_from": "2017-03-10",
    "region": "06",
    "unit": "MA-CAS",
    "commune": "Casablanca",
    "school_level": "COLLEGE_3",
    "languages": "fr ff",
    "household": "H00001",
    "relation": "HEAD",
}


def row(**changes: str) -> dict[str, str]:
    """Return a row without faults, but for the changes."""
    return {**COLUMNS_OF_A_GOOD_ROW, **changes}


def name(given: str | None = "Awa", family: str | None = "Diallo", **options: Any) -> Name:
    """Return a legal name."""
    return read_name(NameKind.LEGAL, family, given, **options)


def person(intake: Intake | None = None, **core: Any) -> Person:
    """Return a person as an intake makes her."""
    if intake is None:
        intake = Intake(Core(**{"names": (name(),), **core}))
    return admit(intake, person_id=PERSON_ID, programme_number=format_number(2026, 1), at=NOW)


def hashed(system: str, value: str) -> str:
    """Stand in for the keyed hash: readable."""
    return f"{system}#{value}"


def act(operation: str = "register_person", *, at: datetime = NOW, **content: Any) -> Act:
    """Return an act of the test's organisation."""
    source = Source(operation, ORGANISATION, "clerk-7", content or {"test": True})
    return Act(source, at, TODAY, hashed, seeds.spellings())
