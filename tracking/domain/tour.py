"""A delivery tour as its manifest and its scans describe it."""

from datetime import datetime

from tracking.domain.value import Struct


class Tour(Struct, frozen=True):
    """A tour as its manifest and its scans tell it: open stops before this one, done ones, since when.

    `is_as_loaded`: the stops are those when the parcel was loaded, and how many are done is not known.
    """

    stops_ahead: int
    stops_done: int = 0
    started_at: datetime | None = None
    two_wheeler: bool = False
    is_as_loaded: bool = False
