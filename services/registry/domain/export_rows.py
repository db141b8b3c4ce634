"""A person as a row of a file, in the columns that imports read: what goes out can be taken in again.

A row says what holds on the day: one passport, one residence title, one status, one address. Whoever needs all of a
person reads her record.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.kit.periods import Precision
from services.registry.domain.import_rows import COLUMNS, FIELD_OF, REQUIRED_COLUMNS

Document = Mapping[str, Any]
_FORMULA = ("=", "@", "+", "-", "\t", "\r")


def columns_agreed(fields: frozenset[str] | None) -> tuple[str, ...]:
    """Return the columns that an agreement covers, in the order of the import guide; None for all fields."""
    return tuple(
        name for name in COLUMNS if fields is None or name in REQUIRED_COLUMNS or FIELD_OF.get(name, name) in fields
    )


def row_of(document: Document, columns: Sequence[str]) -> list[str]:
    """Return the texts of a row, in the order of the columns; what is not known is empty.

    Args:
        document: The person as `store/exports.py` reads her.
        columns: As agreed.
    """
    texts = {
        "row_id": document["programme_number"],
        **_names(document["names"]),
        "sex": "" if document["sex"] == "UNKNOWN" else document["sex"],
        "birth": birth_text(document["birth"]),
        "nationality": document["nationality"],
        "birth_place": document["birth_place"],
        "father_name": document["father_name"],
        "mother_name": document["mother_name"],
        "passport": document["passport"],
        "school_level": document["school_level"],
        "languages": " ".join(document["languages"]),
        **_contacts(document["contacts"]),
        **_part(document["permit"], {"permit_type": "type", "permit_number": "number", "permit_from": "valid_from",
                                     "permit_to": "valid_to"}),
        **_part(document["legal_status"], {"legal_status": "code", "status_from": "valid_from"}),
        **_part(document["address"], {"region": "region", "unit": "unit", "commune": "commune",
                                      "address_line": "line"}),
        **_part(document["household"], {"household": "id", "relation": "role"}),
    }  # fmt: skip
    return [texts.get(name) or "" for name in columns]


def _names(names: Sequence[Document]) -> dict[str, str | None]:
    """Return her legal names: one in Latin script, one in Arabic, one whose parts are not known."""
    texts: dict[str, str | None] = {}
    for name in names:
        if name["kind"] != "legal":
            continue
        if name["as_written"] and not (name["family"] or name["given"]):
            texts.setdefault("name_as_written", name["as_written"])
            continue
        script = "_ar" if name["script"] == "Arab" else ""
        if f"given{script}" not in texts:
            texts[f"given{script}"], texts[f"family{script}"] = name["given"], name["family"]
    return texts


def birth_text(birth: Document) -> str:
    """Return a date of birth so that an import reads as much as is known, and no more."""
    year, month, day = birth["year"], birth["month"], birth["day"]
    if year is None:
        return ""
    if birth["precision"] == Precision.CIRCA.value:
        return f"vers {year:04d}"
    if month is None:
        return f"{year:04d}"
    return f"{year:04d}-{month:02d}" + ("" if day is None else f"-{day:02d}")


def _contacts(contacts: Sequence[Document]) -> dict[str, str | None]:
    """Return the first telephone number and address; what is safe is said of the first of the two that there is."""
    first: dict[str, Document] = {}
    for contact in contacts:
        first.setdefault(contact["kind"], contact)
    texts = {kind: contact["value"] for kind, contact in first.items()}
    rules = first.get("phone") or first.get("email")
    if rules is not None:
        texts |= {name: _yes_or_no(rules[name]) for name in ("safe_to_call", "safe_to_text")}
        texts["safe_hours"] = rules["safe_hours"]
    return texts


def _yes_or_no(said: bool | None) -> str:  # noqa: FBT001  # three-valued: None says that nobody asked
    return "" if said is None else "yes" if said else "no"


def _part(part: Document | None, members: Mapping[str, str]) -> dict[str, str | None]:
    return {} if part is None else {column: part[member] for column, member in members.items()}


def guarded(text: str) -> str:
    """Return a cell of a CSV so that no spreadsheet program takes it for a formula; numbers stay as they are."""
    if text.startswith(_FORMULA) and not (text[1:].isdecimal() and text[0] in "+-"):
        return "'" + text
    return text
