"""A console in memory: deliveries of a lane, a vehicle with its run, a quarantined record, figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta

import msgspec
from django.contrib.auth.models import User

import workers.ports
from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tests.workers.records import make_record
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import VehicleFix, format_time
from tracking.domain.identity import make_sort_key
from tracking.domain.indian_time import INDIA, date_in_india
from tracking.histograms import find_bucket
from tracking.models import Manifest, Partner, Stop, Vehicle
from tracking.ports import TrackingPorts, ports, wire
from tracking.receipts import DAY, HOUR, STAGES, Slot, SlotFigures, find_slots
from tracking.services.operations.day_figures import count_day
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.staff_recipients import make_customer_token
from tracking.services.requests.roles import Role
from tracking.services.requests.staff_accounts import find_staff
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.local_traces import SpanLine
from workers.places.index import OfflinePlaces
from workers.ports import Refusal, WorkerPorts
from workers.steps.meter import STEPS, StepFigures
from workers.steps.minutes import StepMinutes, find_minute
from workers.steps.ports import StepReport

VEHICLE = "KA01AB1234"
# The way of the vehicle ended at noon in India on a day that is over.
NOON = datetime.combine(date_in_india(datetime.now(UTC)) - timedelta(days=1), time(12), INDIA)


@contextmanager
def wire_memory() -> Iterator[WorkerPorts]:
    """Wire memory adapters behind all ports that a running server reads, until the block ends."""
    before, workers_before = ports(), workers.ports.ports()
    live = MemoryLivePush()
    wire(TrackingPorts(MemoryShipmentStore(), MemoryEventStream(), live, MemoryVehicleStore()))
    memory = WorkerPorts(
        stream=MemoryStream(shards=1),
        leases=MemoryLeases(),
        quarantine=MemoryQuarantine(),
        bus=MemoryBus(),
        queues=MemoryQueues(("notify", "notify-dlq")),
        places=OfflinePlaces(),
    )
    workers.ports.wire(memory)
    yield memory
    wire(before)
    workers.ports.wire(workers_before)


def fill_console(wired: WorkerPorts) -> User:
    """Fill the stores with what each page of the console shows; return the account of a supervisor."""
    user, now = make_staff(Role.SUPERVISOR, "asha"), datetime.now(UTC)
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme Parcels")
    for number in range(32):
        fields = {"status": "delivered", "status_at": now, "promised_to": now, "attempts": 0, "rating": 4}
        book(None, shipment_id=f"SLX-{number:02d}", partner=partner, reference=f"ORD-{number}", **fields)
    count_day(date_in_india(now), now)
    van = Vehicle.objects.create(vehicle_id=VEHICLE, partner=partner, label="Van 7")
    run = Manifest.objects.create(manifest_id="man_1", vehicle=van, starts_at=NOON - timedelta(hours=1))
    Stop.objects.create(manifest=run, shipment_id="SLX-01", sequence=1)
    drive(now)
    open_incident(ports().live, "exception", "SLX-01", "damaged", now, shipment_id="SLX-01")
    make_customer_token(find_staff(user, "req-1"), "SLX-01")
    record = make_record(1, raw=b'{"shipment_id": "SLX-01", "status": "in_transit"}', arrived_at=now)
    wired.quarantine.put([Refusal(record, "failed", "KeyError: 'lane'", "SLX-01")])
    figures = {
        step: StepFigures(600, 0, {find_bucket(8 * number): 600}) for number, step in enumerate(STEPS, 1)
    }
    items, errors = [520 + 13 * number % 90 for number in range(16)], [0] * 12 + [2, 5, 0, 0]
    minutes = {step: StepMinutes(find_minute(now), items, errors) for step in STEPS}
    wired.steps.keep("host:1:a", StepReport(now + timedelta(minutes=10), figures, minutes))
    ports().receipts.keep("host:1:a", make_receipts(now))
    return user


def make_trace() -> bytes:
    """Return the lines of a trace in which one listener has failed."""
    ends_ms = {"read": 180, "decode": 184, "enrich": 201, "record": 260, "push": 264, "publish": 290}
    spans, begin = [], 0
    for verb, end in ends_ms.items():
        spans.append(SpanLine("a" * 32, verb, begin * 10**6, end * 10**6, {"shipment_id": "SLX-01"}))
        begin = end
    queue = {"shipment_id": "SLX-01", "queue": "notify"}
    spans.append(SpanLine("a" * 32, "deliver", 310 * 10**6, 420 * 10**6, queue, "TransientError"))
    return b"".join(msgspec.json.encode(span) + b"\n" for span in spans)


def make_receipts(now: datetime) -> dict[Slot, SlotFigures]:
    """Return figures of every stage of the receipt, in the last hour and day."""
    stages = {stage: {find_bucket(30 * number): 600} for number, stage in enumerate(STAGES, 1)}
    return {find_slots(span, now.timestamp())[-1]: SlotFigures(stages, 900, 0) for span in (HOUR, DAY)}


def drive(now: datetime) -> None:
    """Store the way of the vehicle, and its newest report for the fleet."""
    fixes = [make_fix(NOON - timedelta(minutes=minute), minute) for minute in range(60)]
    ports().vehicles.record_fixes(fixes)
    newest = {
        "vehicle_id": VEHICLE,
        "lat": 12.97,
        "lon": 77.59,
        "heading": 90.0,
        "speed_kmh": 28.0,
        "occurred_at": format_time(now),
        "shipment_id": "SLX-01",
        "status": "out_for_delivery",
        "is_delayed": False,
    }
    ports().live.push_fleet({"vehicles": [newest], "changes": []})


def make_fix(moment: datetime, minute: int) -> VehicleFix:
    """Return a position of the vehicle, so many minutes before the end of its way."""
    return VehicleFix(
        event_id=f"f{minute}",
        sort_key=make_sort_key(moment, f"f{minute}"),
        occurred_at=moment,
        received_at=moment,
        vehicle_id=VEHICLE,
        lat=12.97 + minute * 0.002,
        lon=77.59 + (minute % 10) * 0.003,
        expires_at=int(moment.timestamp()) + 30 * 86400,
    )
