"""Packing of integers: unpacked numbers are those that were packed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.places.packing import pack, unpack

numbers = st.integers(min_value=-(2**30), max_value=2**30 - 1)


@given(st.lists(numbers, max_size=50))
def test_unpacked_numbers_are_those_that_were_packed(rows):
    assert unpack(pack(np.array(rows, dtype=np.int64))).tolist() == rows


def test_similar_neighbours_have_empty_high_bytes():
    assert pack(np.array([7_000_000, 7_000_100, 6_999_990]))[1:, 1:].sum() == 0
