"""Compressed values of rows: read back as written, by any thread, with the dictionary that they name."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from tests.tracking.pages.examples import STATES
from tracking.adapters.items import encode
from tracking.adapters.packed import DICTIONARIES, WRITTEN_WITH, pack, unpack
from tracking.domain.errors import PermanentError

VALUES = [encode(state) for state in STATES.values()]


def test_values_are_read_back_by_threads_at_once():
    chosen = random.Random(1).choices(VALUES, k=400)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda value: unpack(pack(value)), chosen)) == chosen


def test_a_value_names_the_dictionary_it_was_written_with():
    assert zstandard.get_frame_parameters(pack(b"{}")).dict_id == WRITTEN_WITH


def test_each_dictionary_has_the_number_of_its_file():
    numbers = {
        file.stem: str(zstandard.ZstdCompressionDict(file.read_bytes()).dict_id())
        for file in DICTIONARIES.iterdir()
    }
    assert numbers == {stem: stem for stem in numbers}
    assert str(WRITTEN_WITH) in numbers


def test_states_take_less_than_a_third_of_their_json():
    """A third also of these small examples, whose names are in no dictionary."""
    assert sum(len(pack(value)) for value in VALUES) < sum(map(len, VALUES)) / 3


def test_a_value_that_names_an_unknown_dictionary_is_refused_with_its_number():
    samples = [f"{number} of a thousand samples, all alike".encode() * 3 for number in range(1000)]
    unknown = zstandard.train_dictionary(1024, samples, dict_id=77_777)
    packed = zstandard.ZstdCompressor(dict_data=unknown).compress(samples[0])
    with pytest.raises(PermanentError, match="dictionary 77777"):
        unpack(packed)


@pytest.mark.parametrize("damaged", [b"", b"not compressed", pack(VALUES[0])[:-5]])
def test_a_damaged_value_is_refused(damaged):
    with pytest.raises(PermanentError, match="cannot be read"):
        unpack(damaged)
