"""Cards of the incident queue: one per shipment, with its symptoms; the most urgent first."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from tracking.code_texts import say_code
from tracking.domain.indian_time import INDIA
from tracking.models import Shipment
from tracking.services.operations.customer_requests import is_overtaken
from tracking.services.operations.incident_kinds import WEIGHTS
from tracking.services.operations.incident_names import find_request, say_incident
from tracking.services.operations.request_words import CustomerRequest
from tracking.status_style import STATUS_STYLES, Tone
from tracking.translation import translate_status

# Shares of the response time from which an incident is yellow and red.
WARN_AT, BAD_AT = 0.75, 1.0
NOTHING_KNOWN: Mapping[str, Any] = MappingProxyType({})


class Symptom(NamedTuple):
    """Incident on a card; `left` is the time until it is due, negative when overdue.

    `overtaken` says how the journey ended if nothing can be done any more about what the recipient asked for.
    """

    incident: dict[str, Any]
    opened_at: datetime
    age: timedelta
    left: timedelta
    tone: Tone
    pressure: float
    overtaken: str = ""

    @property
    def title(self) -> str:
        """Heading: the text of the incident's code."""
        return say_code("incident", self.incident["code"])

    @property
    def request(self) -> CustomerRequest | None:
        """Request of the recipient that it is; None for other incidents."""
        return find_request(self.incident["subject"])

    @property
    def name(self) -> str:
        """Text of the request of the recipient, else of the incident's code."""
        return say_incident(self.incident["code"], self.incident["subject"])

    @property
    def seen(self) -> str:
        """Id and version, as forms send them back: `12.3`."""
        return f"{self.incident['id']}.{self.incident['version']}"

    @property
    def icon(self) -> str:
        """Icon of the status that is the incident's code, else the exception icon."""
        code = self.incident["code"]
        return code if code in STATUS_STYLES else "octagon"

    @property
    def overdue(self) -> bool:
        """True if the response time is over."""
        return self.left < timedelta(0)

    @property
    def snoozed_until(self) -> datetime | None:
        """End of its snooze; None without one."""
        moment = self.incident["snoozed_until"]
        return datetime.fromisoformat(moment) if moment else None


class IncidentCard(NamedTuple):
    """Open incidents of one shipment or subject, the most urgent first; the first one leads the card.

    `place` is such as `to Chennai hub`.
    """

    symptoms: list[Symptom]
    place: str = ""
    booking: Shipment | None = None

    @property
    def lead(self) -> Symptom:
        """Most pressing incident."""
        return self.symptoms[0]

    @property
    def card_id(self) -> int:
        """Id of the card: that of its first incident."""
        number: int = min(symptom.incident["id"] for symptom in self.symptoms)
        return number

    @property
    def seen(self) -> str:
        """Ids and versions of the incidents, as the form sends them back: `12.3-14.1`."""
        return "-".join(row.seen for row in self.symptoms)

    @property
    def requests_first(self) -> list[Symptom]:
        """Incidents with those that a recipient waits for first."""
        return sorted(self.symptoms, key=lambda symptom: symptom.request is None)

    @property
    def owner(self) -> str:
        """User name of the account that owns the card; empty if nobody does."""
        return next((row.incident["owner"] for row in self.symptoms if row.incident["owner"]), "")

    @property
    def snoozed_until(self) -> datetime | None:
        """End of the snooze of the whole card; None if one of its incidents is not snoozed."""
        ends = [row.snoozed_until for row in self.symptoms]
        return min((end for end in ends if end), default=None) if all(ends) else None

    @property
    def resolved_at(self) -> datetime | None:
        """Time at which the lead was resolved."""
        moment = self.lead.incident["resolved_at"]
        return datetime.fromisoformat(moment) if moment else None


def list_cards(
    incidents: Iterable[dict[str, Any]],
    now: datetime,
    places: Mapping[str, str] = NOTHING_KNOWN,
    bookings: Mapping[str, Shipment] = NOTHING_KNOWN,
) -> list[IncidentCard]:
    """Group incidents by shipment, else by subject, in the order of `weight x (1 + age / response time)`.

    Older ones come first on a tie. A resolved incident has a card of its own, and they keep their order.
    `places` says of a shipment where it is bound for; `bookings` has those of the shipments.
    """
    groups: dict[object, list[Symptom]] = {}
    for incident in incidents:
        key = incident["id"] if incident["resolved_at"] else incident["shipment_id"] or incident["subject"]
        symptom = make_symptom(incident, now, bookings.get(incident["shipment_id"] or ""))
        groups.setdefault(key, []).append(symptom)
    ordered = [sort_symptoms(group) for group in groups.values()]
    if any(group[0].incident["resolved_at"] is None for group in ordered):
        ordered.sort(key=lambda group: _order(group[0]))
    found = [(group, group[0].incident["shipment_id"] or "") for group in ordered]
    return [IncidentCard(group, places.get(key, ""), bookings.get(key)) for group, key in found]


def list_open_cards(incidents: Iterable[dict[str, Any]], now: datetime) -> list[IncidentCard]:
    """Return the cards of the rail: of incidents that are open and not snoozed."""
    symptoms = (make_symptom(row, now) for row in incidents if row["resolved_at"] is None)
    waiting = [one.incident for one in symptoms if one.snoozed_until is None or one.snoozed_until <= now]
    return list_cards(waiting, now)


def sort_symptoms(symptoms: Iterable[Symptom]) -> list[Symptom]:
    """Return the symptoms, the most pressing first, older ones first on a tie."""
    return sorted(symptoms, key=_order)


def make_symptom(incident: dict[str, Any], now: datetime, booking: Shipment | None = None) -> Symptom:
    """Return the incident with its age, the time left, its tone, and whether its journey has ended."""
    opened_at, due_at = (datetime.fromisoformat(incident[name]) for name in ("opened_at", "due_at"))
    age, response = now - opened_at, max(due_at - opened_at, timedelta(seconds=1))
    share = age / response
    tone: Tone = "bad" if share >= BAD_AT else "warn" if share >= WARN_AT else "idle"
    pressure = WEIGHTS[incident["severity"]] * (1 + share)
    overtaken = _say_overtaken(incident, opened_at, booking, now) if booking else ""
    return Symptom(incident, opened_at, age, due_at - now, tone, pressure, overtaken)


def _say_overtaken(incident: dict[str, Any], asked_at: datetime, booking: Shipment, now: datetime) -> str:
    """Return such as `Delivered at 14:02, after this was asked`; empty if something can still be done."""
    request, since = find_request(incident["subject"]), booking.status_at
    if request is None or incident["resolved_at"] or since is None:
        return ""
    if not is_overtaken(request, asked_at, booking.status, since):
        return ""
    since, today = since.astimezone(INDIA), now.astimezone(INDIA).date()
    moment = f"at {since:%H:%M}" if since.date() == today else f"on {since:%a %-d %b, %H:%M}"
    order = "after" if since >= asked_at else "before"
    return f"{translate_status(booking.status)} {moment}, {order} this was asked"


def _order(symptom: Symptom) -> tuple[float, datetime]:
    return -symptom.pressure, symptom.opened_at
