"""Packing: what is unpacked is what was packed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.places.packing import pack, unpack

numbers = st.integers(min_value=-(2**30), max_value=2**30 - 1)


@given(st.lists(numbers, max_size=50))
def test_numbers_come_back_as_they_were_packed(rows):
    assert unpack(pack(np.array(rows, dtype=np.int64))).tolist() == rows


def test_neighbours_that_are_alike_leave_their_high_bytes_empty():
    assert pack(np.array([7_000_000, 7_000_100, 6_999_990]))[1:, 1:].sum() == 0
