"""Context of a scan: what a forecast needs and neither scan nor state holds."""

import msgspec

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.distance import LatLon
from tracking.domain.tour import Tour


class ScanContext(msgspec.Struct, frozen=True):
    """Hub the scan was made at, point in the recipient's PIN code, tour of the vehicle; None if unknown.

    `calendar` are the delivery hours of the hub that serves the recipient; None if the hub is unknown.
    `hub_point` is the position of the hub that a scan without a position names.
    `vehicle_class` is that of the vehicle that carries the parcel; None if the vehicle is not known or not
    registered.
    """

    hub_id: str | None = None
    pin_point: LatLon | None = None
    tour: Tour | None = None
    calendar: DeliveryCalendar | None = None
    hub_point: LatLon | None = None
    vehicle_class: str | None = None


NO_CONTEXT = ScanContext()
