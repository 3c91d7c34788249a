"""Routes of the product with those of one more app, mounted where `swiftlogix/urls.py` mounts apps."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from swiftlogix.urls import urlpatterns as product


def list_carriers(request: HttpRequest) -> JsonResponse:
    """Answer the other app's only route."""
    return JsonResponse({"carriers": ["road", "rail"]})


*_apps, _unknown_api_path = product
_carriers = [path("v1/carriers", list_carriers, name="list")]

urlpatterns = [*_apps, path("api/", include((_carriers, "carriers"))), _unknown_api_path]
