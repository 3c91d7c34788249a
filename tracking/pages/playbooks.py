"""Playbooks: for each type of incident what to do, in short steps with links to the page that does it."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from tracking.code_texts import say_code


class Step(NamedTuple):
    """Step of a playbook, and the address of the page where it is done; empty if there is none."""

    text: str
    href: str = ""


class Playbook(NamedTuple):
    """Steps for one type of incident, and the text of the type."""

    title: str
    steps: list[Step]


# By code of the incident: text and the page. Pages are keys of `_find_page`.
PLAYBOOKS: dict[str, tuple[tuple[str, str], ...]] = {
    "attempt_doubtful": (
        ("Compare the attempt with the positions of the vehicle", "replay"),
        ("Call the recipient and ask whether anybody came", "recipient"),
        ("Ask the driver", "vehicle"),
        ("Resolve it as rescheduled, with the day of another attempt", "resolve"),
    ),
    "suspected_fake_attempt": (
        ("Compare the attempt with the positions of the vehicle", "replay"),
        ("Call the recipient and ask whether anybody came", "recipient"),
        ("Ask the driver", "vehicle"),
        ("Resolve it as rescheduled, with the day of another attempt", "resolve"),
    ),
    "delivery_disputed": (
        ("Check photo, signature and place of the delivery", "proofs"),
        ("Call the recipient; ask about neighbours and the guard first", "recipient"),
        ("Ask the driver where it was left", "vehicle"),
    ),
    "attempt_failed": (
        ("Read why the attempt failed", "timeline"),
        ("Call the recipient and agree on a day", "recipient"),
        ("If the address is wrong, ask the sender to correct it in the booking", "sender"),
        ("Resolve it as rescheduled, with the day of another attempt", "resolve"),
        ("If no attempt follows, ask the hub to send it back, and resolve it as sent back", "resolve"),
    ),
    "exception": (
        ("Read what was reported", "timeline"),
        ("Call the recipient: agree on a new day, or say that it goes back to the sender", "recipient"),
        ("Resolve it as rescheduled, with that day, or as sent back", "resolve"),
    ),
    "on_hold": (
        ("Read what the shipment waits for", "timeline"),
        ("Ask the recipient for what is missing", "recipient"),
    ),
    "delayed": (
        ("Check where the shipment is and what holds it up", "timeline"),
        ("See whether its vehicle moves", "vehicle"),
        ("Check that the recipient was notified", "messages"),
        ("If another day is agreed, resolve it as rescheduled", "resolve"),
    ),
    "stalled": (
        ("Ask the hub of the last scan to look for it", "timeline"),
        ("Check the vehicle that carried it last", "vehicle"),
    ),
    "vehicle_stands": (
        ("See where the vehicle stands, and since when", "vehicle"),
        ("Call the driver; on a breakdown the partner sends another vehicle", "vehicle"),
    ),
    "unrouted": (("Read which changes matched no rule, and route them", "pipeline"),),
    "vehicle_silent": (
        ("See where it was seen last", "vehicle"),
        ("Call the driver; check the device's power", "vehicle"),
    ),
    "customer_request": (
        ("Read the request of the recipient", ""),
        ("Call the recipient and agree on the next step", "recipient"),
        ("If the address is wrong, ask the sender to correct it in the booking", "sender"),
        ("Resolve it with an answer: the recipient reads it on the page", "resolve"),
    ),
    "foreign_vehicle": (
        ("Ask the partner who reported it which vehicle it means", ""),
        ("Register the vehicle, or correct its number", "vehicle"),
    ),
    "clock_skewed": (("Ask the partner to set the device to UTC", "vehicle"),),
    "unmapped_status": (
        ("Read the unknown word in the timeline", "timeline"),
        ("Ask the partner to send one of the known codes", ""),
    ),
    "duplicate_number": (("Ask the partner which of the two parcels has the number", "timeline"),),
    "feed_silent": (
        ("See whether every shard is read", "pipeline"),
        ("If so, ask the partner whether its feed runs", ""),
    ),
    "webhook_disabled": (("Ask the partner whether its endpoint answers", "webhooks"),),
    "quarantine_growing": (("Read the reasons of the quarantined records", "pipeline"),),
}


def list_playbooks(incidents: Iterable[dict[str, Any]], card_id: int) -> list[Playbook]:
    """Return a playbook for each type of these incidents, in their order; types without one are left out.

    The incidents are on one card, with this id.
    """
    first: dict[str, dict[str, Any]] = {}
    for incident in incidents:
        first.setdefault(incident["code"], incident)
    found = [Playbook(say_code("incident", code), list_steps(row, card_id)) for code, row in first.items()]
    return [playbook for playbook in found if playbook.steps]


def list_steps(incident: dict[str, Any], card_id: int) -> list[Step]:
    """Return the steps for an incident, given as its row for the console, on the card with this id."""
    steps = PLAYBOOKS.get(incident["code"], ())
    resolve = f"#result-{card_id}"
    return [Step(text, resolve if page == "resolve" else _find_page(page, incident)) for text, page in steps]


def list_codes() -> Iterable[str]:
    """Return the codes that have a playbook."""
    return PLAYBOOKS.keys()


def _find_page(page: str, incident: dict[str, Any]) -> str:
    shipment_id, vehicle_id = incident["shipment_id"], incident["vehicle_id"]
    match page:
        case "timeline" | "recipient" | "sender" | "messages" | "proofs" if shipment_id:
            return f"{reverse('ops:shipment', args=[shipment_id])}#{page}"
        case "replay" if shipment_id:
            return reverse("ops:shipment_replay", args=[shipment_id])
        case "vehicle" if vehicle_id:
            return f"{reverse('ops:fleet')}?{urlencode({'vehicle': vehicle_id})}"
        case "pipeline":
            return find_path("workers:pipeline")
        case "webhooks":
            return find_path("notifications:webhooks")
    return ""


def find_path(name: str) -> str:
    """Return the address of a view of another package; empty where it does not exist."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
