"""Wiring: the only place where ports get their adapters. No other package imports this one."""

from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

import notifications.ports
import tracking.ports
import workers.ports
from notifications.accounts import count_sent
from notifications.adapters.outbox import OutboxTransport
from notifications.ports import NotificationPorts, Transport
from notifications.transports.sms import SMS
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.counter import RedisRequestCounter
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.fanout import FanoutPush
from tracking.adapters.fanout_groups import FanoutGroups
from tracking.adapters.figure_samples import RedisFigureSamples
from tracking.adapters.kept_states import RedisKeptStates
from tracking.adapters.receipts import RedisReceipts
from tracking.adapters.stream import KinesisEventStream
from tracking.adapters.tile_archives import open_tile_archive
from tracking.map_ports import MapData
from tracking.ports import LiveGroups, LivePush, TrackingPorts
from tracking.services.operations.hubs import read_geofences
from workers.adapters.alarm_states import RedisAlarmStates
from workers.adapters.cloudwatch import CloudWatchAlarms
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.kinesis import KinesisStream
from workers.adapters.location import AmazonPlaces
from workers.adapters.quarantine import DynamoQuarantine
from workers.adapters.sqs import SqsQueues
from workers.adapters.step_reports import RedisStepReports
from workers.alarm_states import AlarmsOn, AlarmStates
from workers.lane_cache import LaneStatisticsCache
from workers.places.fences import GeofenceIndex
from workers.places.index import OfflinePlaces
from workers.places.localities import Localities
from workers.places.pincodes import PinCodes
from workers.places.towns import Towns
from workers.ports import Places, WorkerPorts
from workers.stream_progress import LeaseProgress


def wire_all() -> None:
    """Put an adapter behind every port. None of them opens a connection before its first use."""
    tracking.ports.wire(wire_tracking())
    notifications.ports.wire(wire_notifications())
    workers.ports.wire(wire_workers())


def wire_tracking() -> TrackingPorts:
    """Return the ports of tracking: DynamoDB stores, Kinesis for events, Redis for live pages and counts."""
    names = settings.AWS_NAMES
    live, groups = _choose_push()
    return TrackingPorts(
        store=DynamoShipmentStore(names["tracking_table"]),
        stream=KinesisEventStream(names["stream"]),
        live=live,
        groups=groups,
        vehicles=DynamoVehicleStore(names["tracking_table"]),
        counter=RedisRequestCounter(settings.REDIS_URL),
        lanes=DynamoLaneStatisticsStore(names["tracking_table"]),
        quarantine=_make_quarantine(),
        stream_progress=_make_stream_progress(),
        sms_usage=_SentSms(),
        pin_codes=PinCodes(),
        maps=MapData(Towns(), Localities(), open_tile_archive(settings.MAP_TILES)),
        kept_states=RedisKeptStates(settings.REDIS_URL),
        receipts=RedisReceipts(settings.REDIS_URL),
        figure_samples=RedisFigureSamples(settings.REDIS_URL),
        alarms=AlarmsOn(_choose_alarm_states()),
    )


def _choose_push() -> tuple[LivePush, LiveGroups | None]:
    """Return the sending and the receiving side of live push."""
    if settings.LIVE_PUSH == "channels":
        return ChannelsPush(settings.REDIS_URL), None
    return FanoutPush(settings.REDIS_URL), FanoutGroups(settings.REDIS_URL)


def _make_stream_progress() -> LeaseProgress:
    """Make what reads the progress of the stream from the leases of the workers."""
    names = settings.AWS_NAMES
    return LeaseProgress(DynamoLeases(names["leases_table"]), KinesisStream(names["stream"]))


class _SentSms:
    """`SmsUsage` from the deliveries that notifications keeps."""

    count_segments = staticmethod(partial(count_sent, SMS.name))


def _make_quarantine() -> DynamoQuarantine:
    """Make the quarantine that workers write and whose records tracking counts."""
    return DynamoQuarantine(settings.AWS_NAMES["leases_table"], settings.AWS_NAMES["stream"])


def wire_notifications() -> NotificationPorts:
    """Return the ports of notifications: the transports of `WIRED_TRANSPORTS`, each made from its row."""
    return NotificationPorts({name: _make_transport(name) for name in settings.WIRED_TRANSPORTS})


def _make_transport(name: str) -> Transport:
    """Return the transport of a row; with the outbox on, copies of its messages go there."""
    row = settings.TRANSPORTS.get(name)
    if row is None:
        raise ImproperlyConfigured(f"WIRED_TRANSPORTS names {name!r}, which has no row in TRANSPORTS")
    transport: Transport = import_string(row["class"])(**row["options"])
    if transport.declaration.name != name:
        raise ImproperlyConfigured(f"{row['class']} is {transport.declaration.name!r}, its row says {name!r}")
    return OutboxTransport(transport) if settings.NOTIFICATIONS_OUTBOX else transport


def _choose_places() -> Places:
    """Return the offline index, refined by Amazon Location if `GEOCODER` is `amazon`."""
    if settings.GEOCODER == "offline":
        return OfflinePlaces()
    return AmazonPlaces(OfflinePlaces(), cache)


def _choose_alarm_states() -> AlarmStates:
    """Return CloudWatch's states; with an emulator, which has no alarms, those that the demo evaluates."""
    if settings.AWS_ENDPOINT_URL:
        return RedisAlarmStates(settings.REDIS_URL)
    return CloudWatchAlarms(f"swiftlogix-{settings.STAGE}-")


def wire_workers() -> WorkerPorts:
    """Return the ports of workers: Kinesis, DynamoDB, EventBridge, SQS, Redis; places and lanes in memory."""
    names = settings.AWS_NAMES
    return WorkerPorts(
        stream=KinesisStream(names["stream"]),
        leases=DynamoLeases(names["leases_table"]),
        quarantine=_make_quarantine(),
        bus=EventBridgeBus(names["bus"]),
        queues=SqsQueues(names["queues"] | names["dead_letter_queues"]),
        places=_choose_places(),
        fences=GeofenceIndex(read_geofences),
        lanes=LaneStatisticsCache(DynamoLaneStatisticsStore(names["tracking_table"])),
        steps=RedisStepReports(settings.REDIS_URL),
        alarms=_choose_alarm_states(),
    )
