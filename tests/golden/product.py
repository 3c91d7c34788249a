"""All names of the product that the golden scenario uses besides its URLs; this file contains only imports.

When modules are moved or names are changed, only this file changes; the scenario and the answers stay.
"""

from notifications.accounts import count_sent
from notifications.adapters.memory import MemoryTransport
from notifications.adapters.outbox import OutboxTransport
from notifications.domain import Trigger
from notifications.models import Delivery, OutboxMessage
from notifications.ports import NotificationPorts
from notifications.ports import ports as notification_ports
from notifications.ports import wire as wire_notifications
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from notifications.wording import render_message
from tests.notifications.stories import NOON, make_eta, plan_notification
from tests.staff import make_staff
from tests.tracking.pages import bookings, nearby
from tests.tracking.pages.examples import NOW as EXAMPLES_NOW
from tests.tracking.pages.examples import STATES as EXAMPLES
from tests.tracking.photos import draw_form
from tests.tracking.sockets import open_socket
from tests.tracking.stories import BOOKING
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.items import to_compressed
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.adapters.packed import unpack
from tracking.api.keys import issue_key
from tracking.domain.errors import TransientError
from tracking.domain.geofence import make_geofence
from tracking.eta.lanes import Plan, plan_key
from tracking.map_ports import MapData
from tracking.models import Hub, IdSeries, Partner, Shipment
from tracking.ports import Commit, TrackingPorts
from tracking.ports import ports as tracking_ports
from tracking.ports import wire as wire_tracking
from tracking.services.operations.device_clocks import check_device_clocks
from tracking.services.operations.fleet import read_kpis
from tracking.services.partners.manifests import start_and_end_manifests
from tracking.services.partners.recipients import Contact
from tracking.services.prediction.promise_checks import check_promises, expire_silent_shipments
from tracking.services.recording.snapshots import snapshot_shipments
from tracking.services.requests.usage import store_request_counts
from tracking.translation import LANGUAGES
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.memory import MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.adapters.quarantine import DynamoQuarantine
from workers.consumers.queue_listener import Envelope, InBatches, OfBodies
from workers.consumers.shard_listing import make_lease
from workers.line.process import process
from workers.line.publish import publish
from workers.places.fences import GeofenceIndex
from workers.places.index import OfflinePlaces
from workers.places.pincodes import PinCodes
from workers.places.towns import Towns
from workers.ports import WorkerPorts
from workers.ports import ports as worker_ports
from workers.ports import wire as wire_workers
from workers.runtime import LISTENERS

__all__ = [
    "BOOKING",
    "EMAIL",
    "EXAMPLES",
    "EXAMPLES_NOW",
    "LANGUAGES",
    "LISTENERS",
    "NOON",
    "SMS",
    "Commit",
    "Contact",
    "Delivery",
    "DynamoLaneStatisticsStore",
    "DynamoQuarantine",
    "DynamoShipmentStore",
    "DynamoVehicleStore",
    "Envelope",
    "EventBridgeBus",
    "GeofenceIndex",
    "Hub",
    "IdSeries",
    "InBatches",
    "MapData",
    "MemoryLaneStatisticsStore",
    "MemoryLeases",
    "MemoryLivePush",
    "MemoryQuarantine",
    "MemoryQueues",
    "MemoryRequestCounter",
    "MemoryShipmentStore",
    "MemoryStream",
    "MemoryTransport",
    "MemoryVehicleStore",
    "NotificationPorts",
    "OfBodies",
    "OfflinePlaces",
    "OutboxMessage",
    "OutboxTransport",
    "Partner",
    "PinCodes",
    "Plan",
    "Shipment",
    "Towns",
    "TrackingPorts",
    "TransientError",
    "Trigger",
    "WorkerPorts",
    "bookings",
    "build_client",
    "check_device_clocks",
    "check_promises",
    "count_sent",
    "draw_form",
    "expire_silent_shipments",
    "issue_key",
    "make_eta",
    "make_geofence",
    "make_lease",
    "make_staff",
    "nearby",
    "notification_ports",
    "open_socket",
    "plan_key",
    "plan_notification",
    "process",
    "publish",
    "read_kpis",
    "render_message",
    "snapshot_shipments",
    "start_and_end_manifests",
    "store_request_counts",
    "to_compressed",
    "tracking_ports",
    "unpack",
    "wire_notifications",
    "wire_tracking",
    "wire_workers",
    "worker_ports",
]
