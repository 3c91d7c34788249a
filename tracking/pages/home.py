"""`/`: the form to find a parcel, and for developers the way to the API."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.api.methods import read_only


@read_only
def show(request: HttpRequest) -> HttpResponse:
    """Render the landing page. It has no data of any shipment, so the browser may store it for a while."""
    context = {"secret_kind": "any", "public_url": settings.PUBLIC_URL}
    response = render(request, "tracking/home.html", context)
    response["Cache-Control"] = "private, max-age=300"
    return response
