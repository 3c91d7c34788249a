"""Plain web peer: one DRF view with a serializer, our reader, and states kept in memory for a second.

It counts no requests, sets no request id and answers no conditional request, which makes it cheaper.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laboratory.bench.peers.drf_settings")

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

wsgi = get_wsgi_application()
asgi = get_asgi_application()

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from laboratory.bench.peers.kept_for_a_second import KeptForASecond
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.answer import public_answer

TABLE = "bench-tracking"
_store = DynamoShipmentStore(TABLE)
_kept = KeptForASecond()


class WindowSerializer(serializers.Serializer):
    """Promised window."""

    # `from` is a keyword of Python.
    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields by name."""
        return {"from": serializers.CharField(), "to": serializers.CharField()}


class EtaSerializer(WindowSerializer):
    """Arrival window."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields by name."""
        return super().get_fields() | {
            "at": serializers.CharField(),
            "confidence": serializers.CharField(),
        }


class MilestoneSerializer(serializers.Serializer):
    """Milestone of the route."""

    code = serializers.CharField()
    state = serializers.CharField()
    planned = serializers.CharField(allow_null=True)
    estimated = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True)


class EventSerializer(serializers.Serializer):
    """Step of the journey."""

    occurred_at = serializers.CharField()
    status = serializers.CharField()
    substatus = serializers.CharField(allow_null=True)
    place = serializers.CharField(allow_null=True)
    late = serializers.BooleanField()
    corrected = serializers.BooleanField()


class ShipmentSerializer(serializers.Serializer):
    """Public answer."""

    shipment_id = serializers.CharField()
    status = serializers.CharField()
    substatus = serializers.CharField(allow_null=True)
    status_text = serializers.CharField()
    leg = serializers.CharField()
    status_at = serializers.CharField(allow_null=True)
    updated_at = serializers.CharField(allow_null=True)
    is_delayed = serializers.BooleanField()
    delay = serializers.DictField(allow_null=True)
    eta = EtaSerializer(allow_null=True)
    promised = WindowSerializer(allow_null=True)
    milestones = MilestoneSerializer(many=True)
    events = EventSerializer(many=True)
    position = serializers.DictField(allow_null=True)
    state_version = serializers.IntegerField()
    state_hash = serializers.CharField()
    links = serializers.DictField()


class PublicRead(APIView):
    """View: public state of a shipment."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request, shipment_id: str) -> Response:  # noqa: ARG002 - as DRF calls it
        """Answer with the state, at most a second old."""
        state = _kept.find(shipment_id)
        if state is None:
            state = _store.read_state(shipment_id)
            if state is None:
                raise Http404
            _kept.keep(state)
        return Response(ShipmentSerializer(public_answer(state)).data)


urlpatterns = [path("tracking/<str:shipment_id>", PublicRead.as_view())]
