"""Workbooks as they come from programs and from whoever means harm: rows in bounded memory, or a refusal."""

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from services.registry.clients import workbooks as module
from services.registry.clients.workbooks import NotAWorkbookError, read_rows
from tests.registry.imports import workbook_of

COLUMNS = ("row_id", "given")
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}"><workbookPr/><sheets><sheet r:id="a"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="a" Target="/{SHEET}"/></Relationships>',
    SHEET: f"<worksheet {MAIN}><sheetData/></worksheet>",
}


def package_of(parts: Mapping[str, str]) -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return content


def rows_of(data: str, parts: Mapping[str, str] = MappingProxyType({})) -> list[list[str]]:
    sheet = f"<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>"
    return list(read_rows(package_of({**PARTS, **parts, SHEET: sheet})))


def cell(text: str, attributes: str = "") -> str:
    return f"<row><c {attributes}><v>{text}</v></c></row>"


def test_cells_come_as_they_show() -> None:
    data = (
        '<row><c r="B1" t="inlineStr"><is><r><t>A</t></r><r><t>wa</t></r><rPh><t>x</t></rPh></is></c></row>'
        '<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="str"><v>2</v></c></row>'
        "<row><c><v>612345678</v></c><c><v>1.5</v></c><c><v>6.12E8</v></c><c><v>1E+300</v></c></row><row/>"
    )
    assert rows_of(data) == [
        ["", "Awa"],
        ["true", "false", "#N/A", "2"],
        ["612345678", "1.5", "612000000", "1E+300"],
    ]


@pytest.mark.parametrize(("epoch", "shown"), [("0", "1990-05-12"), ("1", "1994-05-13")])
def test_days_are_counted_from_the_workbooks_own_epoch(epoch: str, shown: str) -> None:
    styles = (
        f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="170" formatCode="[$-40C]d\\ mmmm"/>'
        '<numFmt numFmtId="171" formatCode="0 &quot;days&quot;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf/></cellXfs></styleSheet>'
    )
    book = PARTS["xl/workbook.xml"].replace("<workbookPr/>", f'<workbookPr date1904="{epoch}"/>')
    data = cell("33005", 's="1"') + cell("33005", 's="2"') + cell("33005", 's="x"')
    assert rows_of(data, {"xl/styles.xml": styles, "xl/workbook.xml": book}) == [[shown], ["33005"], ["33005"]]


def test_a_cell_in_the_far_corner_costs_nothing() -> None:
    assert rows_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>2</v></c></row>') == [["2"]]


def test_a_very_long_text_is_cut_where_it_is_too_long_anyway() -> None:
    ((text,),) = rows_of(cell("a" * 3_000_000, 't="str"'))
    assert 32_767 < len(text) < 200_000


@pytest.mark.parametrize(
    "data",
    [
        cell("7", 't="s"'),
        cell("-1", 't="s"'),
        cell("x", 't="s"'),
        cell("x"),
        "<row><c></row>",
        "<row/></sheetData></worksheet><!-- two --><sheetData>",
    ],
)
def test_what_makes_no_sense_is_refused(data: str) -> None:
    with pytest.raises(NotAWorkbookError):
        rows_of(data)


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET])
def test_a_document_type_is_refused_and_with_it_every_entity(part: str) -> None:
    text = PARTS[part]
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + text
    with pytest.raises(NotAWorkbookError):
        list(read_rows(package_of({**PARTS, part: bomb})))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("xl/workbook.xml", f"<workbook {MAIN}/>"),
        ("xl/workbook.xml", "<workbook>"),
        ("xl/workbook.xml", "x" * (17 * 1024 * 1024)),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>"),
        ("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="a" Target="gone.xml"/></Relationships>'),
    ],
)
def test_a_workbook_that_does_not_say_what_it_should_is_refused(part: str, text: str) -> None:
    with pytest.raises(NotAWorkbookError):
        list(read_rows(package_of({**PARTS, part: text})))


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNPACKED", 10_000)
    with pytest.raises(NotAWorkbookError):
        rows_of(cell("a" * 100_000, 't="str"'))


def test_a_file_that_is_cut_short_is_refused() -> None:
    whole = workbook_of({"row_id": "1", "given": "Awa"}, columns=COLUMNS)
    assert list(read_rows(io.BytesIO(whole))) == [["row_id", "given"], ["1", "Awa"]]
    for length in (0, 4, len(whole) // 2, len(whole) - 30):
        with pytest.raises(NotAWorkbookError):
            list(read_rows(io.BytesIO(whole[:length])))
