"""Values of rows that are read as a whole: JSON, compressed by Zstandard with a dictionary of the product.

The dictionary holds what such values have in common, so that 4 KB take about 0.5 KB. Each compressed value
names its dictionary by number. A dictionary therefore stays in `dictionaries/` for as long as a row, a backup
or an archive may hold a value that names it; `manage.py train_dictionary` makes the next one.
"""

import threading
from functools import cache, cached_property
from pathlib import Path

import zstandard

from tracking.domain.errors import PermanentError

DICTIONARIES = Path(__file__).parent / "dictionaries"
# Number of the dictionary that values are written with; those with other numbers are for reading.
WRITTEN_WITH = 1
LEVEL = 1
# Takes five times as long and saves a tenth of the bytes, for values that are few and near the end of a KB.
THOROUGH = 12


class _Contexts(threading.local):
    """Contexts of one thread: two threads must not use one at once."""

    @cached_property
    def compressors(self) -> dict[int, zstandard.ZstdCompressor]:
        """Contexts by their level."""
        return {}

    @cached_property
    def decompressors(self) -> dict[int, zstandard.ZstdDecompressor]:
        """Contexts by the number of their dictionary."""
        return {}


_contexts = _Contexts()


def pack(value: bytes, level: int = LEVEL) -> bytes:
    """Return the value compressed with the newest dictionary, at the level `LEVEL` or `THOROUGH`."""
    return _find_compressor(level).compress(value)


def unpack(packed: bytes) -> bytes:
    """Return the value. Raises `PermanentError` if it is damaged or names a dictionary that is not here."""
    try:
        number = zstandard.get_frame_parameters(packed).dict_id
        return _find_decompressor(number).decompress(packed)
    except zstandard.ZstdError as error:
        raise PermanentError(f"a compressed value cannot be read: {error}") from error


def _find_compressor(level: int) -> zstandard.ZstdCompressor:
    known = _contexts.compressors
    if level not in known:
        known[level] = zstandard.ZstdCompressor(level, dict_data=_read_dictionary(WRITTEN_WITH, level))
    return known[level]


def _find_decompressor(number: int) -> zstandard.ZstdDecompressor:
    known = _contexts.decompressors
    if number not in known:
        known[number] = zstandard.ZstdDecompressor(dict_data=_read_dictionary(number))
    return known[number]


@cache
def _read_dictionary(number: int, level: int = LEVEL) -> zstandard.ZstdCompressionDict:
    """Return a dictionary that is prepared for a level: it cannot be used at another one."""
    file = DICTIONARIES / f"{number}.zdict"
    if not file.is_file():
        raise PermanentError(f"a value names the dictionary {number}, which this version does not have")
    dictionary = zstandard.ZstdCompressionDict(file.read_bytes())
    dictionary.precompute_compress(level)
    return dictionary
