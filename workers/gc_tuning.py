"""How often a process that moves records looks for garbage that counting references has not found."""

import gc

# While a read of 2,000 records is worked on, some 200,000 containers are alive, and nearly all of them end
# with it by their counts. Python's own thresholds (700, 10, 10) look through them hundreds of times meanwhile
# and find nothing: a fifth of the line's CPU (`bench worker`, "ours, garbage collected as Python does").
# Cycles are still found, at the price of up to so many dead containers, some tens of megabytes.
CONTAINERS = 300_000
GENERATIONS = (10, 10)


def collect_rarely() -> None:
    """Leave what was loaded at the start out of all searches to come, and search only where much is new."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(CONTAINERS, *GENERATIONS)
