"""Unlocked page of a parcel on its way, with the requests of its recipient and the answers of an operator."""

import re

from django.urls import reverse

from tests.events import at, make_event
from tests.tracking.stories import BOOKING, record_timeline
from tracking.models import Incident
from tracking.ports import ports
from tracking.services.operations.incident_changes import resolve_incident
from tracking.services.requests.bodies import Resolution
from tracking.tokens import make_token

TOKEN = make_token("123", 0)
PAGE = f"/t/{TOKEN}"


def unlock_page(client, api, world, time_machine):
    """Return the client with the unlocked page of parcel 123, out for delivery; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    client.cookies["lang"] = "en"
    record_timeline(world.store, make_event(1, status="out_for_delivery"))
    assert client.post(reverse("unlock", args=[TOKEN]), {"secret": "2345"}).status_code == 302
    return client


def send_request(client, **fields):
    """Send a form of the page."""
    return client.post(reverse("requests", args=[TOKEN]), fields)


def list_offered(text):
    """List the kinds of request that a page offers, in order."""
    return re.findall(r'<input type="hidden" name="kind" value="(\w+)">', text)


def read_page(client):
    """Return the page as it is now."""
    return client.get(PAGE).content.decode()


def answer(result, note=None, day=None):
    """Resolve the only incident; the note of the operator is for staff."""
    resolution = Resolution(resolution_code=result, note=note, agreed_day=day)
    resolve_incident(ports().live, Incident.objects.get(), resolution, "staff_0", at(10))


def list_sent(text):
    """List the texts of the sent requests, without marks."""
    return [re.sub(r"<[^>]+>", "", part) for part in re.findall(r'<p class="said"[^>]*>(.*?)</p>', text)]
