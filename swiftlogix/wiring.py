"""Wiring: the only place where ports get their adapters. No other package imports this one."""

from django.conf import settings
from django.core.cache import cache

import notifications.ports
import tracking.ports
import workers.ports
from notifications.accounts import count_sms_segments
from notifications.adapters.outbox import OutboxTransport
from notifications.ports import NotificationPorts, Transport
from notifications.transports.email import MailTopicTransport
from notifications.transports.sms import SmsTransport
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.counter import RedisRequestCounter
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.stream import KinesisEventStream
from tracking.ports import TrackingPorts
from tracking.services.operations.hubs import read_geofences
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.kinesis import KinesisStream
from workers.adapters.location import AmazonPlaces
from workers.adapters.quarantine import DynamoQuarantine
from workers.adapters.sqs import SqsQueues
from workers.lane_cache import LaneStatisticsCache
from workers.places.fences import GeofenceIndex
from workers.places.index import OfflinePlaces
from workers.places.pincodes import PinCodes
from workers.ports import Places, WorkerPorts


def wire_all() -> None:
    """Put an adapter behind every port. None of them opens a connection before its first use."""
    tracking.ports.wire(wire_tracking())
    notifications.ports.wire(wire_notifications())
    workers.ports.wire(wire_workers())


def wire_tracking() -> TrackingPorts:
    """Return the ports of tracking: DynamoDB stores, Kinesis for events, Redis for live pages and counts."""
    names = settings.AWS_NAMES
    return TrackingPorts(
        store=DynamoShipmentStore(names["tracking_table"]),
        stream=KinesisEventStream(names["stream"]),
        live=ChannelsPush(settings.REDIS_URL),
        vehicles=DynamoVehicleStore(names["tracking_table"]),
        counter=RedisRequestCounter(settings.REDIS_URL),
        lanes=DynamoLaneStatisticsStore(names["tracking_table"]),
        count_quarantined=_count_quarantined,
        count_sms=count_sms_segments,
        find_door=PinCodes().locate,
    )


def _count_quarantined() -> int:
    """Return the number of quarantined records; the ports of workers are wired later than this one."""
    return workers.ports.ports().quarantine.count()


def wire_notifications() -> NotificationPorts:
    """Return the ports of notifications: SNS for SMS and e-mail; with the outbox on, copies go there."""
    transports: list[Transport] = [
        SmsTransport(sender_id=settings.SMS_SENDER_ID),
        MailTopicTransport(settings.AWS_NAMES["topics"]["mail"]),
    ]
    if settings.NOTIFICATIONS_OUTBOX:
        transports = [OutboxTransport(transport) for transport in transports]
    return NotificationPorts({transport.name: transport for transport in transports})


def _choose_places() -> Places:
    """Return the offline index, refined by Amazon Location if `GEOCODER` is `amazon`."""
    if settings.GEOCODER == "offline":
        return OfflinePlaces()
    return AmazonPlaces(OfflinePlaces(), cache)


def wire_workers() -> WorkerPorts:
    """Return the ports of workers: Kinesis, DynamoDB, EventBridge, SQS; places and lanes in memory."""
    names = settings.AWS_NAMES
    return WorkerPorts(
        stream=KinesisStream(names["stream"]),
        leases=DynamoLeases(names["leases_table"]),
        quarantine=DynamoQuarantine(names["leases_table"], names["stream"]),
        bus=EventBridgeBus(names["bus"]),
        queues=SqsQueues(names["queues"] | names["dead_letter_queues"]),
        places=_choose_places(),
        fences=GeofenceIndex(read_geofences),
        lanes=LaneStatisticsCache(DynamoLaneStatisticsStore(names["tracking_table"])),
    )
