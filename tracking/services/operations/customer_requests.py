"""Customer requests: what a recipient asks for on the page becomes an incident. It promises nothing."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple, get_args

from tracking.domain.masking import mask_text
from tracking.domain.status import NO_DELIVERY_FOLLOWS, Status
from tracking.models import Incident, Shipment
from tracking.ports import LivePush
from tracking.services.operations.incident_changes import UNDO_FOR, WITHDRAWN, withdraw_incident
from tracking.services.operations.incident_names import find_request
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.request_words import (
    CUSTOMER_REQUESTS,
    REQUEST_TEXTS,
    CustomerRequest,
    name_subject,
    read_words,
    write_why,
)
from tracking.services.requests.bodies import RequestResult
from tracking.services.requests.refusals import AlreadyResolvedError, ConflictError

# Results that answer a request; the recipient reads them on the page, as those of all incidents of a request.
REQUEST_RESULTS: tuple[RequestResult, ...] = get_args(RequestResult)
REQUESTED, DISPUTED = "customer_request", "delivery_disputed"
RATINGS = range(1, 6)
# How long the page says that a request was withdrawn.
SAID_FOR = timedelta(minutes=15)


class TooLateToWithdrawError(ConflictError):
    """Raised for a request that was acted on: by an operator, or by the driver with the delivery."""

    code = "too_late_to_withdraw"
    detail = "This request was acted on already."


class SentRequest(NamedTuple):
    """Words of a request, as they are kept, when it was sent, and the code of its result.

    The code is empty while the request waits. `agreed_day` is the day to which the delivery moves. What an
    operator has noted is no part of it.
    """

    words: str
    sent_at: datetime
    result: str = ""
    agreed_day: date | None = None


def list_choices(status: str) -> tuple[CustomerRequest, ...]:
    """List the customer requests that may be made in this status; none once no delivery follows."""
    if status == Status.DELIVERED:
        return ("not_me", "note")
    if status == Status.AVAILABLE_FOR_PICKUP:
        return ("other_day", "note")
    return () if status in NO_DELIVERY_FOLLOWS else ("other_day", "note", "neighbour", "address")


def is_overtaken(request: CustomerRequest, asked_at: datetime, status: str, since: datetime) -> bool:
    """Return whether the status, which holds `since`, has made the request void.

    No delivery follows that it could change. A note may be sent after the delivery too.
    """
    if status not in NO_DELIVERY_FOLLOWS:
        return False
    return request not in list_choices(status) or (request == "note" and asked_at < since)


def may_rate(status: str) -> bool:
    """Return whether a shipment in this status may be rated: only after delivery."""
    return status == Status.DELIVERED


def record_request(
    live: LivePush, booking: Shipment, request: CustomerRequest, words: str, status: str, now: datetime
) -> None:
    """Open an incident for the request. Phone numbers and e-mail addresses in `words` are masked.

    A request that is open already is not recorded again. `not_me` for a delivered shipment disputes the
    delivery.
    """
    code = DISPUTED if request == "not_me" and status == Status.DELIVERED else REQUESTED
    why = write_why(request, mask_text(words.strip()) or "")
    # A subject of its own: a change closes the incidents whose subject is the shipment, never a request.
    open_incident(
        live, code, name_subject(booking.shipment_id, request), why, now, shipment_id=booking.shipment_id
    )


def cut_words(incident: Incident) -> str:
    """Return why the incident was opened, without what the recipient wrote: it may hold an address."""
    request = find_request(incident.subject)
    return REQUEST_TEXTS[request] if request else incident.why


def withdraw_request(
    live: LivePush, booking: Shipment, request: CustomerRequest, status: str, now: datetime
) -> None:
    """Resolve the open incident of the request as withdrawn. A repeat changes nothing.

    Raises `TooLateToWithdrawError` once an operator has resolved it, or once the shipment's status ends it;
    also for a request that was never sent.
    """
    newest = Incident.objects.filter(subject=name_subject(booking.shipment_id, request)).order_by("pk").last()
    if newest is None:
        raise TooLateToWithdrawError
    is_due = newest.resolved_at is None and request in list_choices(status)
    # Another try, or another tab, may resolve it meanwhile.
    with suppress(AlreadyResolvedError):
        newest = withdraw_incident(live, newest, now) if is_due else newest
    if newest.resolved_at is None or newest.resolution_code != WITHDRAWN:
        raise TooLateToWithdrawError


def list_sent_requests(booking: Shipment, now: datetime) -> dict[CustomerRequest, SentRequest]:
    """Return what the recipient has asked for: the newest of each request.

    A result is shown once it can no longer be undone; a withdrawal at once, and for 15 minutes.
    """
    by_subject = {name_subject(booking.shipment_id, request): request for request in CUSTOMER_REQUESTS}
    found = Incident.objects.filter(shipment_id=booking.shipment_id, subject__in=by_subject).order_by("pk")
    newest = {by_subject[incident.subject]: incident for incident in found}
    return {
        request: _read_sent(incident, request, now)
        for request, incident in newest.items()
        if incident.resolution_code != WITHDRAWN or _was_resolved_within(SAID_FOR, incident, now)
    }


def _read_sent(incident: Incident, request: CustomerRequest, now: datetime) -> SentRequest:
    words, result = read_words(incident.why, request), _find_result(incident, now)
    return SentRequest(words, incident.opened_at, result, incident.agreed_day if result else None)


def _find_result(incident: Incident, now: datetime) -> str:
    if incident.resolved_at is None:
        return ""
    if incident.resolution_code != WITHDRAWN and _was_resolved_within(UNDO_FOR, incident, now):
        return ""
    return incident.resolution_code or "other"


def _was_resolved_within(span: timedelta, incident: Incident, now: datetime) -> bool:
    return incident.resolved_at is not None and now - incident.resolved_at < span


def record_rating(booking: Shipment, rating: int) -> None:
    """Store the recipient's rating, 1 to 5. The last one counts."""
    Shipment.objects.filter(pk=booking.pk).update(rating=rating)
