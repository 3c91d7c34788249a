"""Requests that need no session, user, form token or message: answered before that middleware runs."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware

from tracking.api.health import show_liveness
from tracking.api.public import show_public
from tracking.pages.trouble import REFUSAL

METHODS = ("GET", "HEAD")
HEALTH = "/healthz"
PUBLIC_PREFIX = "/tracking/"
# As the routes of tracking/urls.py.
_PUBLIC = re.compile(rf"{PUBLIC_PREFIX}([^/]+)/?")


def answer_early(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], object]:
    """Middleware that answers the public read and the health check; others go on to the next middleware.

    The middleware above it sets the request id and most headers of security.
    """
    framing = XFrameOptionsMiddleware(get_response)

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = _answer(request)
        if response is None:
            return get_response(request)
        response["Content-Length"] = str(len(response.content))
        return framing.process_response(request, response)

    return answer


def match_public(path: str) -> str | None:
    """Return the shipment id in the path of a public read, None for any other path."""
    found = _PUBLIC.fullmatch(path)
    return found[1] if found else None


def _answer(request: HttpRequest) -> HttpResponse | None:
    """Return the answer; None for any other request, and for one that is refused.

    A process with too many requests is alive, so its health check is not refused for that reason.
    Raises `DisallowedHost` for a host that is not ours.
    """
    if request.method not in METHODS:
        return None
    path, refused = request.path_info, request.META.get(REFUSAL)
    if path == HEALTH and refused in {None, HTTPStatus.SERVICE_UNAVAILABLE}:
        request.get_host()
        return show_liveness(request)
    shipment_id = match_public(path)
    if shipment_id is None or refused is not None:
        return None
    request.get_host()
    return show_public(request, shipment_id)
