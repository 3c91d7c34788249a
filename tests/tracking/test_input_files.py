"""Each error in a JSON file names its line and column."""

import re

import msgspec
import pytest

from tracking.input_files import BadFileError, read_json, read_json_lines, read_lines


class Fact(msgspec.Struct):
    """Value of a line."""

    at: str
    number: float = 0.0


@pytest.fixture
def write(tmp_path):
    def write_file(content: bytes):
        path = tmp_path / "facts.jsonl"
        path.write_bytes(content)
        return path

    return write_file


def decode_all(path) -> list[Fact]:
    return [line.decode(Fact) for line in read_json_lines(path)]


def test_lines_are_read_with_a_mark_at_the_beginning_and_empty_lines_between(write):
    content = b'\xef\xbb\xbf{"at": "1"}\r\n\r\n{"at": "2", "number": 3}\n  \n\n'
    assert decode_all(write(content)) == [Fact("1"), Fact("2", 3.0)]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'{"at": "1"}\n{"at": nonsense}\n', "line 2, column 8: Expecting value"),
        (b'{"at": "1"}\n{"at": "caf\xe9"}\n', "line 2, column 12: byte 0xE9 is no UTF-8 text"),
        (b"\xff\xfe{\x00", "line 1, column 1: byte 0xFF is no UTF-8 text"),
        (b'{"at": "1\x00"}', "line 1, column 10: byte 0x00 is no UTF-8 text"),
        (b'{"at": "1"}\n{"at": "2"', "line 2, column 11: Expecting ',' delimiter"),
        (b'{"at": "1"}\n{"at": "open\n', "line 2, column 8: Unterminated string starting at"),
        (b'{"at": 5}', "line 1, column 2: at: Expected `str`, got `int`"),
        (b'{"number": 1}', "line 1, column 1: Object missing required field `at`"),
        (b'{"at": "1", "number": NaN}', "line 1, column 23: JSON is malformed: invalid character"),
        (b'{"at": "1", "number": 1e999}', "line 1, column 13: number: Number out of range"),
        (b'{"at": "1", "x": ' + b"[" * 9000 + b"]" * 9000 + b"}", "line 1, column 1: "),
    ],
)
def test_an_error_names_line_and_column(write, content, where):
    with pytest.raises(BadFileError, match=re.escape(f"facts.jsonl, {where}")):
        decode_all(write(content))


def test_an_error_in_a_whole_file_names_the_line_within_it(write):
    with pytest.raises(BadFileError, match="line 3, column 12: Expecting value"):
        read_json(write(b'{\n "at": "1",\n "number": ?\n}'), Fact)


def test_the_error_of_a_field_names_its_column(write):
    (line,) = read_json_lines(write(b'{"number": 1, "at": "yesterday"}'))
    assert str(line.refuse("at", "is no time")) == "facts.jsonl, line 1, column 15: at is no time"


def test_a_file_that_is_not_there_is_a_bad_file(tmp_path):
    with pytest.raises(BadFileError, match="line 1, column 1: cannot be read"):
        list(read_lines(tmp_path / "nowhere"))
    with pytest.raises(BadFileError, match="line 1, column 1: cannot be read"):
        list(read_lines(tmp_path))
