"""One row of an imported file becomes an intake, or a list of what is wrong with it.

Every part is read by the same rule as in the API; here the findings name columns. No row, however broken, raises.
The columns are described in docs/imports.md; `row_id` is the sender's own name for the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.registry.domain.births import UNKNOWN, read_birth, read_day
from services.registry.domain.contacts import Contact, ContactKind, read_contact
from services.registry.domain.findings import Findings
from services.registry.domain.names import Name, NameKind, read_name
from services.registry.domain.papers import (
    Address,
    Fields,
    Identifier,
    LegalStatus,
    Normalise,
    Permit,
    read_address,
    read_identifier,
    read_permit,
    read_status,
)
from services.registry.domain.persons import (
    Core,
    HouseholdClaim,
    Intake,
    Role,
    Sex,
    check_consistency,
    with_permit_numbers,
)
from services.registry.domain.reference import Reference
from services.registry.domain.texts import LONGEST, clean

COLUMNS = (
    "row_id", "given", "family", "given_ar", "family_ar", "sex", "birth", "nationality", "birth_place", "father_name",
    "mother_name", "phone", "passport", "permit_type", "permit_number", "permit_from", "permit_to", "legal_status",
    "status_from", "region", "unit", "commune", "school_level", "languages", "household", "relation",
    "name_as_written", "email", "safe_to_call", "safe_to_text", "safe_hours", "address_line",
)  # fmt: skip
REQUIRED_COLUMNS = ("row_id",)
FIELD_OF = {
    "given": "names", "family": "names", "given_ar": "names", "family_ar": "names", "nationality": "nationalities",
    "phone": "contacts", "passport": "identifiers", "permit_type": "permits", "permit_number": "permits",
    "permit_from": "permits", "permit_to": "permits", "legal_status": "legal_statuses",
    "status_from": "legal_statuses", "region": "address", "unit": "address", "commune": "address",
    "relation": "household", "name_as_written": "names", "email": "contacts", "safe_to_call": "contacts",
    "safe_to_text": "contacts", "safe_hours": "contacts", "address_line": "address",
}  # fmt: skip
"""The field of a person that a column fills, where it is not called the same."""
MOST_LANGUAGES = 20

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "X": Sex.OTHER, "UNKNOWN": Sex.UNKNOWN, "": Sex.UNKNOWN}
_SAFE = {"": None, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NAME_COLUMNS = frozenset({"given", "family", "given_ar", "family_ar", "name_as_written"})
_PASSPORT = Fields("passport", "passport", "passport", "passport")
_PERMIT = Fields("permit_type", "permit_number", "permit_from", "permit_to")
_STATUS = Fields("legal_status", "legal_status", "status_from", "status_from")
_ADDRESS = Fields("region", "unit", "commune", "address_line")


@dataclass(frozen=True, slots=True)
class RowRules:
    """What rows are read by.

    Attributes:
        reference: Code lists and dated rules.
        normalise: Identifier to its letters and digits.
        today: Civil date of the import.
    """

    reference: Reference
    normalise: Normalise
    today: date


def read_row(row: Mapping[str, str], rules: RowRules) -> tuple[Intake | None, Findings]:
    """Read one row.

    Args:
        row: Column to text as in the file; missing columns count as empty.
        rules: What it is read by.

    Returns:
        The intake, or None when at least one finding is an error; and all findings.
    """
    found = Findings()
    text = _clean(row, found)
    names = _names(text, found)
    sex = _SEXES.get(text["sex"].upper())
    if sex is None:
        found.refuse("sex", "unknown-code")
    birth = found.take("birth", read_birth, text["birth"], today=rules.today)
    country = text["nationality"]
    nationality = found.take("nationality", rules.reference.nationalities.resolve, country) if country else None
    identifier = _passport(text, rules, found)
    permit = _permit(text, rules, found)
    status = _status(text, rules, found)
    address = _address(text, rules, found)
    level = text["school_level"]
    school_level = found.take("school_level", rules.reference.school_level, level) if level else None
    core = Core(
        names=names,
        sex=sex or Sex.UNKNOWN,
        birth=birth or UNKNOWN,
        birth_declared_as=text["birth"] or None,
        birth_place=text["birth_place"] or None,
        mother_name=text["mother_name"] or None,
        father_name=text["father_name"] or None,
        languages=_languages(text, rules, found),
        school_level=school_level,
        contacts=_contacts(text, found),
    )
    intake = Intake(
        core=core,
        nationalities=(nationality,) if nationality else (),
        identifiers=with_permit_numbers((identifier,) if identifier else (), (permit,) if permit else ()),
        permits=(permit,) if permit else (),
        legal_statuses=(status,) if status else (),
        address=address,
        household=_household(text, found),
        unconfirmed=frozenset((nationality,)) & rules.reference.confusable.keys() if nationality else frozenset(),
    )
    starts = [(_STATUS.start, status.valid.start)] if status else []
    starts += [(_PERMIT.start, permit.valid.start)] if permit else []
    check_consistency(found, intake, starts=starts)
    return (None if found.refused else intake), found


def _clean(row: Mapping[str, str], found: Findings) -> dict[str, str]:
    """Return every column as clean text, empty where there is none or it is refused."""
    whole = "".join(row.values())
    if whole.isascii() and whole.isprintable() and max(map(len, row.values()), default=0) <= LONGEST:
        return {column: row.get(column, "").strip(" ") for column in COLUMNS}
    text = {}
    for column in COLUMNS:
        value = row.get(column, "")
        if value and not (len(value) <= LONGEST and value.isascii() and value.isprintable()):
            value = found.take(column, _text, value) or ""
        text[column] = value.strip(" ")
    return text


def _text(value: str) -> str:
    return clean(value) or ""


def _names(text: Mapping[str, str], found: Findings) -> tuple[Name, ...]:
    names = []
    for given, family in (("given", "family"), ("given_ar", "family_ar")):
        if text[given] or text[family]:
            name = found.take(
                given if text[given] else family, read_name, NameKind.LEGAL, text[family] or None, text[given] or None
            )
            if name is not None:
                names.append(name)
    if text["name_as_written"] and (
        name := found.take(
            "name_as_written", read_name, NameKind.LEGAL, None, None, text["name_as_written"], order_known=False
        )
    ):
        names.append(name)
    if not names and not any(finding.field in _NAME_COLUMNS for finding in found.all):
        found.refuse("given", "name-missing")
    return tuple(names)


def _passport(text: Mapping[str, str], rules: RowRules, found: Findings) -> Identifier | None:
    number = text["passport"]
    if not number:
        return None
    norm = rules.normalise(number)
    return read_identifier(found, _PASSPORT, "PASSPORT", number, norm, None, None, None, reference=rules.reference)


def _permit(text: Mapping[str, str], rules: RowRules, found: Findings) -> Permit | None:
    kind, number = text["permit_type"], text["permit_number"]
    if not (kind or number or text["permit_from"] or text["permit_to"]):
        return None
    if not kind:
        found.refuse("permit_type", "permit-type-missing")
        return None
    before = len(found.all)
    start = found.take("permit_from", read_day, text["permit_from"])
    end = found.take("permit_to", read_day, text["permit_to"])
    if len(found.all) > before:
        return None
    norm = rules.normalise(number)
    return read_permit(
        found, _PERMIT, kind, number or None, norm, start, end, reference=rules.reference, today=rules.today
    )


def _status(text: Mapping[str, str], rules: RowRules, found: Findings) -> LegalStatus | None:
    code = text["legal_status"]
    before = len(found.all)
    start = found.take("status_from", read_day, text["status_from"])
    if not code:
        if text["status_from"]:
            found.refuse("legal_status", "status-missing")
        return None
    if len(found.all) > before:
        return None
    return read_status(found, _STATUS, code, start, None, reference=rules.reference, today=rules.today)


def _address(text: Mapping[str, str], rules: RowRules, found: Findings) -> Address | None:
    region, unit, commune = text["region"] or None, text["unit"] or None, text["commune"] or None
    return read_address(found, _ADDRESS, region, unit, commune, text["address_line"] or None, reference=rules.reference)


def _languages(text: Mapping[str, str], rules: RowRules, found: Findings) -> tuple[str, ...]:
    codes = dict.fromkeys(text["languages"].replace(",", " ").split())
    if len(codes) > MOST_LANGUAGES:
        found.refuse("languages", "too-many")
        return ()
    if rules.reference.languages.issuperset(codes):
        return tuple(codes)
    known = [found.take("languages", rules.reference.language, code) for code in codes]
    return tuple(code for code in known if code)


def _contacts(text: Mapping[str, str], found: Findings) -> tuple[Contact, ...]:
    """Return telephone and address; what is safe is said of the telephone, and of the e-mail where there is none."""
    phone, email = text["phone"], text["email"]
    call, write = _safe("safe_to_call", text, found), _safe("safe_to_text", text, found)
    hours = text["safe_hours"] or None
    if not phone and not email:
        if hours or call is not None or write is not None:
            found.refuse("phone", "contact-missing")
        return ()
    contacts = []
    if phone:
        contacts.append(
            read_contact(found, "phone", ContactKind.PHONE, phone, call, write, hours, hours_at="safe_hours")
        )
    if email:
        rules = (None, None, None) if phone else (call, write, hours)
        contacts.append(read_contact(found, "email", ContactKind.EMAIL, email, *rules, hours_at="safe_hours"))
    return tuple(contacts)


def _safe(column: str, text: Mapping[str, str], found: Findings) -> bool | None:
    written = text[column].lower()
    if written not in _SAFE:
        found.refuse(column, "unknown-code")
    return _SAFE.get(written)


def _household(text: Mapping[str, str], found: Findings) -> HouseholdClaim | None:
    key, relation = text["household"], text["relation"]
    if not (key or relation):
        return None
    if not key or not relation:
        found.refuse("relation" if key else "household", "household-incomplete")
        return None
    role = found.take("relation", Role, relation.upper())
    if role is None:
        found.all.pop()
        found.refuse("relation", "unknown-code")
        return None
    return HouseholdClaim(key, role)
