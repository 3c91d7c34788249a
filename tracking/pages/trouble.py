"""Refusals that no view makes, in the form of the path: problem details for the API, else our own page."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.decorators import sync_and_async_middleware
from django.views import defaults
from django.views.csrf import csrf_failure

from tracking.api.errors import (
    BUG,
    METHOD_NOT_ALLOWED,
    TOO_LARGE,
    TOO_LARGE_PICTURE,
    UNAVAILABLE,
    Refusal,
    render_problem,
)
from tracking.limits import RETRY_AFTER_S
from tracking.outages import is_outage
from tracking.pages.console_trouble import FORGED, is_console_path, render_trouble
from tracking.pages.texts import render_text

BAD_REQUEST = Refusal(400, "bad_request", "The request could not be read.")
FORBIDDEN = Refusal(403, "forbidden", "This is not allowed.")
NOT_FOUND = Refusal(404, "not_found", "Not found.")
# Paths whose answers are JSON; all others are pages.
JSON_PREFIXES = ("/api/", "/tracking/")
JSON_SUFFIXES = (".json", "/healthz", "/readyz")
PROOFS = "/proofs"
# Answers of views and decorators that have no body of their own get one.
SHAPED = {refusal.status: refusal for refusal in (METHOD_NOT_ALLOWED, UNAVAILABLE)}
# Methods outside of the partner API; a form is posted only to a page.
READS, FORMS = ("GET", "HEAD", "OPTIONS"), ("GET", "HEAD", "OPTIONS", "POST")
PARTNER_API = "/api/"
# Value of `Sec-Fetch-Site` for a form of a page of our own.
SAME_ORIGIN = "same-origin"
# Key of the WSGI environment under which a layer before Django leaves the status of its refusal.
REFUSAL = "swiftlogix.refusal"


def is_json_path(path: str) -> bool:
    """Return whether answers of this path are JSON."""
    return path.startswith(JSON_PREFIXES) or path.endswith(JSON_SUFFIXES)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with a refusal in the form of the request's path; no cache may store it."""
    retry = {"Retry-After": str(RETRY_AFTER_S)} if refusal is UNAVAILABLE else {}
    if is_json_path(request.path):
        return render_problem(request, refusal, headers=retry)
    if is_console_path(request.path):
        response = render_trouble(request, refusal.status)
        for name, value in retry.items():
            response[name] = value
        return response
    texts = {name: render_text(f"trouble.{refusal.status}.{name}") for name in ("h1", "lead")}
    context = texts | {"posted": _list_posted(request) if refusal is UNAVAILABLE else []}
    page = render_to_string("tracking/refused.html", context, request)
    return HttpResponse(page, status=refusal.status, headers={"Cache-Control": "no-store", **retry})


@sync_and_async_middleware
def shape_refusals(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that answers what the edge refused and wrong methods, and gives a form to empty refusals."""

    async def answer_async(request: HttpRequest) -> HttpResponseBase:
        refused = _refuse_early(request)
        return refused if refused is not None else _shape(request, await get_response(request))

    def answer(request: HttpRequest) -> HttpResponseBase:
        refused = _refuse_early(request)
        return refused if refused is not None else _shape(request, get_response(request))

    return answer_async if iscoroutinefunction(get_response) else answer


def answer_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: a host that is not ours, a form that cannot be read. Django's `handler400`."""
    if _has_own_form(request.path):
        return refuse(request, BAD_REQUEST)
    return defaults.bad_request(request, exception)


def answer_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403. Django's `handler403`."""
    if _has_own_form(request.path):
        return refuse(request, FORBIDDEN)
    return defaults.permission_denied(request, exception)


def answer_missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404. Django's `handler404`."""
    if _has_own_form(request.path):
        return refuse(request, NOT_FOUND)
    return defaults.page_not_found(request, exception)


def answer_failure(request: HttpRequest) -> HttpResponse:
    """Answer 503 if a server that we need is down, else 500. Django's `handler500`."""
    if is_outage(sys.exc_info()[1]):
        return refuse(request, UNAVAILABLE)
    return refuse(request, BUG) if _has_own_form(request.path) else defaults.server_error(request)


def refuse_forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without a valid token. Django's `CSRF_FAILURE_VIEW`."""
    if is_json_path(request.path):
        return refuse(request, FORBIDDEN)
    if is_console_path(request.path):
        return render_trouble(request, FORBIDDEN.status, FORGED)
    return csrf_failure(request, reason)


def _has_own_form(path: str) -> bool:
    """Return whether a refusal at this path is none of the customer's pages."""
    return is_json_path(path) or is_console_path(path)


def _list_posted(request: HttpRequest) -> list[tuple[str, str]]:
    """List names and values of a form that a page of our own has sent, so that it can be sent again."""
    # Another site must not have its form sent from our page: cookies go with what our pages send alone.
    if request.method != "POST" or not _is_from_own_page(request):
        return []
    return [(name, value) for name, values in request.POST.lists() for value in values]


def _is_from_own_page(request: HttpRequest) -> bool:
    """Return whether a page of this host sent the form, as the browser says; old ones say it by `Origin`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == SAME_ORIGIN
    return urlsplit(request.headers.get("Origin", "")).netloc == request.headers.get("Host")


def _refuse_early(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request that no view is asked about; None for any other.

    That is one that the edge has refused for its size or since too many wait, and one with a method that no
    page and no address outside of the partner API has.
    """
    refused = request.META.get(REFUSAL)
    if refused == HTTPStatus.SERVICE_UNAVAILABLE:
        return refuse(request, UNAVAILABLE)
    if refused == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return refuse(request, TOO_LARGE_PICTURE if request.path.endswith(PROOFS) else TOO_LARGE)
    allowed = READS if is_json_path(request.path) else FORMS
    if request.path.startswith(PARTNER_API) or request.method in allowed:
        return None
    answer = refuse(request, METHOD_NOT_ALLOWED)
    answer["Allow"] = ", ".join(method for method in allowed if method != "OPTIONS")
    return answer


def _shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a refusal without a body with one in the form of the path, and its headers."""
    refusal = SHAPED.get(response.status_code)
    if refusal is None or response.streaming or response.content:
        return response
    shaped = refuse(request, refusal)
    if response.has_header("Allow"):
        shaped["Allow"] = response["Allow"]
    return shaped
