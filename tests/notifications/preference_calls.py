"""Calls of the pages behind a recipient's link, as a browser makes them."""

import re

from notifications.models import Delivery
from notifications.ports import ports
from notifications.services import notify
from tests.notifications.stories import make_delay

SENT, STOPPED = ("sent", ""), ("suppressed", "opted_out")


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def read_form(client, token):
    """Return what a browser would send of the untouched form."""
    page = read(client, f"/preferences/{token}")
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") not in ("checkbox", "radio") or "checked" in tag:
            fields.setdefault(given["name"], []).append(given["value"])
    return fields


def save(client, token, **changed):
    return client.post(f"/preferences/{token}", read_form(client, token) | changed)


def decide_all(shipment_id="123"):
    """Notify of one change by every transport; return outcome and reason by transport."""
    number = Delivery.objects.count()
    notify(ports(), make_delay(shipment_id=shipment_id, change_id=f"chg_{number}", episode=number))
    rows = Delivery.objects.filter(change_id=f"chg_{number}")
    return {row.transport: (row.outcome, row.reason) for row in rows}


def stop_by_one_click(client, token):
    answer = client.post(f"/preferences/{token}/stop/email", {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.cookies) == (200, {})


def stop_all(client, token):
    assert client.post(f"/preferences/{token}", {"action": "stop_everything"}).status_code == 302
