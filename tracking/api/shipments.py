"""`/api/v1/shipments`: a partner books shipments, reads, changes and cancels its own."""

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
    """A batch whose entries are read one by one, so that a bad one does not spoil the others."""

    shipments: list[msgspec.Raw]


class Shipments(PartnerView):
    """Book a shipment; list those booked."""

    scopes = {"GET": "shipments:read", "POST": "shipments:write"}

    @extend_schema(
        operation_id="list_shipments",
        tags=["shipments"],
        summary="List the shipments you booked",
        parameters=query_of(ShipmentQuery),
        responses=responses({200: ShipmentPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first; with `updated_since`, by their last change, oldest first, so that none is missed."""
        query = read_query(request, ShipmentQuery)
        found = list_shipments(caller_of(request), query, read_after(request, query))
        shown, more = found[: query.limit], len(found) > query.limit
        told = describe_shipments(shown, read_current_states(ports().store, shown))
        return answer_page(request, query, told, _place(shown[-1], query) if more else None)

    @extend_schema(
        operation_id="book_shipment",
        tags=["shipments"],
        summary="Book a shipment",
        request=body_of(NewBooking),
        responses=responses({201: ShipmentAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep the booking and put it on the shipment's timeline, both or neither."""
        wanted = read_body(request.data, NewBooking)
        shipment = book_shipment(ports(), caller_of(request), wanted, datetime.now(UTC))
        location = f"{request.path}/{shipment.shipment_id}"
        return answer_json(describe_shipment(shipment, None), 201, {"Location": location})


class ShipmentBatch(PartnerView):
    """Book many shipments at once."""

    scopes = {"POST": "shipments:write"}

    @extend_schema(
        operation_id="book_shipments",
        tags=["shipments"],
        summary="Book up to 500 shipments",
        request=body_of(BookingBatch),
        responses=responses({200: BatchBooked}),
    )
    def post(self, request: Request) -> HttpResponse:
        """Each is booked or refused for itself; `results` says which, in the order given."""
        entries = _read_batch(request.data)
        good = [entry for entry in entries if isinstance(entry, NewBooking)]
        booked = iter(book_shipments(ports(), caller_of(request), good, datetime.now(UTC)))
        outcomes = [next(booked) if isinstance(entry, NewBooking) else entry for entry in entries]
        return answer_json(describe_batch(outcomes))


class ShipmentById(PartnerView):
    """One shipment of the partner's own; another partner's, or the other mode's, is not found."""

    scopes = {"GET": "shipments:read", "PATCH": "shipments:write", "DELETE": "shipments:write"}

    @extend_schema(
        operation_id="read_shipment",
        tags=["shipments"],
        summary="Read a shipment you booked",
        responses=responses({200: ShipmentAnswer}),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """The booking and where it stands."""
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
        """Fields left out stay as they are; an ended shipment no longer changes."""
        change = read_body(request.data, BookingChange)
        shipment = find_own_shipment(caller_of(request), shipment_id)
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
        """Put `cancelled` on its timeline; what is on its way to the recipient cannot be cancelled."""
        shipment = find_own_shipment(caller_of(request), shipment_id)
        require_match(request, describe_shipment(shipment, read_current_state(ports(), shipment_id)))
        event_id = cancel_booking(ports(), caller_of(request), shipment, datetime.now(UTC))
        return answer_json(AcceptedEvent(event_id=event_id), 202)


def _place(shipment: Shipment, query: ShipmentQuery) -> list[str | int]:
    """Where a page ends: the time it is ordered by, and the row."""
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
