"""Thresholds of the cyclic garbage collector in processes with many live objects."""

import gc
from typing import NamedTuple


class Thresholds(NamedTuple):
    """Thresholds of `gc.set_threshold`: new containers, then collections of the generation below."""

    containers: int
    young: int
    middle: int


# While a read of 2,000 records is processed, about 200,000 containers are alive, and reference counts free
# nearly all of them at its end. With Python's default thresholds (700, 10, 10) the collector scans them
# hundreds of times and finds nothing, for a fifth of the CPU (`bench worker`, "ours, garbage collected as
# Python does").
# With these thresholds cycles are still found; up to this many dead containers, tens of megabytes, may wait.
LINE = Thresholds(300_000, 10, 10)
# A web process stands still while it collects, and so do all its requests and sockets. A collection of the
# first two generations scans 1,000 and about 5,000 containers, in 1 and 5 ms; with 20,000 and 100,000 it took
# 20 to 60 ms, once or twice a second under load. Full collections stay rare: while 5,000 sockets connected,
# Python's thresholds caused eight of 0.3 to 0.6 s each.
WEB = Thresholds(1_000, 5, 2_000)


def collect_rarely(thresholds: Thresholds = LINE) -> None:
    """Exclude all objects that exist now from collection, and collect only after many allocations."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)
