"""Views of web push: the service worker, and the subscriptions of a browser to the shipment of a link."""

from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.webhooks.guard import AddressRefusedError
from notifications.webpush.subscriptions import (
    BadSubscriptionError,
    is_subscribed,
    read_subscription,
    subscribe,
    unsubscribe,
)
from tracking.api.methods import read_only
from tracking.domain.errors import TransientError
from tracking.models import Shipment
from tracking.pages.guessing import Limit, count_try
from tracking.pages.links import LinkEndedError, NoSuchLinkError, follow_link, set_no_store
from tracking.pages.page_secret import digest

WORKER = Path(__file__).parent.parent / "static" / "notifications" / "notify_worker.js"
MAX_BODY = 4096


@read_only
def show_worker(request: HttpRequest) -> HttpResponse:
    """Answer with the service worker, which browsers ask for again before they use an old one."""
    script, etag = _read_worker()
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        script, content_type="text/javascript; charset=utf-8"
    )
    response["ETag"], response["Cache-Control"] = etag, "no-cache"
    return response


@read_only
def show_subscription(_request: HttpRequest, token: str, subscription_id: str) -> HttpResponse:
    """Answer 204 if this browser is subscribed to the shipment of the link, else 404."""
    booking = _find_booking(token)
    if isinstance(booking, HttpResponse):
        return booking
    is_known = is_subscribed(booking.shipment_id, subscription_id)
    return _answer(HTTPStatus.NO_CONTENT if is_known else HTTPStatus.NOT_FOUND)


# The token in the path admits the request, and no cookie does, so a forged request gains nothing.
@csrf_exempt
@require_POST
def take_subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Subscribe a browser (204). Answers 404, 410, 422 for a bad subscription, and 429."""
    booking = _find_booking(token)
    if isinstance(booking, HttpResponse):
        return booking
    limit = Limit("requests", f"webpush:{digest(token)}", most=20, window_s=15 * 60)
    if refused := count_try([limit]):
        response = _answer(HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(refused.wait_s)
        return response
    try:
        subscription = read_subscription(
            request.read(MAX_BODY), allow_loopback=settings.WEBHOOKS_ALLOW_LOOPBACK
        )
    except (BadSubscriptionError, AddressRefusedError):
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY)
    subscribe(booking, subscription, timezone.now())
    return _answer(HTTPStatus.NO_CONTENT)


@csrf_exempt
@require_POST
def end_subscription(_request: HttpRequest, token: str, subscription_id: str) -> HttpResponse:
    """End the subscription of a browser (204), also if there is none."""
    booking = _find_booking(token)
    if isinstance(booking, HttpResponse):
        return booking
    unsubscribe(booking.shipment_id, subscription_id)
    return _answer(HTTPStatus.NO_CONTENT)


@cache
def _read_worker() -> tuple[bytes, str]:
    script = WORKER.read_bytes()
    return script, f'"{sha256(script).hexdigest()[:16]}"'


def _find_booking(token: str) -> Shipment | HttpResponse:
    """Return the booking of a link; 404 if web push is off too."""
    if not settings.WEB_PUSH_KEY:
        return _answer(HTTPStatus.NOT_FOUND)
    try:
        return follow_link(token, timezone.now()).booking
    except NoSuchLinkError:
        return _answer(HTTPStatus.NOT_FOUND)
    except LinkEndedError:
        return _answer(HTTPStatus.GONE)
    except TransientError:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE)


def _answer(status: HTTPStatus) -> HttpResponse:
    return set_no_store(HttpResponse(status=status))
