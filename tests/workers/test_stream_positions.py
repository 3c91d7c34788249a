"""Stream positions sort as strings in the order of the stream, with numbers of any length."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tracking.domain.errors import PermanentError
from workers.stream_positions import make_stream_position, split_source

sequences = st.integers(min_value=0, max_value=10**64 - 1)
sub_sequences = st.integers(min_value=0, max_value=999_999)


@given(st.tuples(sequences, sub_sequences), st.tuples(sequences, sub_sequences))
def test_string_order_of_stream_positions_is_number_order(one, other):
    as_strings = make_stream_position(str(one[0]), one[1]) < make_stream_position(str(other[0]), other[1])
    assert as_strings == (one < other)


@given(sequences)
def test_every_stream_position_sorts_after_the_empty_checkpoint(sequence):
    assert make_stream_position(str(sequence)) > ""


def test_leading_zeros_do_not_change_a_stream_position():
    assert make_stream_position("00000000000000000042") == make_stream_position("42") == f"{42:064d}.000000"


@pytest.mark.parametrize("sequence", ["1" * 65, "", "12a", "-1", "1.5"])
def test_a_text_that_is_no_sequence_number_is_refused(sequence):
    with pytest.raises(PermanentError):
        make_stream_position(sequence)


def test_a_source_is_the_creation_epoch_and_the_shard():
    assert split_source("1790000000/shardId-000000000003") == ("1790000000", "shardId-000000000003")
