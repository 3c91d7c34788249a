"""Splitting of a change into the single changes that are published."""

from collections.abc import Iterator

import msgspec

from tracking.domain.events import Change


def split_change(change: Change) -> Iterator[Change]:
    """Yield the change without the changes in its `also`, then each of those."""
    yield msgspec.structs.replace(change, also=())
    for other in change.also:
        yield from split_change(other)
