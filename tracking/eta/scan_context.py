"""Context of a scan: what a forecast needs and neither scan nor state holds."""

from typing import NamedTuple

from tracking.domain.distance import LatLon
from tracking.domain.tour import Tour


class ScanContext(NamedTuple):
    """Hub the scan was made at, point in the recipient's PIN code, tour of the vehicle; None if unknown."""

    hub_id: str | None = None
    pin_point: LatLon | None = None
    tour: Tour | None = None


NO_CONTEXT = ScanContext()
