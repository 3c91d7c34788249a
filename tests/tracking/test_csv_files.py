"""A CSV file is read as spreadsheets write it; each error names its line and column."""

import re

import pytest

from tracking.csv_files import BadFileError, find_quote_fault, format_table, read_header, read_rows
from tracking.input_values import Range


@pytest.fixture
def write(tmp_path):
    def write_file(content: bytes | str):
        path = tmp_path / "hubs.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def read(path) -> list[tuple[str, float]]:
    return read_rows(
        path, ("hub", "minutes"), lambda row: (row.id("hub"), row.number("minutes", Range(0, 100)))
    )


@pytest.mark.parametrize(
    "content",
    [
        "hub,minutes\nBLR,5\nMAA,7\n",
        "hub,minutes\r\nBLR,5\r\nMAA,7",
        "hub,minutes\rBLR,5\rMAA,7\r",
        " hub , minutes \nBLR, 5\n MAA ,7\n",
        "\ufeffhub,minutes\nBLR,5\nMAA,7\n",
        "hub,minutes\nBLR,5\nMAA,7\n,\n,\n\n  ,  \n",
        "\nhub,minutes\n\nBLR,5\n,\nMAA,7\n",
        "hub,minutes,\nBLR,5,\nMAA,7,,,\n",
        '"hub","minutes"\n"BLR","5"\n"MAA","7"\n',
        "minutes,hub,note\n5,BLR,\n7,MAA,\n",
        "hub\u00a0,minutes\u200b\nBLR\u200b,5\nMAA,\u00a07\n",
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(write, content):
    assert read(write(content)) == [("BLR", 5.0), ("MAA", 7.0)]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("", "line 1, column hub: is missing"),
        ("hub;minutes\n", "line 1, column hub: is missing"),
        ("hub,minutes,hub\n", "line 1, column hub: is there twice"),
        (b"hub,minutes\nBLR,5\nMAA\xe9,7\n", "line 3, column 4: byte 0xE9 is no UTF-8 text"),
        (b"\xff\xfeh\x00u\x00b\x00", "line 1, column 1: byte 0xFF is no UTF-8 text"),
        (b"hub,minutes\nB\x00LR,5\n", "line 2, column 2: byte 0x00 is no UTF-8 text"),
        ('hub,minutes\nBLR,5\n"MAA,7\nDEL,9\n', "line 3, column 1: a quote is opened here and not closed"),
        ('hub,minutes\nBLR,"5\n', "line 2, column 5: a quote is opened here and not closed"),
        ('hub,minutes\nBLR,"5" x\n', "line 2, column 8: text follows a closed quote"),
        ('hub,minutes\n"B\nLR","5"x\n', "line 3, column 8: text follows a closed quote"),
        ("hub,minutes\n" + '"' + "x" * 200_000, "line 2, column 1: a quote is opened here and not closed"),
        ("hub,minutes\nBLR\n", "line 2, column minutes: is empty"),
        ("hub,minutes\nBLR,5,7\n", "line 2, column 3: has no name in the header: '7'"),
        (
            "hub,minutes\nBLR,5\n\nMAA,1e308\n",
            "line 4, column minutes: must be at least 0 and at most 100: '1e308'",
        ),
        ("hub,minutes\nBLR,nan\n", "line 2, column minutes: must be at least 0 and at most 100: 'nan'"),
        ("hub,minutes\n" + "x" * 3000 + ",5\n", "line 2, column hub: has more than 64 characters: 'xxx"),
        ("hub,minutes\nB LR,5\n", "line 2, column hub: is no id: 'B LR'"),
    ],
)
def test_an_error_names_line_and_column(write, content, where):
    with pytest.raises(BadFileError, match=re.escape(f"hubs.csv, {where}")):
        read(write(content))


def test_a_time_outside_this_century_is_refused(write):
    path = write("at\n0001-01-01T00:00:00+05:30\n")
    with pytest.raises(BadFileError, match="line 2, column at: is not between 2000 and 2099"):
        read_rows(path, ("at",), lambda row: row.moment("at"))


def test_the_header_is_read_alone(write):
    assert read_header(write(" hub ,minutes\n")) == ["hub", "minutes"]


def test_quotes_that_are_closed_at_the_end_of_a_cell_are_no_fault():
    assert find_quote_fault('a,"b ""c"" d","e\nf",g"h\n"i"\n') is None


def test_a_table_has_no_formula_and_empty_cells_for_unknown_values():
    rows = [["=HYPERLINK(1)", 1, None], ["+1", -2, "a, b"], ["-x", 0.5, "@y"], ["BLR → MYS", 0, ""]]
    lines = ["key,n,text", "'=HYPERLINK(1),1,", '\'+1,-2,"a, b"', "'-x,0.5,'@y", "BLR → MYS,0,"]
    assert format_table(["key", "n", "text"], rows).split("\r\n") == [*lines, ""]
