"""Errors of the API as problem details (RFC 9457, `application/problem+json`)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from tracking.limits import RETRY_AFTER_S
from tracking.outages import is_outage
from tracking.pictures import UnreadablePictureError
from tracking.services.requests.refusals import (
    ConflictError,
    GoneError,
    Mistake,
    RefusedError,
    RequestRefusedError,
    UnknownError,
)

RETRIED = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
CONTENT_TYPE = "application/problem+json"

log = structlog.get_logger()


class Refusal(NamedTuple):
    """Answer to a kind of failure: HTTP status, code and text."""

    status: int
    code: str
    detail: str


class TooLargeError(exceptions.APIException):
    """Raised for a body that is larger than allowed."""

    status_code = 413


class PictureTooLargeError(TooLargeError):
    """Raised for a picture that is larger than allowed."""


class MalformedError(exceptions.APIException):
    """Raised for a body that is not JSON."""

    status_code = 400


class PreconditionFailedError(exceptions.APIException):
    """Raised when `If-Match` names another version than the current one."""

    status_code = 412


class IdempotencyMismatchError(exceptions.APIException):
    """Raised when an `Idempotency-Key` was used with another body before."""

    status_code = 409


class StillRunningError(exceptions.APIException):
    """Raised while the first request with this `Idempotency-Key` is not answered yet."""

    status_code = 409


METHOD_NOT_ALLOWED = Refusal(405, "method_not_allowed", "This method is not allowed here.")
UNAVAILABLE = Refusal(503, "unavailable", "Temporarily unavailable; it is safe to send the request again.")
TOO_LARGE = Refusal(413, "too_large", "The body is larger than 1 MiB.")
TOO_LARGE_PICTURE = Refusal(413, "too_large", "A picture is at most 8 MB.")
RATE_LIMITED = Refusal(429, "rate_limited", "Too many requests; try again later.")
BUG = Refusal(500, "internal_error", "Something went wrong on our side. The error has been logged.")

CONTRADICTION = Refusal(
    409, "contradiction", "The values contradict each other, the clock, or what is stored; see `errors`."
)
STILL_RUNNING = Refusal(409, "still_running", "The same request is still being processed; try again.")

# Refusals of services carry their own code and text.
OWN_STATUS: tuple[tuple[type[RefusedError], int], ...] = (
    (UnknownError, 404),
    (ConflictError, 409),
    (GoneError, 410),
)
REFUSALS: tuple[tuple[type[Exception], Refusal], ...] = (
    (exceptions.NotAuthenticated, Refusal(401, "unauthorized", "An API key is required.")),
    (exceptions.AuthenticationFailed, Refusal(401, "unauthorized", "This API key is not valid.")),
    (exceptions.PermissionDenied, Refusal(403, "missing_scope", "This API key lacks the required scope.")),
    (PermissionDenied, Refusal(403, "missing_scope", "This API key lacks the required scope.")),
    (exceptions.NotFound, Refusal(404, "not_found", "Not found.")),
    (Http404, Refusal(404, "not_found", "Not found.")),
    (exceptions.MethodNotAllowed, METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, Refusal(406, "not_acceptable", "The API answers in JSON.")),
    (StillRunningError, STILL_RUNNING),
    (PreconditionFailedError, Refusal(412, "precondition_failed", "It has changed since you read it.")),
    (PictureTooLargeError, TOO_LARGE_PICTURE),
    (UnreadablePictureError, Refusal(415, "unsupported_media_type", "Send a JPEG or PNG picture.")),
    (TooLargeError, TOO_LARGE),
    (
        exceptions.UnsupportedMediaType,
        Refusal(415, "unsupported_media_type", "This Content-Type is not accepted here."),
    ),
    (MalformedError, Refusal(400, "malformed", "The body is not valid JSON.")),
    (exceptions.ParseError, Refusal(400, "malformed", "The body does not match its Content-Type.")),
    (
        IdempotencyMismatchError,
        Refusal(409, "idempotency_mismatch", "This idempotency key was used with another body."),
    ),
    (RequestRefusedError, Refusal(422, "validation_failed", "The request is not valid.")),
    (exceptions.Throttled, RATE_LIMITED),
)


def answer_problem(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Answer every failure of a view with problem details, bugs included. DRF's exception hook."""
    refusal = find_refusal(error)
    if refusal is BUG:
        log.error("answer", outcome="failed", exc_info=error)
    mistakes = error.mistakes if isinstance(error, RequestRefusedError) else ()
    return render_problem(context["request"], refusal, mistakes, _headers(error, refusal))


def find_refusal(error: Exception) -> Refusal:
    """Return the answer to a failure; an unexpected one is `BUG`."""
    if isinstance(error, RefusedError):
        status = next(status for kind, status in OWN_STATUS if isinstance(error, kind))
        return Refusal(status, error.code, error.detail)
    if isinstance(error, RequestRefusedError) and error.is_contradiction:
        return CONTRADICTION
    known = next((refusal for kind, refusal in REFUSALS if isinstance(error, kind)), None)
    return known or (UNAVAILABLE if is_outage(error) else BUG)


def render_problem(
    request: HttpRequest,
    refusal: Refusal,
    mistakes: Sequence[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return a refusal as `application/problem+json`, not cacheable unless `headers` allow it."""
    body = {
        "type": f"urn:swiftlogix:problem:{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": request.path,
        "code": refusal.code,
        "request_id": getattr(request, "request_id", ""),
        "errors": list(mistakes),
    }
    return HttpResponse(
        msgspec.json.encode(body),
        status=refusal.status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _headers(error: Exception, refusal: Refusal) -> dict[str, str]:
    headers = {}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    if refusal.status in RETRIED or refusal is STILL_RUNNING:
        headers["Retry-After"] = str(getattr(error, "wait", None) or RETRY_AFTER_S)
    return headers


# No form posts here, and Django's refusal of a missing CSRF token would not be problem+json.
@csrf_exempt
def answer_not_found(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Answer 404 for an unknown path under `/api/v1/`."""
    return render_problem(request, find_refusal(Http404()))
