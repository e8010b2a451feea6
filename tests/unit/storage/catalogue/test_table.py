"""Files as rows, whatever wrote them; and files that are none."""

import codecs
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.catalogue.records import Problem
from storage.catalogue.table import COLUMNS_MAX, FILE_MAX_BYTES, LINE_MAX, Row, Table, file_digest
from storage.errors import UnreadableCatalogue

HEADER = "name,price,url\n"
URL = "https://shop.example/a"


def rows(path: Path, data: bytes | str) -> list[Row | Problem]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(Table(path).rows())


def cells(path: Path, data: bytes | str) -> list[dict[str, str]]:
    found = rows(path, data)
    assert all(isinstance(one, Row) for one in found), found
    return [one.cells for one in found if isinstance(one, Row)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.csv"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le-bom", "utf-16-be-bom", "cp1256", "cp1252"]
)
def test_encodings_are_recognised(path: Path, encoding: str) -> None:
    name = "Crème légère apaisante à la fleur d'été" if encoding == "cp1252" else "كريم مرطب للبشرة الجافة والحساسة"
    text = "name,price,url\n" + f"{name},LE 5,{URL}\n" * 20
    marks = {"utf-16-le-bom": codecs.BOM_UTF16_LE, "utf-16-be-bom": codecs.BOM_UTF16_BE}
    plain = encoding.removesuffix("-bom")
    found = cells(path, marks.get(encoding, b"") + text.encode(plain))
    assert found[0] == {"name": name, "price": "LE 5", "url": URL} and len(found) == 20


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_recognised(path: Path, separator: str, end: str) -> None:
    text = end.join([separator.join(("url", "name", "price")), separator.join((URL, '"a ""b"" c"', '"1,5"')), ""])
    assert cells(path, text) == [{"url": URL, "name": 'a "b" c', "price": "1,5"}]


def test_a_spreadsheets_own_first_line_and_empty_lines_are_passed_over(path: Path) -> None:
    found = rows(path, f"sep=;\n\nname;url\n\n;\nA;{URL}\n")
    assert found == [Row(6, {"name": "A", "url": URL})]


def test_a_cell_may_run_over_lines(path: Path) -> None:
    found = rows(path, f'name,description,url\nA,"one\ntwo, ""three""\n",{URL}\nB,,{URL}\n')
    assert found == [
        Row(2, {"name": "A", "description": 'one\ntwo, "three"\n', "url": URL}),
        Row(5, {"name": "B", "description": "", "url": URL}),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(path: Path) -> None:
    lines = "".join(f"P{number},5,{URL}/{number}\n" for number in range(1000))
    found = rows(path, f'{HEADER}A,"5,{URL}\n{lines}')
    assert found[0] == Problem(2, "a quote is never closed")
    assert len(found) == 1001 and found[1] == Row(3, {"name": "P0", "price": "5", "url": f"{URL}/0"})


def test_quotes_inside_a_cell_are_taken_as_they_are(path: Path) -> None:
    found = cells(path, f'{HEADER}5" brush,"1" off,{URL}\n"A" B,5,{URL}\n')
    assert [one["name"] for one in found] == ['5" brush', "A B"]


def test_a_line_without_end_costs_itself_only(path: Path) -> None:
    found = rows(path, f"{HEADER}{'x' * (3 * LINE_MAX)}\nA,5,{URL}\n")
    assert found == [
        Problem(2, f"is longer than {LINE_MAX} characters"),
        Row(3, {"name": "A", "price": "5", "url": URL}),
    ]


def test_a_short_row_has_the_cells_it_has(path: Path) -> None:
    assert cells(path, f"{HEADER}A\n") == [{"name": "A"}]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40, "no text"),
        (b"MZ" + bytes(5000), "no text"),
        (b"PK\x03\x04 a zip, or a spreadsheet \0", "no text"),
        (b"{}", "no column for name and url"),
        (b"name,price\nA,5\n", "no column for url"),
        (b"<html><body>404</body></html>", "no column for name and url"),
        (b",".join([b"name"] * 1_000_000), "first line is longer"),
        (b",".join([b"c"] * (COLUMNS_MAX + 1)), f"has {COLUMNS_MAX + 1} columns"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_products_is_refused(path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableCatalogue, match=reason):
        rows(path, data)


def test_a_row_of_a_million_columns_is_refused_and_the_rest_taken(path: Path) -> None:
    found = rows(path, f"{HEADER}{',' * 1_000_000}\n{',' * 1000}x\nA,5,{URL}\n")
    assert [isinstance(one, Problem) for one in found] == [True, True, False]


def test_files_beyond_what_is_accepted_are_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEADER.encode())
        file.truncate(500 * 1024 * 1024)
    with pytest.raises(UnreadableCatalogue, match=str(FILE_MAX_BYTES)):
        Table(path)
    with pytest.raises(UnreadableCatalogue, match=str(FILE_MAX_BYTES)):
        file_digest(path)


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    for place, reason in ((tmp_path / "missing.csv", "is not there"), (tmp_path, "is no file")):
        with pytest.raises(UnreadableCatalogue, match=reason):
            Table(place)
        with pytest.raises(UnreadableCatalogue, match=reason):
            file_digest(place)


def test_memory_stays_small_however_long_a_file_and_its_lines_are(path: Path) -> None:
    line = f'A,"5 {"x" * 1000}",{URL}\n'
    path.write_text(HEADER + line * 6000 + "y" * 6_000_000 + "\n" + f'"{"z" * 6_000_000}')
    tracemalloc.start()
    try:
        assert sum(1 for _ in Table(path).rows()) >= 6000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000  # of a file of 18


@settings(max_examples=200, deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.text(alphabet='ab",;\n\r\t ', max_size=300).map(str.encode)))
def test_any_bytes_are_rows_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    try:
        found = rows(path, HEADER.encode() + data)
    except UnreadableCatalogue:
        return
    lines = [one.line for one in found]
    assert lines == sorted(set(lines)) and all(line >= 2 for line in lines)
