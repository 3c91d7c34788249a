"""Webhooks about incidents: each that is opened or resolved, for the partner whose shipment it is about."""

from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.endpoints import find_accepting
from notifications.webhooks.rules.filters import INCIDENT_OPENED, INCIDENT_RESOLVED
from notifications.webhooks.rules.payloads import name_event
from tracking.domain.events import format_time
from tracking.models import Incident, Shipment, Vehicle
from tracking.models.incidents import incident_changed
from tracking.services.operations.customer_requests import cut_words
from tracking.services.reading.incident_answers import describe_incident


def open_incident_webhooks(incident: Incident, now: datetime) -> int:
    """Store a webhook of the incident for each endpoint that takes it; return their number.

    Safe to repeat: an endpoint gets each opening and each resolution once.
    """
    owner = _find_owner(incident)
    if owner is None:
        return 0
    partner_id, livemode = owner
    moment = incident.resolved_at or incident.opened_at
    type_name = INCIDENT_RESOLVED if incident.resolved_at else INCIDENT_OPENED
    endpoints = find_accepting(partner_id, type_name, livemode=livemode)
    if not endpoints:
        return 0
    webhook = Webhook(
        message_id=name_event(type_name, incident.pk, format_time(moment)),
        type=type_name,
        shipment_id=incident.shipment_id,
        body=_render(incident, type_name, format_time(moment), livemode=livemode),
    )
    open_deliveries([(endpoint, webhook) for endpoint in endpoints], now)
    return len(endpoints)


def name_messages(incident: Incident) -> list[str]:
    """Return the ids of the webhooks about its opening and, once it is resolved, about its resolution."""
    moments = [(INCIDENT_OPENED, incident.opened_at), (INCIDENT_RESOLVED, incident.resolved_at)]
    return [name_event(name, incident.pk, format_time(moment)) for name, moment in moments if moment]


def _render(incident: Incident, type_name: str, timestamp: str, *, livemode: bool) -> bytes:
    """Return the body. What the recipient wrote is left out: webhooks hold nothing personal."""
    described = msgspec.structs.replace(describe_incident(incident), why=cut_words(incident))
    data = {"incident": described, "livemode": livemode}
    return msgspec.json.encode({"type": type_name, "timestamp": timestamp, "data": data})


def _find_owner(incident: Incident) -> tuple[str, bool] | None:
    """Return the partner and the mode of the shipment, or of the vehicle; None if nobody has it."""
    if incident.shipment_id:
        rows = Shipment.objects.filter(shipment_id=incident.shipment_id, partner__isnull=False)
        return rows.values_list("partner__partner_id", "livemode").first()
    if incident.vehicle_id:
        vehicles = Vehicle.objects.filter(vehicle_id=incident.vehicle_id)
        return vehicles.values_list("partner__partner_id", "livemode").first()
    return None


def _take(incident: Incident, **_: Any) -> None:
    open_incident_webhooks(incident, timezone.now())


incident_changed.connect(_take)
