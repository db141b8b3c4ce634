"""What a workbook says about itself: which part is its first sheet, which styles show dates, and from when it counts.

Source: ISO/IEC 29500-1, 18.2 (workbook), 18.8.30 (number formats).
"""

import re
import zipfile
from xml.etree import ElementTree as ET  # documents with a type are refused before

LARGEST_PART = 16 * 1024 * 1024
_DATES = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
"""Built-in number formats that show a day."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class PartRefusedError(ValueError):
    """A part is too large, declares a document type, or does not say what it should."""


def first_sheet(package: zipfile.ZipFile) -> str:
    """Return the name of the part that holds the first sheet.

    Raises:
        PartRefusedError: There is none.
        KeyError: It is not where the workbook says.
    """
    targets = {
        relation.get("Id"): relation.get("Target", "") for relation in _part(package, "xl/_rels/workbook.xml.rels")
    }
    sheets = _all(package, "xl/workbook.xml", "sheet")
    if not sheets:
        raise PartRefusedError
    target = targets[sheets[0].get(_ID)]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def dates_1904(package: zipfile.ZipFile) -> bool:
    """Say whether days are counted from 1904, as old Macintosh workbooks do."""
    found = _all(package, "xl/workbook.xml", "workbookPr")
    return any(element.get("date1904") in {"1", "true"} for element in found)


def styles_with_dates(package: zipfile.ZipFile) -> frozenset[int]:
    """Return the numbers of the cell styles that show a number as a day."""
    if "xl/styles.xml" not in package.namelist():
        return frozenset()
    own = {
        int(element.get("numFmtId", "0")): element.get("formatCode", "")
        for element in _all(package, "xl/styles.xml", "numFmt")
    }
    dates = _DATES | {number for number, code in own.items() if _shows_day(code)}
    styles = next(iter(_all(package, "xl/styles.xml", "cellXfs")), ())
    return frozenset(place for place, style in enumerate(styles) if int(style.get("numFmtId", "0")) in dates)


def _shows_day(code: str) -> bool:
    """Say whether a number format shows a day or a year; `m` alone may be minutes."""
    plain = _QUOTED.sub("", code).lower()
    return "d" in plain or "y" in plain


def _all(package: zipfile.ZipFile, name: str, tag: str) -> list[ET.Element]:
    return [element for element in _part(package, name).iter() if element.tag.rpartition("}")[2] == tag]


def _part(package: zipfile.ZipFile, name: str) -> ET.Element:
    with package.open(name) as part:
        content = part.read(LARGEST_PART + 1)
    if len(content) > LARGEST_PART or b"<!DOCTYPE" in content:
        raise PartRefusedError
    try:
        return ET.fromstring(content)  # noqa: S314  # without a document type there are no entities
    except ET.ParseError:
        raise PartRefusedError from None
