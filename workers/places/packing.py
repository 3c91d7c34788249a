"""How `india.npz` holds long rows of whole numbers: as steps from one to the next, byte by byte."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int32]


def pack(rows: NDArray[np.integer]) -> Bytes:
    """Whole numbers of 32 bits, shape (n,), as bytes of shape (4, n) that a compressor makes little of.

    Neighbours are alike, so their steps are small; with the sign in the lowest bit most high bytes are zero.
    """
    before = np.concatenate((np.zeros(1, dtype=np.int64), rows[:-1]))
    steps = rows.astype(np.int64) - before
    turned = ((steps << 1) ^ (steps >> 63)).astype("<u4")
    return np.ascontiguousarray(turned.view(np.uint8).reshape(-1, 4).T)


def unpack(packed: Bytes) -> Integers:
    """The numbers that were packed."""
    turned = np.ascontiguousarray(packed.T).view("<u4")[:, 0].astype(np.int64)
    steps = (turned >> 1) ^ -(turned & 1)
    return np.cumsum(steps).astype(np.int32)
