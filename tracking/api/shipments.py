"""`/api/v1/shipments`: a partner books shipments and reads its own."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from tracking.api.answers import ShipmentAnswer, describe_shipment
from tracking.api.bodies import JsonBytesParser, answer_json, read_body
from tracking.api.keys import caller_of
from tracking.api.public import matches_etag
from tracking.api.schema import body_of, responses
from tracking.models import Shipment
from tracking.services.booking import book_shipment
from tracking.services.reading import read_public
from tracking.services.requests import NewBooking

CACHE_CONTROL = "private, max-age=5"


class Shipments(APIView):
    """Book a shipment."""

    scopes = {"POST": "shipments:write"}
    parser_classes = [JsonBytesParser]

    @extend_schema(
        operation_id="book_shipment",
        tags=["shipments"],
        summary="Book a shipment",
        request=body_of(NewBooking),
        responses=responses({201: ShipmentAnswer}, 400, 401, 403, 409, 413, 415, 422, 503),
    )
    def post(self, request: Request) -> HttpResponse:
        """Keep the booking and put it on the shipment's timeline, both or neither."""
        wanted = read_body(request.data, NewBooking)
        shipment = book_shipment(caller_of(request), wanted, timezone.now())
        location = f"{request.path}/{shipment.shipment_id}"
        return answer_json(describe_shipment(shipment, None), 201, {"Location": location})


class ShipmentById(APIView):
    """One shipment of the partner's own."""

    scopes = {"GET": "shipments:read"}

    @extend_schema(
        operation_id="read_shipment",
        tags=["shipments"],
        summary="Read a shipment you booked",
        responses=responses({200: ShipmentAnswer, 304: None}, 401, 403, 404, 503),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """The booking and where it stands; another partner's, or the other mode's, is not found."""
        own = Shipment.objects.select_related("origin_hub", "destination_hub").filter(
            partner=request.user, livemode=request.auth.livemode, shipment_id=shipment_id
        )
        shipment = own.first()
        if shipment is None:
            raise Http404
        state = read_public(shipment_id)
        etag = f'"{state.state_version if state else 0}"'
        headers = {"Cache-Control": CACHE_CONTROL, "ETag": etag}
        if matches_etag(request, etag):
            return HttpResponse(status=304, headers=headers)
        return answer_json(describe_shipment(shipment, state), headers=headers)
