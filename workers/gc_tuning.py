"""Thresholds of the cyclic garbage collector in processes that read the stream."""

import gc

# While a read of 2,000 records is processed, about 200,000 containers are alive, and reference counts free
# nearly all of them at its end. With Python's default thresholds (700, 10, 10) the collector scans them
# hundreds of times and finds nothing, for a fifth of the CPU (`bench worker`, "ours, garbage collected as
# Python does").
# With these thresholds cycles are still found; up to this many dead containers, tens of megabytes, may wait.
CONTAINERS = 300_000
GENERATIONS = (10, 10)


def collect_rarely() -> None:
    """Exclude all objects that exist now from collection, and collect only after many allocations."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(CONTAINERS, *GENERATIONS)
