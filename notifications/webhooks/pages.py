"""`/ops/webhooks/`: endpoints of partners with their health, deliveries with attempts, and redelivery."""

import json
import re
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.staff_webhooks import (
    count_waiting,
    find_visible_delivery,
    redeliver_as_staff,
    visible_deliveries,
    visible_endpoints,
)
from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible
from tracking.pages.staff import staff_may
from tracking.services.requests.roles import Verb

ENDPOINTS_SHOWN = 100
DELIVERIES_SHOWN = 60
# Filters of the page, and the columns of deliveries that they compare.
FILTERS = {"endpoint": "endpoint__endpoint_id", "shipment": "shipment_id", "outcome": "outcome"}
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")
OUTCOMES = tuple(WebhookDelivery.Outcome.values)


@staff_may(Verb.SEE)
def show_webhooks(request: HttpRequest) -> HttpResponse:
    """List endpoints, failing ones first, and a page of deliveries of the filter in the query, newest first.

    `before` is the number of the last delivery of the page before.
    """
    scope = request.staff.scope
    chosen = {name: strip_invisible(request.GET.get(name, "")) for name in FILTERS}
    endpoints = list(visible_endpoints(scope)[:ENDPOINTS_SHOWN])
    waiting = count_waiting(endpoints)
    deliveries = _filter(visible_deliveries(scope).defer("body"), chosen).order_by("-pk")
    before = request.GET.get("before", "")
    if _ROW_NUMBER.fullmatch(before):
        deliveries = deliveries.filter(pk__lt=int(before))
    found = list(deliveries[: DELIVERIES_SHOWN + 1])
    context = {
        "chosen": chosen,
        "endpoints": [(endpoint, waiting.get(endpoint.pk, 0)) for endpoint in endpoints],
        "deliveries": found[:DELIVERIES_SHOWN],
        "older": found[DELIVERIES_SHOWN - 1].pk if len(found) > DELIVERIES_SHOWN else None,
        "outcomes": OUTCOMES,
    }
    return render(request, "notifications/webhooks.html", context)


@staff_may(Verb.SEE)
def show_delivery(request: HttpRequest, number: int) -> HttpResponse:
    """Show a delivery with its body and its attempts."""
    delivery = find_visible_delivery(request.staff.scope, number)
    context = {
        "delivery": delivery,
        "attempts": delivery.made.order_by("number"),
        "body": json.dumps(json.loads(bytes(delivery.body)), indent=2, ensure_ascii=False),
    }
    return render(request, "notifications/webhook_delivery.html", context)


@staff_may(Verb.REDELIVER)
@require_POST
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    """Send a webhook again, and show its delivery."""
    redeliver_as_staff(request.staff, number, datetime.now(UTC))
    return redirect("notifications:webhook_delivery", number)


def _filter(rows: QuerySet[WebhookDelivery], chosen: dict[str, str]) -> QuerySet[WebhookDelivery]:
    for name, value in chosen.items():
        if value:
            rows = rows.filter(**{FILTERS[name]: value}) if is_id(value) else rows.none()
    return rows
