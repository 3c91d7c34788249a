"""Context of a scan: data from outside the shipment that a forecast needs."""

from typing import NamedTuple

from tracking.domain.tour import Tour
from tracking.eta.departures import Point


class ScanContext(NamedTuple):
    """Hub the scan was made at, position of the door (lat, lon) and tour of the vehicle; None if unknown."""

    hub_id: str | None = None
    door: Point | None = None
    tour: Tour | None = None


NO_CONTEXT = ScanContext()
