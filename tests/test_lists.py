"""Spreadsheets as people really send them."""

import io
import zipfile

import openpyxl
import pytest

from mapper.exchange.lists import guess_columns, read_sheet
from mapper.exchange.tables import MOST_ROWS
from mapper.model import Problem

MESSY = [
    ["Overzicht zelforganisaties Brabantwijk – versie maart"],
    [],
    ["Naam van de vereniging", "Soort", "Adres", "Tel.", "E-mailadres", "Opmerkingen", "CP"],
    ["Ouderkring", "zelforganisatie", "Brabantstraat 1", "02 264 55 42", "kring@example.org", "spreekt Berbers", 1030],
    ["Kookgroep", "zelforganisatie", None, None, None, None, None],
    [],
    ["Café tricot", "buurthuis", "Rue Gallait 3", "0470 12 34 56", None, None, 1030.0],
]


def book(rows: list[list[object]], merged: str = "") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    body = io.BytesIO()
    made.save(body)
    return body.getvalue()


def test_a_title_blank_rows_and_merged_cells() -> None:
    sheet = read_sheet(book(MESSY, "C4:C5"), "lijst.xlsx")
    assert sheet.headings[0] == "Naam van de vereniging"
    assert [row.line for row in sheet.rows] == [4, 5, 7]
    assert sheet.rows[1].cells[2] == "Brabantstraat 1", "a merged cell counts for each of its rows"
    assert sheet.rows[2].cells[6] == "1030"
    assert sheet.samples(6) == ("1030",)


def test_columns_are_recognised_in_three_languages_and_by_what_they_hold() -> None:
    sheet = read_sheet(book(MESSY), "lijst.xlsx")
    assert guess_columns(sheet) == ("name_und", "kind", "address", "phone", "email", None, "postcode")
    french = read_sheet(
        "Nom de l'asbl;Téléphonne;?;Coordonnées web\nA;02 264 55 42;1030;https://a.example\n".encode(), "f.csv"
    )
    assert guess_columns(french) == ("name_und", "phone", "postcode", "website")


def test_no_column_is_guessed_twice() -> None:
    sheet = read_sheet(b"naam,name,tel,gsm\na,b,02 264 55 42,0470 12 34 56\n", "x.csv")
    assert guess_columns(sheet) == ("name_und", None, "phone", None)


def test_repeated_headings_between_the_rows_are_no_places() -> None:
    sheet = read_sheet(b"naam,straat,tel\nA,B,1\nnaam,straat,tel\nC,D,2\n", "x.csv")
    assert [row.cells[0] for row in sheet.rows] == ["A", "C"]


def test_a_csv_of_a_belgian_excel() -> None:
    sheet = read_sheet("Naam;Omschrijving\nCafé de la Paix;Été\n".encode("cp1252"), "x.csv")
    assert sheet.rows[0].cells == ("Café de la Paix", "Été") and sheet.notes == ("cp1252",)
    assert read_sheet("naam\ttel\nKring\t1\n".encode("utf-16"), "x.txt").rows[0].cells == ("Kring", "1")


def rewritten(sheet_xml: str) -> bytes:
    """A book whose sheet says this, whatever a library would write."""
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book([["naam", "tel"]]))) as made, zipfile.ZipFile(body, "w") as archive:
        for entry in made.namelist():
            archive.writestr(entry, sheet_xml if entry.endswith("sheet1.xml") else made.read(entry))
    return body.getvalue()


def with_rows(rows: str, after: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return rewritten(f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData>{after}</worksheet>')


def cell(at: str, words: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{words}</t></is></c>'


HEADINGS = f"<row r='1'>{cell('A1', 'naam')}{cell('B1', 'tel')}</row>"


def test_a_small_file_that_merges_a_whole_sheet_is_read_at_once() -> None:
    # As single cells, these would be seventeen thousand million.
    merged = '<mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>'
    sheet = read_sheet(with_rows(f"{HEADINGS}<row r='2'>{cell('A2', 'Kring')}</row>", merged), "lijst.xlsx")
    assert [row.cells for row in sheet.rows] == [("Kring", "")]


def test_a_book_with_macros_and_formulas_gives_words_only() -> None:
    rows = f"{HEADINGS}<row r='2'>{cell('A2', 'Kring')}<c r='B2'><f>HYPERLINK(&quot;x&quot;)</f><v>1</v></c></row>"
    assert read_sheet(with_rows(rows), "lijst.xlsm").rows[0].cells == ("Kring", "1")


def bomb() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    return body.getvalue()


def with_an_empty_sheet_for_charts() -> bytes:
    body = io.BytesIO()
    made = openpyxl.Workbook()
    made.create_chartsheet("grafiek")
    made.save(body)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (with_an_empty_sheet_for_charts(), "save it again"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        (b"%PDF-1.4\n1 0 obj, 2 0 obj\n", "table of words"),
        (b"<html><table><tr><td>naam</td></tr></table>", "table of words"),
        (b'{"type": "FeatureCollection", "features": []}', "mapper import"),
        (with_rows(f"{HEADINGS}<row r='1048576'>{cell('A1048576', 'x')}</row>"), "rows"),
        (with_rows(f"<row r='1'>{cell('A1', 'naam')}{cell('XFD1', 'tel')}</row>"), "columns"),
        (b"PK\x03\x04broken", "save it again"),
        (bomb(), "unpacked"),
        (b"x" * 6_000_000, "larger than 5 MB"),
        (b"just one line", "headings"),
        (b"naam,tel\n", "no rows"),
        (b"a\0b,c\n1,2\n", "table of words"),
        (b'naam,tel\n"a,b\n', "quotation mark"),
        (("naam,tel\n" + "a,b\n" * (MOST_ROWS + 1)).encode(), "rows"),
        ((",".join(["naam"] * 600) + "\n" + ",".join(["a"] * 600)).encode(), "columns"),
        (book([[None]]), "empty"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(body: bytes, says: str) -> None:
    with pytest.raises(Problem, match=says):
        read_sheet(body, "lijst.xlsx")
