"""Packing of long integer arrays in `india.npz`: differences of neighbours, byte by byte."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int32]


def pack(rows: NDArray[np.integer]) -> Bytes:
    """Pack 32-bit integers, shape (n,), into bytes, shape (4, n), that compress well.

    Neighbours are similar, so their differences are small. With the sign in the lowest bit (zigzag encoding)
    most high bytes are zero.
    """
    previous = np.concatenate((np.zeros(1, dtype=np.int64), rows[:-1]))
    steps = rows.astype(np.int64) - previous
    zigzag = ((steps << 1) ^ (steps >> 63)).astype("<u4")
    return np.ascontiguousarray(zigzag.view(np.uint8).reshape(-1, 4).T)


def unpack(packed: Bytes) -> Integers:
    """Return the integers that were packed."""
    zigzag = np.ascontiguousarray(packed.T).view("<u4")[:, 0].astype(np.int64)
    steps = (zigzag >> 1) ^ -(zigzag & 1)
    return np.cumsum(steps).astype(np.int32)
