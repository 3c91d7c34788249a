"""Payload of a stream record from a device, a partner or our own processes: fields, types and limits."""

import re
from datetime import timedelta
from typing import Annotated

import msgspec

from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.canary import CANARY_PREFIX
from tracking.domain.events import Booking, Source
from tracking.domain.reasons import ClockKind
from tracking.domain.tour import Tour

# Ids stand in addresses, so a word of the address space (`batch`) and the names of folders are no ids.
ID_PATTERN = r"(?!(?:batch|\.{1,2})\Z)[A-Za-z0-9._-]{1,64}"
EVENT_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}\Z"
MAX_WORD, MAX_NOTE, MAX_TRACEPARENT = 64, 200, 55
MAX_SPEED_KMH, MAX_HEADING, MAX_ACCURACY_M = 300, 360, 10_000
MAX_NUMBER, MAX_DEVICE_SEQ = 2**63 - 1, 2**53
# Beginnings of the ids that we give out; no partner may have a series of them.
LIVE_PREFIX, TEST_PREFIX = "SLX", "SLT"
OWN_PREFIXES = (LIVE_PREFIX, TEST_PREFIX, CANARY_PREFIX)
# Beginning of the ids of vehicles that are registered with a test key, and of no others.
TEST_VEHICLES = "TEST-"

Id = Annotated[str, msgspec.Meta(pattern=rf"^{ID_PATTERN}\Z")]
# Some firmware numbers its parcels; a number beyond 63 bits is garbage.
Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
EventId = Annotated[str, msgspec.Meta(pattern=EVENT_ID_PATTERN)]
Word = Annotated[str, msgspec.Meta(max_length=MAX_WORD)]
DeviceSeq = Annotated[int, msgspec.Meta(ge=0, le=MAX_DEVICE_SEQ)]
SpeedKmh = Annotated[float, msgspec.Meta(ge=0, le=MAX_SPEED_KMH)]
Heading = Annotated[float, msgspec.Meta(ge=0, le=MAX_HEADING)]
AccuracyM = Annotated[float, msgspec.Meta(ge=0, le=MAX_ACCURACY_M)]
Note = Annotated[str, msgspec.Meta(max_length=MAX_NOTE)]
Traceparent = Annotated[str, msgspec.Meta(max_length=MAX_TRACEPARENT)]

MAX_RECORD_BYTES = 32 * 1024
MAX_EVENTS_PER_RECORD = 100
# Allowed distance of the reported time from the arrival: clocks run ahead, buffers are flushed days later.
FUTURE_LIMIT, PAST_LIMIT = timedelta(minutes=5), timedelta(days=7)

_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Return whether the text can be the id of a shipment, a vehicle or a device."""
    return _ID.fullmatch(text) is not None


class ScanPayload(msgspec.Struct, kw_only=True):
    """One report as received: degrees, km/h, metres; `timestamp` is RFC 3339 with a zone, or epoch s or ms.

    Devices send at least `{"shipment_id", "lat", "lon", "status"}`. The last group of fields is read only
    from sources other than `device`. Coordinates have no limits here: `tracking/domain/report_rules.py`
    checks them. A record of a device that does not have these types is read by `workers/line/tolerance.py`.
    """

    shipment_id: Id | Number | None = None
    vehicle_id: Id | Number | None = None
    device_id: Id | Number | None = None
    device_seq: DeviceSeq = 0
    lat: float | None = None
    lon: float | None = None
    status: Word | None = None
    substatus: Word | None = None
    reason_code: Word | None = None
    timestamp: str | int | float | None = None
    event_id: EventId | None = None
    speed_kmh: SpeedKmh | None = None
    heading: Heading | None = None
    accuracy_m: AccuracyM | None = None
    note: Note | None = None
    traceparent: Traceparent | None = None
    # Hub that the scan was made at; read if the scan has no position.
    hub_id: Id | None = None

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
    evidence: AttemptEvidence | None = None


# Fields that every source may send; the others are read from our own processes only.
DEVICE_FIELDS = ScanPayload.__struct_fields__[: ScanPayload.__struct_fields__.index("source")]
