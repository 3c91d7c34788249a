"""Outbox page for staff: messages as their recipients read them, and suppressed notifications."""

import hashlib
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from csp.decorators import csp, csp_update
from django.conf import settings
from django.db.models import Count, Model, QuerySet, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.clickjacking import xframe_options_sameorigin

from notifications.domain import MessageLength, TransportDeclaration
from notifications.models import Delivery, OutboxMessage
from notifications.ports import ports
from notifications.reasons import say_to_staff
from notifications.wording import headline
from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible
from tracking.pages.staff import View, staff_may
from tracking.services.operations.staff_reads import record_outbox
from tracking.services.reading.staff_scope import of_visible_shipment
from tracking.services.requests.roles import Scope, Verb

Row = TypeVar("Row", bound=Model)

MESSAGES_SHOWN = 60
SUPPRESSIONS_SHOWN = 60
MARK_LENGTH = 16
# Shown for a message whose transport is no longer wired, because the kind of its address is unknown.
HIDDEN_ADDRESS = "•••"
# Policy of an e-mail in its frame: its own styles, and nothing else.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


class ShownMessage(NamedTuple):
    """Outbox message as the page shows it; `length` is None for a transport without a limit.

    `copies` counts how often the same notification was sent; more than one is a fault.
    """

    stored: OutboxMessage
    headline: str
    transport: str
    to: str
    length: MessageLength | None
    copies: int


class ShownSuppression(NamedTuple):
    """Delivery that sent nothing, or nothing yet, with its reason as text."""

    delivery: Delivery
    headline: str
    transport: str
    why: str


class ShownTotal(NamedTuple):
    """Number of messages sent by one transport."""

    label: str
    count: int


def only_with_outbox(view: View) -> View:
    """Answer 404 to everybody, before the login, if the outbox is disabled."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if not settings.NOTIFICATIONS_OUTBOX:
            raise Http404
        return view(request, *arguments, **named)

    return guarded


@only_with_outbox
@staff_may(Verb.READ_OUTBOX)
@csp_update({"frame-src": ["'self'"]})
def show_outbox(request: HttpRequest) -> HttpResponse:
    """Show the page; answer htmx requests with the feed only, or 204 if nothing in it is new."""
    shipment_id = strip_invisible(request.GET.get("shipment", ""))
    shown = _read_entries(shipment_id, request.staff.scope)
    entries = render_to_string("notifications/outbox_entries.html", shown, request)
    mark = hashlib.sha256(entries.encode()).hexdigest()[:MARK_LENGTH]
    context = {"entries": entries, "mark": mark, "shipment_id": shipment_id}
    if not request.htmx or request.htmx.history_restore_request:
        record_outbox(request.staff, f"messages of {shipment_id or 'all shipments'}")
        return render(request, "notifications/outbox.html", context)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    return render(request, "notifications/outbox_feed.html", context)


@only_with_outbox
@staff_may(Verb.READ_OUTBOX)
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def show_mail(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show the HTML of an e-mail in the frame of the outbox, without scripts, forms and foreign content."""
    of_staff = _within(request.staff.scope, OutboxMessage.objects.exclude(html=""))
    return HttpResponse(get_object_or_404(of_staff, pk=message_id).html)


def _read_entries(shipment_id: str, scope: Scope) -> dict[str, Any]:
    messages = _within(scope, _of_shipment(OutboxMessage.objects.all(), shipment_id))
    silent = Delivery.objects.exclude(outcome=Delivery.Outcome.SENT)
    suppressed = _within(scope, _of_shipment(silent, shipment_id))
    # A claim without a reason is being sent right now.
    suppressed = suppressed.exclude(outcome=Delivery.Outcome.CLAIMED, reason="")
    newest = suppressed.order_by("-id")[:SUPPRESSIONS_SHOWN]
    return {
        "shipment_id": shipment_id,
        "messages": [_show_message(stored) for stored in _count_copies(messages)[:MESSAGES_SHOWN]],
        "suppressions": [_show_suppression(delivery) for delivery in newest],
        "totals": _count_by_transport(messages),
        "suppressed_total": suppressed.count(),
    }


def _of_shipment(rows: QuerySet[Row], shipment_id: str) -> QuerySet[Row]:
    if not shipment_id:
        return rows
    return rows.filter(shipment_id__startswith=shipment_id) if is_id(shipment_id) else rows.none()


def _within(scope: Scope, rows: QuerySet[Row]) -> QuerySet[Row]:
    if not scope.is_limited:
        return rows
    return rows.filter(of_visible_shipment(scope))


def _count_copies(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    notification = ["change_id", "recipient_id", "transport"]
    return messages.annotate(copies=Window(Count("id"), partition_by=notification)).order_by("-id")


def _count_by_transport(messages: QuerySet[OutboxMessage]) -> list[ShownTotal]:
    counted = dict(messages.order_by().values_list("transport").annotate(Count("id")))
    counts = dict.fromkeys(ports().transports, 0) | counted
    return [
        ShownTotal(declared.plural if (declared := _find_declaration(name)) else name, count)
        for name, count in counts.items()
    ]


def _show_message(stored: OutboxMessage) -> ShownMessage:
    declared = _find_declaration(stored.transport)
    return ShownMessage(
        stored=stored,
        headline=headline(stored.trigger),
        transport=_label(stored.transport),
        to=declared.address.mask(stored.address) if declared else HIDDEN_ADDRESS,
        length=declared.limit.measure(stored.body) if declared and declared.limit else None,
        copies=stored.copies,
    )


def _show_suppression(delivery: Delivery) -> ShownSuppression:
    return ShownSuppression(
        delivery=delivery,
        headline=headline(delivery.trigger),
        transport=_label(delivery.transport),
        why=say_to_staff(delivery.reason),
    )


def _label(name: str) -> str:
    declared = _find_declaration(name)
    return declared.label if declared else name


def _find_declaration(name: str) -> TransportDeclaration | None:
    """Return the declaration of a transport by its stored name; None if it is no longer wired."""
    transport = ports().transports.get(name)
    return transport.declaration if transport else None
