"""Console views of shipments: the search, and the summary for the drawer of a vehicle."""

import re
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tracking.domain.canary import is_canary
from tracking.domain.errors import TransientError
from tracking.domain.indian_time import begin_of_day
from tracking.domain.payload import is_id
from tracking.domain.status import Status
from tracking.domain.typed_text import strip_invisible
from tracking.models import Shipment, is_reference
from tracking.pages.fleet_filters import list_options, narrow, read_filter
from tracking.pages.indian_numbers import group_digits
from tracking.pages.staff import staff_only
from tracking.ports import ports
from tracking.services.reading.staff_scope import is_visible, visible_shipments
from tracking.services.reading.typed_numbers import find_bookings, make_plain, narrow_to_beginning
from tracking.services.requests.roles import Scope

PAGE_SIZE = 50
# Found shipments are counted up to here.
MAX_COUNT = 1000
# Filter by the time of the status: since midnight (IST).
TODAY = "today"
# Longest id and longest reference; longer text finds nothing, and some databases refuse to search for it.
MAX_QUERY = 64
# Number of a row, at most 18 digits: it fits the database's integers.
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Search by number or reference: redirect to an exact match, else list the newest by prefix."""
    query = strip_invisible(request.GET.get("q", ""))
    exact = _find_exact(query, request.staff.scope)
    if exact:
        return redirect("ops:shipment", exact)
    status = request.GET.get("status", "")
    is_today = request.GET.get("since") == TODAY
    wanted = read_filter(request)
    since = begin_of_day(timezone.now()) if is_today else None
    found = _find_shipments(narrow(request.staff.scope, wanted), query, status, since)
    page = _list_page(found, request.GET.get("before", ""))
    given = {"q": query, "status": status, "since": TODAY if is_today else "", **wanted.narrowing}
    given["before"] = page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else ""
    context = list_options(request.staff.scope) | {
        "query": query,
        "status": status,
        "is_today": is_today,
        "wanted": wanted,
        "statuses": [status for status in Status if status is not Status.UNKNOWN],
        "shipments": page[:PAGE_SIZE],
        "count": _say_count(found[: MAX_COUNT + 1].count()),
        "older": "?" + urlencode(given) if given["before"] else "",
    }
    return render(request, "ops/shipments.html", context)


@staff_only
def show_brief(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Render a summary of the shipment for the drawer of the vehicle that carries it."""
    check_visible(request, shipment_id)
    try:
        state = ports().store.read_state(shipment_id)
    except TransientError:
        return HttpResponse(status=503)
    context = {"shipment_id": shipment_id, "state": state, "booking": find_booking(shipment_id)}
    return render(request, "ops/brief.html", context)


def check_visible(request: HttpRequest, shipment_id: str) -> None:
    """Raise `Http404` for a shipment outside of the scope: the answer is that for none."""
    if not is_visible(request.staff.scope, shipment_id):
        raise Http404("No such shipment.")


def _find_exact(query: str, scope: Scope) -> str | None:
    if not query or len(query) > MAX_QUERY:
        return None
    booking = visible_shipments(scope).filter(Q(shipment_id=query) | is_reference(query)).first()
    if booking:
        return booking.shipment_id
    # A shipment that was never booked has a timeline but no database row; only an unlimited scope shows it.
    try:
        may_exist = not scope.is_limited and is_id(query) and not is_canary(query)
        if may_exist and ports().store.read_state(query):
            return query
    except TransientError:
        return None
    typed = [found for found in find_bookings(query) if is_visible(scope, found.shipment_id)]
    return typed[0].shipment_id if len(typed) == 1 else None


def find_booking(shipment_id: str) -> Shipment | None:
    """Return the row of the shipment with its partner and hubs, None for one that has none."""
    related = Shipment.objects.select_related("partner", "origin_hub", "destination_hub")
    return related.filter(shipment_id=shipment_id).first()


def _find_shipments(scope: Scope, query: str, status: str, since: datetime | None) -> QuerySet[Shipment]:
    """Return the shipments in the scope that the filters admit, in no order.

    `since` is the earliest time at which they may have got their status.
    """
    found = visible_shipments(scope)
    if len(query) > MAX_QUERY:
        return found.none()
    if query:
        found = narrow_to_beginning(found, make_plain(query)) if make_plain(query) else found.none()
    if status in list(Status):
        found = found.filter(status=status)
    if since is not None:
        found = found.filter(status_at__gte=since)
    return found


def _say_count(count: int) -> str:
    if count > MAX_COUNT:
        return f"More than {group_digits(MAX_COUNT)} shipments"
    return "1 shipment" if count == 1 else f"{group_digits(count)} shipments"


def _list_page(found: QuerySet[Shipment], before: str) -> list[Shipment]:
    """List up to `PAGE_SIZE + 1` of them, newest first; the extra one shows that older ones follow.

    `before` is the number of the row that the page before ends with; text that is none begins at the newest.
    """
    if _ROW_NUMBER.fullmatch(before):
        found = found.filter(pk__lt=int(before))
    rows = found.select_related("partner", "origin_hub", "destination_hub").order_by("-pk")
    return list(rows[: PAGE_SIZE + 1])
