"""`GET /tracking/{shipment_id}`: the public, cacheable state of a shipment."""

from datetime import UTC, datetime

import msgspec
from django.http import Http404, HttpRequest, HttpResponse

from tracking.answer import public_answer
from tracking.api.conditional import matches_etag
from tracking.api.errors import RATE_LIMITED, find_refusal, render_problem
from tracking.api.limits import count_public_read
from tracking.api.methods import read_only
from tracking.domain.errors import TransientError
from tracking.limits import RETRY_AFTER_S
from tracking.ports import ports
from tracking.services.reading.shipments import read_pushed
from tracking.translation import LANGUAGES, Language

CACHE_CONTROL = "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300"
UNKNOWN_CACHE_CONTROL = "public, max-age=0, s-maxage=5"

_LANGUAGES: dict[str, Language] = {language: language for language in LANGUAGES}
_encode = msgspec.json.Encoder().encode


@read_only
def show_public(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Answer with the public state: no key, no session, no cookie, so that every cache may store it."""
    left_s = count_public_read(ports().counter, request.META.get("REMOTE_ADDR", ""))
    if left_s is not None:
        return render_problem(request, RATE_LIMITED, headers={"Retry-After": str(left_s)})
    try:
        tracked = read_pushed(ports(), shipment_id)
    except TransientError as error:
        return render_problem(request, find_refusal(error), headers={"Retry-After": str(RETRY_AFTER_S)})
    if tracked is None:
        return render_problem(
            request, find_refusal(Http404()), headers={"Cache-Control": UNKNOWN_CACHE_CONTROL}
        )
    now = datetime.now(UTC)
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": tracked.make_etag(now)}
    if matches_etag(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    body = _encode(public_answer(tracked.state, _read_language(request), now))
    return HttpResponse(body, content_type="application/json", headers=headers)


def _read_language(request: HttpRequest) -> Language:
    """Return the language of the tag `?lang=` (`hi`, `hi-IN`); English without one and for others."""
    return _LANGUAGES.get(request.GET.get("lang", "").lower().partition("-")[0], "en")
