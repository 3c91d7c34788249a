"""Progress of a delivery tour, seen from one of its parcels.

A stop is one parcel of the manifest, even if two go to one address.
"""

from datetime import datetime

import msgspec

from tracking.domain.value import Struct


class Tour(Struct, frozen=True):
    """Open stops before the parcel's own, stops done, and the start of the tour.

    `is_as_loaded` is True if the stops were counted when the parcel was loaded; `stops_done` is then unknown.
    """

    stops_ahead: int
    stops_done: int = 0
    started_at: datetime | None = None
    # Stored under its first name.
    is_two_wheeler: bool = msgspec.field(default=False, name="two_wheeler")
    is_as_loaded: bool = False
