"""Kinds of events and the capacity units of DynamoDB that they take, for the bench and the cost model."""

from typing import NamedTuple

# Kinds of events; the bench `units` counts each, and the cost model prices them.
BOOKING = "booking"
CHANGE = "change"
OF_SHIPMENT = "position of a shipment"
OF_VEHICLE = "position of a vehicle"
LOADING = "stop of a manifest"
NEWS = "news of a parcel aboard"


class Units(NamedTuple):
    """Capacity units of the table `tracking`: written to it and to its indexes, and read."""

    written: float
    indexed: float
    read: float


# Rows of the bench's report, by the fields of `Units`; the phases of a row are the kinds of events.
UNIT_ROWS = {"written": "write units", "indexed": "write units of indexes", "read": "read units"}
