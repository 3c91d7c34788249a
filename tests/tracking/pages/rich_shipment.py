"""A shipment with everything that its console page can show, some hours before a given moment."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from notifications.models import Delivery
from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.rules.payloads import name_message
from tests.events import START, make_event
from tests.notifications.webhooks.partners import make_endpoint
from tests.tracking.pages.bookings import book
from tests.tracking.photos import draw_photo
from tests.tracking.stories import record_timeline
from tracking.domain.events import Booking, Eta, Place, TrackingEvent, Window
from tracking.models import Incident, Proof, Shipment, ShipmentNote
from tracking.ports import ShipmentStore, ports
from tracking.services.operations.incidents import open_incident
from tracking.services.partners.recipients import Contact

SHIPMENT_ID = "SLX-2601"
CONTACT = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
HOSUR = Place(town="Hosur", state="Tamil Nadu")
# Along the road from Nelamangala to Mysuru: minutes before the moment, latitude, longitude, town.
ROAD = (
    (330, 13.0990, 77.3935, "Nelamangala"),
    (290, 12.8790, 77.3560, "Bidadi"),
    (250, 12.7210, 77.2810, "Ramanagara"),
    (200, 12.5240, 76.8970, "Mandya"),
    (120, 12.3410, 76.6210, "Mysuru"),
)


def make_rich_shipment(store: ShipmentStore, now: datetime) -> list[TrackingEvent]:
    """Book `SLX-2601`, record its journey with refused, late and corrected events, and notify of it."""
    endpoint = make_endpoint(created_at=now - timedelta(days=1))
    book(
        None,
        shipment_id=SHIPMENT_ID,
        contact=CONTACT,
        partner=endpoint.partner,
        reference="ORD-1180",
        pin_code="570001",
        cod_amount=Decimal("12499.50"),
        promised_from=now - timedelta(hours=1),
        promised_to=now + timedelta(hours=2),
        created_at=now - timedelta(hours=7),
    )
    for event in make_journey(now):
        record_timeline(store, event)
    events = store.read_timeline(SHIPMENT_ID)
    _keep_records(now)
    _notify(events, endpoint, now)
    return events


def make_journey(now: datetime) -> list[TrackingEvent]:
    """Return a booking, a drive with five windows, a failed attempt, a late and a refused event."""

    def make(minutes: float, event_id: str, **fields: object) -> TrackingEvent:
        moment = now - timedelta(minutes=minutes)
        after = (moment - START).total_seconds() / 60
        return make_event(after, event_id, shipment_id=SHIPMENT_ID, **fields)

    promised = Window(from_=now - timedelta(hours=1), to=now + timedelta(hours=2))
    booking = {"status": "created", "source": "api", "booking": Booking(promised=promised)}
    drive = [
        make(
            minutes,
            f"drive-{minutes}",
            status="in_transit",
            substatus="departed_hub" if minutes == ROAD[0][0] else None,
            vehicle_id="KA-09-MX-4821",
            lat=lat,
            lon=lon,
            place=Place(town=town, state="Karnataka"),
            eta=_make_eta(now + timedelta(minutes=30 * n), 90 - 12 * n),
        )
        for n, (minutes, lat, lon, town) in enumerate(ROAD)
    ]
    return [
        make(400, "booked", **booking),
        *drive,
        make(95, "out", status="out_for_delivery", substatus="loaded", lat=12.3, lon=76.64, place=HOSUR),
        make(40, "attempt", status="attempt_failed", substatus="cod_not_ready", note="asked for change"),
        make(35, "word", reported_status="teleported"),
        make(150, "late", status="in_transit", substatus="arrived_hub"),
        make(30, "gone", status="delivered"),
        make(20, "fix", source="manual", retracts="gone", correction_reason="did_not_occur", actor="staff_0"),
    ]


def _make_eta(middle: datetime, spread_min: int) -> Eta:
    spread = timedelta(minutes=spread_min)
    return Eta(from_=middle - spread, at=middle, to=middle + spread, confidence="medium")


def _keep_records(now: datetime) -> None:
    """Keep incidents, one of them resolved, a note and a photo."""
    about = {"shipment_id": SHIPMENT_ID, "vehicle_id": "KA-09-MX-4821"}
    why = "Amount not ready, reported by device"
    open_incident(ports().live, "attempt_failed", SHIPMENT_ID, why, now - timedelta(minutes=40), **about)
    open_incident(ports().live, "delayed", SHIPMENT_ID, "reported", now - timedelta(minutes=20), **about)
    over = now - timedelta(hours=3)
    open_incident(ports().live, "unmapped_status", SHIPMENT_ID, "unmapped_status (teleported)", over, **about)
    Incident.objects.filter(code="unmapped_status").update(
        resolved_at=now, resolution_code="false_alarm", resolved_by="staff_0"
    )
    ShipmentNote.objects.create(shipment_id=SHIPMENT_ID, at=now, actor="staff_0", text="Gate code 12")
    Proof.objects.create(
        proof_id="prf_1",
        shipment=Shipment.objects.get(shipment_id=SHIPMENT_ID),
        kind=Proof.Kind.PHOTO,
        file_name=default_storage.save("proofs/door.jpg", ContentFile(draw_photo(size=(400, 300)))),
        content_type="image/jpeg",
        captured_at=now - timedelta(minutes=40),
    )


def _notify(events: list[TrackingEvent], endpoint: object, now: datetime) -> None:
    """Decide about a message of each kind, and open the webhook of each change."""
    changes = [event.change for event in events if event.change]
    decided = (("sent", ""), ("suppressed", "no_consent"), ("deferred", "quiet_hours"), ("failed", "refused"))
    for change, (outcome, reason) in zip(changes, decided, strict=False):
        Delivery.objects.create(
            change_id=change.change_id,
            recipient_id="rcp_one",
            transport="sms",
            shipment_id=SHIPMENT_ID,
            trigger="out_for_delivery",
            outcome=outcome,
            reason=reason,
            attempts=2,
            claimed_at=now - timedelta(minutes=30),
        )
    webhooks = [
        Webhook(name_message(change.change_id), f"shipment.{change.type}", SHIPMENT_ID, b"{}")
        for change in changes
    ]
    open_deliveries([(endpoint, webhook) for webhook in webhooks], now)
    first = WebhookDelivery.objects.order_by("pk").first()
    WebhookDelivery.objects.filter(pk=first.pk).update(outcome="delivered", attempts=2, next_attempt_at=None)
