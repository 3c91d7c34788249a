"""The outbox: every message as its recipient read it, and every decision to keep silent, for staff."""

import hashlib
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db.models import Count, Model, QuerySet, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from notifications.domain import EMAIL, REASON_TEXT, SMS, mask_address
from notifications.models import Delivery, OutboxMessage
from notifications.wording import SmsLength, headline, measure_sms
from tracking.pages.staff import staff_only

Row = TypeVar("Row", bound=Model)

MESSAGES_SHOWN = 60
SILENCES_SHOWN = 60
MARK_LENGTH = 16


class ShownMessage(NamedTuple):
    """One copy in the outbox as the page shows it; `length` is None for an e-mail.

    `copies` counts how often the same effect was sent: more than one is a message told twice.
    """

    kept: OutboxMessage
    headline: str
    to: str
    length: SmsLength | None
    copies: int


class ShownSilence(NamedTuple):
    """One delivery that sent nothing, or has not yet, with its reason in words."""

    delivery: Delivery
    headline: str
    why: str


def show_outbox(request: HttpRequest) -> HttpResponse:
    """The page, or to htmx its feed alone: 204 while that is what the caller has seen."""
    # Before the login: where the outbox is off, there is no such address.
    if not settings.NOTIFICATIONS_OUTBOX:
        raise Http404
    return _show_to_staff(request)


@staff_only
def _show_to_staff(request: HttpRequest) -> HttpResponse:
    shipment_id = request.GET.get("shipment", "").strip()
    entries = render_to_string("notifications/outbox_entries.html", _read_entries(shipment_id), request)
    mark = hashlib.sha256(entries.encode()).hexdigest()[:MARK_LENGTH]
    context = {"entries": entries, "mark": mark, "shipment_id": shipment_id}
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "notifications/outbox.html", context)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    return render(request, "notifications/outbox_feed.html", context)


def _read_entries(shipment_id: str) -> dict[str, Any]:
    messages = _of_shipment(OutboxMessage.objects.all(), shipment_id)
    silences = _of_shipment(Delivery.objects.exclude(outcome=Delivery.Outcome.SENT), shipment_id)
    # A claim without a reason is being sent at this moment.
    silences = silences.exclude(outcome=Delivery.Outcome.CLAIMED, reason="")
    return {
        "shipment_id": shipment_id,
        "messages": [_show_message(kept) for kept in _count_copies(messages)[:MESSAGES_SHOWN]],
        "silences": [_show_silence(delivery) for delivery in silences.order_by("-id")[:SILENCES_SHOWN]],
        "totals": _count_by_transport(messages),
        "silent_total": silences.count(),
    }


def _of_shipment(rows: QuerySet[Row], shipment_id: str) -> QuerySet[Row]:
    return rows.filter(shipment_id__startswith=shipment_id) if shipment_id else rows


def _count_copies(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    effect = ["change_id", "recipient_id", "transport"]
    return messages.annotate(copies=Window(Count("id"), partition_by=effect)).order_by("-id")


def _count_by_transport(messages: QuerySet[OutboxMessage]) -> dict[str, int]:
    counted = messages.order_by().values_list("transport").annotate(Count("id"))
    return {SMS: 0, EMAIL: 0} | dict(counted)


def _show_message(kept: OutboxMessage) -> ShownMessage:
    return ShownMessage(
        kept=kept,
        headline=headline(kept.trigger),
        to=mask_address(kept.address),
        length=measure_sms(kept.body) if kept.transport == SMS else None,
        copies=kept.copies,
    )


def _show_silence(delivery: Delivery) -> ShownSilence:
    why = REASON_TEXT.get(delivery.reason, delivery.reason)
    return ShownSilence(delivery=delivery, headline=headline(delivery.trigger), why=why)
