"""Progress of a delivery tour, seen from one of its parcels."""

from datetime import datetime

from tracking.domain.value import Struct


class Tour(Struct, frozen=True):
    """Open stops before the parcel's own, stops done, and the start of the tour.

    `is_as_loaded` is True if the stops were counted when the parcel was loaded; `stops_done` is then unknown.
    """

    stops_ahead: int
    stops_done: int = 0
    started_at: datetime | None = None
    two_wheeler: bool = False
    is_as_loaded: bool = False
