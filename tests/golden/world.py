"""Assembly of the whole product in one process for the golden scenario, on memory and a fake of AWS."""

import dataclasses
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import time_machine
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection

from tests.golden.frozen import at
from tests.golden.product import (
    EMAIL,
    LANGUAGES,
    LISTENERS,
    NOON,
    SMS,
    Contact,
    DynamoLaneStatisticsStore,
    DynamoQuarantine,
    DynamoShipmentStore,
    DynamoVehicleStore,
    Envelope,
    EventBridgeBus,
    GeofenceIndex,
    Hub,
    IdSeries,
    InBatches,
    MapData,
    MemoryLeases,
    MemoryLivePush,
    MemoryQueues,
    MemoryRequestCounter,
    MemoryStream,
    MemoryTransport,
    NotificationPorts,
    OfBodies,
    OfflinePlaces,
    OutboxTransport,
    Partner,
    PinCodes,
    Plan,
    Towns,
    TrackingPorts,
    TransientError,
    Trigger,
    WorkerPorts,
    bookings,
    build_client,
    check_device_clocks,
    check_promises,
    count_sent,
    expire_silent_shipments,
    issue_key,
    make_eta,
    make_geofence,
    make_lease,
    notification_ports,
    plan_key,
    plan_notification,
    process,
    publish,
    read_kpis,
    render_message,
    snapshot_shipments,
    start_and_end_manifests,
    store_request_counts,
    tracking_ports,
    wire_notifications,
    wire_tracking,
    wire_workers,
    worker_ports,
)
from tests.golden.tees import TeeLanes, TeeQuarantine, TeeStore, TeeVehicles
from tests.golden.wire import Wire

TABLE, STREAM, BUS = "tracking", "scans", "bus"
PIN, SECRET = "560034", "2345"
HUBS = [
    ("BLR-PNY", "Peenya hub", "Bengaluru", "560058", 13.0285, 77.5190),
    ("BLR-KRM", "Koramangala hub", "Bengaluru", "560034", 12.9352, 77.6245),
]


@contextmanager
def clients_on(wire: Wire):
    """Let `wire` answer the product's AWS clients; drop the cached clients before and after."""
    build_client.cache_clear()
    for service in ("dynamodb", "events"):
        wire.attach(build_client(service, hot=True))
    yield
    build_client.cache_clear()


class Unreachable:
    """Stand-in for any port that cannot be reached: every call raises `TransientError`."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> Any:
            raise TransientError("unreachable")

        return refuse


class SentSms:
    """SMS that the product has sent, as it counts them for usage."""

    count_segments = staticmethod(partial(count_sent, SMS.name))


class Product:
    """Whole product in one process: memory adapters in its ports, and a fake of AWS."""

    def __init__(self, wire: Wire, clock: time_machine.Traveller) -> None:
        cache.clear()
        _number_rows_from_one()
        self.wire, self.clock = wire, clock
        self.stream = MemoryStream(STREAM)
        self._cursor = self.stream.open_shard(self.stream.list_shards()[0].shard_id, "")
        self._delivered = 0
        places, leases = OfflinePlaces(), MemoryLeases()
        quarantine = TeeQuarantine(DynamoQuarantine("leases", STREAM))
        lanes = TeeLanes(DynamoLaneStatisticsStore(TABLE))
        self.hubs = [_make_hub(row) for row in HUBS]
        self.tracking = TrackingPorts(
            store=TeeStore(DynamoShipmentStore(TABLE)),
            stream=self.stream,
            live=MemoryLivePush(),
            vehicles=TeeVehicles(DynamoVehicleStore(TABLE)),
            # Its default clock cannot be stopped.
            counter=MemoryRequestCounter(time.time),
            lanes=lanes,
            quarantine=quarantine,
            sms_usage=SentSms(),
            pin_codes=PinCodes(),
            maps=MapData(towns=Towns()),
        )
        fences = [make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name) for hub in self.hubs]
        self.workers = WorkerPorts(
            stream=self.stream,
            leases=leases,
            quarantine=quarantine,
            bus=EventBridgeBus(BUS),
            queues=MemoryQueues([*LISTENERS, *(f"{name}-dlq" for name in LISTENERS)]),
            places=places,
            fences=GeofenceIndex(lambda: fences),
            lanes=lanes.cache(),
        )
        leases.add_missing([make_lease(self.stream.incarnation(), one) for one in self.stream.list_shards()])
        self._before = (tracking_ports(), worker_ports(), notification_ports())
        wire_tracking(self.tracking)
        wire_workers(self.workers)
        transports = {each.name: OutboxTransport(MemoryTransport(each)) for each in (SMS, EMAIL)}
        wire_notifications(NotificationPorts(transports))
        self.clear_key_figures()

    def restore_ports(self) -> None:
        """Wire the adapters that were wired before."""
        tracking_before, workers_before, notifications_before = self._before
        wire_tracking(tracking_before)
        wire_workers(workers_before)
        wire_notifications(notifications_before)
        cache.clear()
        self.clear_key_figures()

    def disconnect(self) -> None:
        """Make all stores, streams and queues unreachable."""
        away = Unreachable()
        wire_tracking(dataclasses.replace(self.tracking, store=away, stream=away, vehicles=away))
        wire_workers(dataclasses.replace(self.workers, leases=away, queues=away, quarantine=away))

    def clear_key_figures(self) -> None:
        """Expire the console's cached key figures; their age depends on a clock that cannot be stopped."""
        read_kpis.cache.clear()

    def move(self, minutes: float) -> None:
        """Set the clock to so many minutes after the start."""
        self.clock.move_to(at(minutes), tick=False)

    def make_partner(self, partner_id: str, name: str, *, livemode: bool = True, series: str = "") -> str:
        """Create a partner if it does not exist, and return a new key of it."""
        partner, _ = Partner.objects.get_or_create(partner_id=partner_id, defaults={"name": name})
        if series:
            IdSeries.objects.create(prefix=series, partner=partner, livemode=livemode)
        return issue_key(partner, livemode=livemode)

    def send(self, *records: bytes | dict[str, Any]) -> None:
        """Put raw records on the stream, as devices do, and process them in one batch."""
        encoded = [raw if isinstance(raw, bytes) else msgspec.json.encode(raw) for raw in records]
        self.stream.put([("key", raw) for raw in encoded])
        self.run()

    def run(self) -> None:
        """Read the stream and deliver changes until nothing is left to do."""
        shard_id = self.stream.list_shards()[0].shard_id
        while True:
            read = self.stream.read(shard_id, self._cursor, 1000)
            self._cursor = read.next_cursor
            if read.records:
                process(read.records, self.tracking, self.workers)
            elif not self._deliver():
                return

    def sweep(self) -> None:
        """Run the periodic tasks, then process their results."""
        now = datetime.now(UTC)
        check_promises(self.tracking, now)
        expire_silent_shipments(self.tracking, now)
        check_device_clocks(self.tracking, now)
        start_and_end_manifests(self.tracking, now)
        snapshot_shipments(self.tracking.store, now)
        store_request_counts(self.tracking.counter)
        self.run()

    def publish_pending(self) -> None:
        """Publish the pending changes."""
        store = self.tracking.store
        publish(store.read_pending(datetime.now(UTC)), store, self.workers.bus)
        self.run()

    def import_plan(self, origin: str, destination: str, minutes: int) -> None:
        """Set a lane's planned time, as the command that imports lanes does."""
        self.tracking.lanes.put({plan_key(origin, destination): Plan(planned_minutes=minutes)})

    def _deliver(self) -> int:
        """Deliver new entries of the bus to every listener, as SQS does; return their number."""
        new = self.wire.entries[self._delivered :]
        self._delivered += len(new)
        bodies = [f'{{"detail": {entry["Detail"]}}}' for entry in new]
        changes = [msgspec.json.decode(body, type=Envelope).detail for body in bodies]
        for take in LISTENERS.values():
            if isinstance(take, InBatches):
                take.take(changes)
            elif not isinstance(take, OfBodies):
                for change in changes:
                    take(change)
        return len(new)


def book_example(state: Any) -> str:
    """Book an example of the customer page, whose recipient can unlock it; return the token of the page."""
    contact = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
    return bookings.book(state, contact=contact, pin_code=PIN, cod_amount="1499.50")


def render_all_messages() -> list[dict[str, Any]]:
    """Render every trigger by every transport in every language, without a window and with each kind."""
    etas = {
        "none": None,
        "today": make_eta(36, 127),
        "over midnight": make_eta(36 * 60 + 1, 36 * 60 + 45),
        "past": make_eta(-90, -30),
    }
    link = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
    return [
        {
            "trigger": str(trigger),
            "transport": transport.name,
            "language": language,
            "eta": name,
            **render_message(
                plan_notification(trigger, transport, eta=eta), link, language, "K7M2Q9XB", NOON
            )._asdict(),
        }
        for trigger in Trigger
        for transport in (SMS, EMAIL)
        for language in LANGUAGES
        for name, eta in etas.items()
    ]


def _make_hub(row: tuple[Any, ...]) -> Hub:
    names = ("hub_id", "name", "town", "pin_code", "lat", "lon")
    return Hub.objects.create(**dict(zip(names, row, strict=True)))


def _number_rows_from_one() -> None:
    """Reset the sequences of row ids, which earlier tests may have advanced."""
    sequences = connection.introspection.sequence_list()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), sequences):
            cursor.execute(statement)
