"""Changes as the bus takes them: one at a time, those told along with another on their own."""

from collections.abc import Iterator

import msgspec

from tracking.domain.events import Change


def split_change(change: Change) -> Iterator[Change]:
    """The change without those told along with it, then each of those."""
    yield msgspec.structs.replace(change, also=())
    for other in change.also:
        yield from split_change(other)
