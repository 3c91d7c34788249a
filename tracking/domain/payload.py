"""What a device, a partner or a role of ours may put on the stream: fields, types and limits."""

from datetime import timedelta
from typing import Annotated

import msgspec

from tracking.domain.events import Booking, Source
from tracking.domain.reasons import ClockKind
from tracking.domain.tour import Tour

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
# Some firmware counts parcels in whole numbers; beyond 63 bits it is noise.
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
EventId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Word = Annotated[str, msgspec.Meta(max_length=64)]

MAX_RECORD_BYTES = 32 * 1024
MAX_EVENTS_PER_RECORD = 100
# How far from its arrival a report may lie: clocks run ahead a little, buffers are flushed days later.
FUTURE_LIMIT, PAST_LIMIT = timedelta(minutes=5), timedelta(days=7)


class ScanPayload(msgspec.Struct, kw_only=True):
    """One report as it comes: degrees, km/h, metres; `timestamp` is RFC 3339 with a zone or epoch s/ms.

    The given minimum is `{"shipment_id", "lat", "lon", "status"}`. The last group of fields counts only
    when a role of ours set it (`source` other than `device`). Coordinates outside their range are told apart
    from wrong types by the reader, so they carry no limit here.
    """

    shipment_id: Id | Number | None = None
    vehicle_id: Id | Number | None = None
    device_id: Id | Number | None = None
    device_seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    lat: float | None = None
    lon: float | None = None
    status: Word | None = None
    substatus: Word | None = None
    reason_code: Word | None = None
    timestamp: str | int | float | None = None
    event_id: EventId | None = None
    speed_kmh: Annotated[float, msgspec.Meta(ge=0, le=300)] | None = None
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=10_000)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    traceparent: Annotated[str, msgspec.Meta(max_length=55)] | None = None

    source: Source = "device"
    partner_id: Id | None = None
    livemode: bool = True
    actor: Word | None = None
    booking: Booking | None = None
    tour: Tour | None = None
    retracts: EventId | None = None
    supersedes: EventId | None = None
    correction_reason: Word | None = None
    clock_kind: ClockKind | None = None
