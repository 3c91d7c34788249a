"""Files that people give to commands, as CSV, JSON or JSON lines. Each error names file, line and column."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from tracking.domain.errors import PermanentError
from tracking.domain.typed_text import strip_invisible

T = TypeVar("T")
# A byte that is no UTF-8, as `surrogateescape` decodes it, and NUL.
_BAD_CHAR = re.compile(r"[\udc80-\udcff\x00]")
_LOW_BYTE = 0xFF
# Characters of a line: a longer one is no line of these files, and would fill the memory.
MAX_LINE = 2**24
# Message of msgspec: "<what> (byte 11)", or "<what> - at `$.put_at`".
_AT_BYTE = re.compile(r"(?P<what>.*) \(byte (?P<byte>\d+)\)", re.DOTALL)
_AT_PATH = re.compile(r"(?P<what>.*) - at `\$\.(?P<name>\w+).*`", re.DOTALL)


class BadFileError(PermanentError):
    """Raised for an invalid file. The text names file, line and column."""


class JsonLine(NamedTuple):
    """One line of a file of JSON lines."""

    path: Path
    number: int
    text: str

    def decode(self, kind: type[T]) -> T:
        """Return the value of the line. Raises `BadFileError`."""
        return _decode(self.path, self.text, kind, self.number)

    def refuse(self, name: str, why: str) -> BadFileError:
        """Return the error of the field of this name."""
        return locate_error(self.path, self.number, self.text.find(f'"{name}"') + 1 or 1, f"{name} {why}")


def locate_error(path: Path, line: int, column: int | str, why: str) -> BadFileError:
    """Return the error of a place in a file; a column is a number from 1, or the name of a CSV column."""
    return BadFileError(f"{path.name}, line {line}, column {column}: {why}")


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file with their ends. Raises `BadFileError`."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), ""), start=1):
                if len(line) > MAX_LINE:
                    raise locate_error(path, number, 1, f"the line has more than {MAX_LINE} characters")
                if bad := _BAD_CHAR.search(line):
                    byte = ord(bad[0]) & _LOW_BYTE
                    raise locate_error(path, number, bad.start() + 1, f"byte 0x{byte:02X} is no UTF-8 text")
                yield line
    except OSError as error:
        raise locate_error(path, number + 1, 1, f"cannot be read ({error.strerror})") from error


def read_json(path: Path, kind: type[T]) -> T:
    """Return the value of a JSON file. Raises `BadFileError`."""
    return _decode(path, "".join(read_lines(path)), kind)


def read_json_lines(path: Path) -> Iterator[JsonLine]:
    """Yield the lines of a file of JSON lines that are not empty. Raises `BadFileError`."""
    for number, line in enumerate(read_lines(path), start=1):
        if strip_invisible(line):
            yield JsonLine(path, number, line.rstrip("\r\n"))


def _decode(path: Path, text: str, kind: type[T], first_line: int = 1) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except RecursionError as error:
        raise locate_error(path, first_line, 1, "is nested too deeply") from error
    except msgspec.ValidationError as error:
        offset, what = _find_field(str(error), text)
        raise _locate_offset(path, first_line, text, offset, what) from error
    except msgspec.DecodeError as error:
        offset, what = _find_syntax_error(str(error), text)
        raise _locate_offset(path, first_line, text, offset, what) from error


def _locate_offset(path: Path, first_line: int, text: str, offset: int, what: str) -> BadFileError:
    line = first_line + text.count("\n", 0, offset)
    return locate_error(path, line, offset - text.rfind("\n", 0, offset), what)


def _find_field(message: str, text: str) -> tuple[int, str]:
    """Return where the field is that a message of msgspec names, and what is wrong with it."""
    if field := _AT_PATH.fullmatch(message):
        return max(text.find(f'"{field["name"]}"'), 0), f"{field['name']}: {field['what']}"
    return 0, message


def _find_syntax_error(message: str, text: str) -> tuple[int, str]:
    """Return where the JSON is malformed; the standard library is more exact than msgspec, and takes NaN."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos, error.msg
    except (ValueError, RecursionError):
        return 0, message
    if at := _AT_BYTE.fullmatch(message):
        return len(text.encode()[: int(at["byte"])].decode(errors="replace")), at["what"]
    return 0, message
