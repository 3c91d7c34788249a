"""`/api/v1/shipments`: book, read, list, change and cancel shipments of a partner."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import AcceptedEvent
from tracking.api.bodies import answer_json, read_body
from tracking.api.booking_answers import (
    BatchBooked,
    ShipmentAnswer,
    ShipmentPage,
    describe_batch,
    describe_shipment,
    describe_shipments,
)
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_page, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.partners.booked_shipments import (
    cancel_booking,
    change_booking,
    check_change,
    find_own_shipment,
    list_shipments,
    read_current_states,
)
from tracking.services.partners.booking import book_shipment, book_shipments
from tracking.services.reading.shipments import read_current_state
from tracking.services.requests.bodies import (
    MAX_BOOKINGS_PER_REQUEST,
    BookingBatch,
    BookingChange,
    NewBooking,
)
from tracking.services.requests.queries import ShipmentQuery
from tracking.services.requests.refusals import Mistake, RequestRefusedError


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Batch whose entries are decoded one by one, so that an invalid one does not refuse the others."""

    shipments: list[msgspec.Raw]


class Shipments(PartnerView):
    """View: book a shipment and list bookings."""

    scopes = {"GET": "shipments:read", "POST": "shipments:write"}

    @extend_schema(
        operation_id="list_shipments",
        tags=["shipments"],
        summary="List the shipments you booked",
        parameters=query_of(ShipmentQuery),
        responses=responses({200: ShipmentPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List bookings, newest first. With `updated_since` they are ordered by last change, oldest first."""
        query = read_query(request, ShipmentQuery)
        found = list_shipments(caller_of(request), query, read_after(request, query))
        shown, more = found[: query.limit], len(found) > query.limit
        answers = describe_shipments(shown, read_current_states(ports().store, shown))
        return answer_page(request, query, answers, _page_end(shown[-1], query) if more else None)

    @extend_schema(
        operation_id="book_shipment",
        tags=["shipments"],
        summary="Book a shipment",
        request=body_of(NewBooking),
        responses=responses({201: ShipmentAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """Store the booking and put it on the shipment's timeline, both or neither."""
        wanted = read_body(request.data, NewBooking)
        shipment = book_shipment(ports(), caller_of(request), wanted, datetime.now(UTC))
        location = f"{request.path}/{shipment.shipment_id}"
        return answer_json(describe_shipment(shipment, None), 201, {"Location": location})


class ShipmentBatch(PartnerView):
    """View: book many shipments at once."""

    scopes = {"POST": "shipments:write"}

    @extend_schema(
        operation_id="book_shipments",
        tags=["shipments"],
        summary="Book up to 500 shipments",
        request=body_of(BookingBatch),
        responses=responses({200: BatchBooked}),
    )
    def post(self, request: Request) -> HttpResponse:
        """Book each shipment on its own. `results` lists them in the order given."""
        entries = _read_batch(request.data)
        good = [entry for entry in entries if isinstance(entry, NewBooking)]
        booked = iter(book_shipments(ports(), caller_of(request), good, datetime.now(UTC)))
        outcomes = [next(booked) if isinstance(entry, NewBooking) else entry for entry in entries]
        return answer_json(describe_batch(outcomes))


class ShipmentById(PartnerView):
    """View: one shipment of the partner. Another partner's or the other mode's is not found."""

    scopes = {"GET": "shipments:read", "PATCH": "shipments:write", "DELETE": "shipments:write"}

    @extend_schema(
        operation_id="read_shipment",
        tags=["shipments"],
        summary="Read a shipment you booked",
        responses=responses({200: ShipmentAnswer}),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Booking with its current status."""
        shipment = find_own_shipment(caller_of(request), shipment_id)
        return answer_read(request, describe_shipment(shipment, read_current_state(ports(), shipment_id)))

    @extend_schema(
        operation_id="change_shipment",
        tags=["shipments"],
        summary="Change a booking: recipient, promise, reference, metadata",
        request=body_of(BookingChange),
        responses=responses({200: ShipmentAnswer}, 409, 412),
    )
    def patch(self, request: Request, shipment_id: str) -> HttpResponse:
        """Change a booking without an end status. Fields left out keep their values."""
        change = read_body(request.data, BookingChange)
        shipment = find_own_shipment(caller_of(request), shipment_id)
        check_change(shipment, change)
        state = read_current_state(ports(), shipment_id)
        require_match(request, describe_shipment(shipment, state))
        changed = change_booking(ports(), caller_of(request), shipment, change, datetime.now(UTC))
        return answer_json(describe_shipment(changed, state))

    @extend_schema(
        operation_id="cancel_shipment",
        tags=["shipments"],
        summary="Cancel a shipment",
        responses=responses({202: AcceptedEvent}, 409, 412),
    )
    def delete(self, request: Request, shipment_id: str) -> HttpResponse:
        """Put `cancelled` on the timeline. A shipment out for delivery cannot be cancelled."""
        shipment = find_own_shipment(caller_of(request), shipment_id)
        require_match(request, describe_shipment(shipment, read_current_state(ports(), shipment_id)))
        event_id = cancel_booking(ports(), caller_of(request), shipment, datetime.now(UTC))
        return answer_json(AcceptedEvent(event_id=event_id), 202)


def _page_end(shipment: Shipment, query: ShipmentQuery) -> list[str | int]:
    """Return the place where a page ends: the time it is ordered by, and the row id."""
    moment = shipment.created_at if query.updated_since is None else shipment.updated_at
    return [moment.isoformat(), shipment.pk]


def _read_batch(body: object) -> list[NewBooking | RequestRefusedError]:
    entries = read_body(body, _RawBatch).shipments
    if not 1 <= len(entries) <= MAX_BOOKINGS_PER_REQUEST:
        detail = f"a request holds 1 to {MAX_BOOKINGS_PER_REQUEST} shipments"
        raise RequestRefusedError([Mistake("/shipments", "invalid", detail)])
    return [_read_entry(entry) for entry in entries]


def _read_entry(entry: msgspec.Raw) -> NewBooking | RequestRefusedError:
    try:
        return read_body(bytes(entry), NewBooking)
    except RequestRefusedError as error:
        return error
