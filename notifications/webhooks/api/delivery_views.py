"""`/api/v1/webhook-deliveries`: deliveries of a partner with their attempts."""

from datetime import UTC, datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from notifications.webhooks.api.answers import (
    DeliveryAnswer,
    DeliveryPage,
    describe_delivery,
    describe_summary,
)
from notifications.webhooks.api.endpoint_views import READ, TAGS, WRITE
from notifications.webhooks.deliveries import find_delivery, list_deliveries, redeliver
from notifications.webhooks.requests import DeliveryQuery
from tracking.api.bodies import answer_json
from tracking.api.conditional import answer_read
from tracking.api.cursors import answer_rows, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import query_of, responses


class Deliveries(PartnerView):
    """View: list deliveries."""

    scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_webhook_deliveries",
        tags=TAGS,
        summary="List the deliveries of your webhooks",
        parameters=query_of(DeliveryQuery),
        responses=responses({200: DeliveryPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List deliveries of the last 30 days, newest first."""
        query = read_query(request, DeliveryQuery)
        found = list_deliveries(caller_of(request), query, read_after(request, query))
        return answer_rows(request, query, found, describe_summary)


class DeliveryById(PartnerView):
    """View: one delivery."""

    scopes = {"GET": READ}

    @extend_schema(
        operation_id="read_webhook_delivery",
        tags=TAGS,
        summary="Read a delivery with its body and its attempts",
        responses=responses({200: DeliveryAnswer}),
    )
    def get(self, request: Request, delivery_id: str) -> HttpResponse:
        """Delivery with its body, and each attempt with the start of its answer."""
        return answer_read(request, describe_delivery(find_delivery(caller_of(request), delivery_id)))


class Redelivered(PartnerView):
    """View: send a delivery again."""

    scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="redeliver_webhook",
        tags=TAGS,
        summary="Send a webhook again",
        request=None,
        responses=responses({200: DeliveryAnswer}, 409),
    )
    def post(self, request: Request, delivery_id: str) -> HttpResponse:
        """Make it due at once, with the same id and body, and all attempts of the schedule ahead."""
        delivery = find_delivery(caller_of(request), delivery_id)
        return answer_json(describe_delivery(redeliver(delivery, datetime.now(UTC))))
