"""All of the product that the golden scenario reaches past its HTTP addresses; imports and nothing else.

When modules are moved or names are changed, this is the file to change; the scenario and the answers stay.
"""

from notifications.accounts import count_sms_segments
from notifications.adapters.memory import MemoryTransport
from notifications.adapters.outbox import OutboxTransport
from notifications.domain import EMAIL, SMS, Trigger
from notifications.models import Delivery, OutboxMessage
from notifications.ports import NotificationPorts
from notifications.ports import ports as notification_ports
from notifications.ports import wire as wire_notifications
from notifications.wording import word
from tests.notifications.stories import make_eta, make_telling
from tests.tracking.pages import bookings, nearby
from tests.tracking.pages.examples import NOW as EXAMPLES_NOW
from tests.tracking.pages.examples import STATES as EXAMPLES
from tests.tracking.photos import draw_form
from tests.tracking.sockets import open_socket
from tests.tracking.stories import BOOKING
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_lanes import DynamoLaneStatistics
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.adapters.memory_lanes import MemoryLaneStatistics
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.api.keys import issue_key
from tracking.domain.errors import TransientError
from tracking.domain.geofence import make_fence
from tracking.domain.lanes import Plan, plan_key
from tracking.models import Hub, Partner, Shipment
from tracking.ports import Commit, TrackingPorts
from tracking.ports import ports as tracking_ports
from tracking.ports import wire as wire_tracking
from tracking.services.clocks import watch_clocks
from tracking.services.fleet import _kept as kept_key_figures
from tracking.services.lane_reading import consult_lanes
from tracking.services.manifests import follow_manifests
from tracking.services.recipients import Contact, keep_contact
from tracking.services.settling import settle_shipments
from tracking.services.usage import keep_tallies
from tracking.services.watching import expire_silent, watch_promises
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.memory import MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.adapters.quarantine import DynamoQuarantine
from workers.crews import LISTENERS
from workers.pipeline import process, publish
from workers.places.fences import FenceBook
from workers.places.index import OfflinePlaces
from workers.places.pincodes import PinCodes
from workers.ports import WorkerPorts
from workers.ports import ports as worker_ports
from workers.ports import wire as wire_workers
from workers.stints.listener import Envelope, InBatches
from workers.stints.listing import make_lease

__all__ = [
    "BOOKING",
    "EMAIL",
    "EXAMPLES",
    "EXAMPLES_NOW",
    "LISTENERS",
    "SMS",
    "Commit",
    "Contact",
    "Delivery",
    "DynamoLaneStatistics",
    "DynamoQuarantine",
    "DynamoShipmentStore",
    "DynamoVehicleStore",
    "Envelope",
    "EventBridgeBus",
    "FenceBook",
    "Hub",
    "InBatches",
    "MemoryLaneStatistics",
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
    "OfflinePlaces",
    "OutboxMessage",
    "OutboxTransport",
    "Partner",
    "PinCodes",
    "Plan",
    "Shipment",
    "TrackingPorts",
    "TransientError",
    "Trigger",
    "WorkerPorts",
    "bookings",
    "build_client",
    "consult_lanes",
    "count_sms_segments",
    "draw_form",
    "expire_silent",
    "follow_manifests",
    "issue_key",
    "keep_contact",
    "keep_tallies",
    "kept_key_figures",
    "make_eta",
    "make_fence",
    "make_lease",
    "make_telling",
    "nearby",
    "notification_ports",
    "open_socket",
    "plan_key",
    "process",
    "publish",
    "settle_shipments",
    "tracking_ports",
    "watch_clocks",
    "watch_promises",
    "wire_notifications",
    "wire_tracking",
    "wire_workers",
    "word",
    "worker_ports",
]
