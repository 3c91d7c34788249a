"""`GET /tracking/{shipment_id}`: the public, cacheable state of a shipment."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from django.http import Http404, HttpRequest, HttpResponse

from tracking.answer import public_answer
from tracking.api.conditional import is_listed
from tracking.api.errors import RATE_LIMITED, find_refusal, render_problem
from tracking.api.limits import count_public_read
from tracking.api.methods import read_only
from tracking.limits import RETRY_AFTER_S
from tracking.outages import OUTAGES
from tracking.ports import ports
from tracking.services.reading.pushed_states import read_pushed
from tracking.services.reading.shipments import Tracked, find_booked_state
from tracking.translation import LANGUAGES, Language

CACHE_CONTROL = "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300"
# Key of the WSGI environment: what a layer before Django has done about this read. It has counted it, and, if
# `UNKNOWN`, found no shipment.
DONE_BEFORE = "swiftlogix.public_read"
COUNTED, UNKNOWN = "counted", "unknown"
UNKNOWN_CACHE_CONTROL = "public, max-age=0, s-maxage=5"

_LANGUAGES: dict[str, Language] = {language: language for language in LANGUAGES}
_encode = msgspec.json.Encoder().encode


class PublicAnswer(NamedTuple):
    """Answer 200 or 304 about a shipment; the body of a 304 is empty."""

    status: int
    etag: str
    body: bytes = b""


@read_only
def show_public(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Answer with the public state: no key, no session, no cookie, so that every cache may store it."""
    done = request.META.get(DONE_BEFORE)
    if done is None:
        left_s = count_public_read(ports().counter, request.META.get("REMOTE_ADDR", ""))
        if left_s is not None:
            return render_problem(request, RATE_LIMITED, headers={"Retry-After": str(left_s)})
    language, sent_etags = request.GET.get("lang", ""), request.headers.get("If-None-Match", "")
    try:
        answer = None if done == UNKNOWN else read_public(shipment_id, language, sent_etags)
        answer = answer or read_booked(shipment_id, language, sent_etags)
    except OUTAGES as error:
        return render_problem(request, find_refusal(error), headers={"Retry-After": str(RETRY_AFTER_S)})
    if answer is None:
        return render_problem(
            request, find_refusal(Http404()), headers={"Cache-Control": UNKNOWN_CACHE_CONTROL}
        )
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": answer.etag}
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return HttpResponse(status=answer.status, headers=headers)
    return HttpResponse(answer.body, content_type="application/json", headers=headers)


def read_public(shipment_id: str, language: str, sent_etags: str) -> PublicAnswer | None:
    """Return the answer about a shipment, None if it is unknown.

    Raises `TransientError` when the store cannot be reached.
    """
    tracked = read_pushed(ports(), shipment_id)
    return None if tracked is None else make_answer(tracked, language, sent_etags, datetime.now(UTC))


def read_booked(shipment_id: str, language: str, sent_etags: str) -> PublicAnswer | None:
    """Return the answer about a booking that is not in the store yet, None if there is none.

    Raises an error of `OUTAGES` when the database cannot be reached.
    """
    state = find_booked_state(shipment_id)
    return None if state is None else make_answer(Tracked(state), language, sent_etags, datetime.now(UTC))


def make_answer(tracked: Tracked, language: str, sent_etags: str, now: datetime) -> PublicAnswer:
    """Return the answer to a read at `now`.

    `language` is a tag (`hi`, `hi-IN`); English holds for others. `sent_etags` is the header `If-None-Match`.
    """
    etag = tracked.make_etag(now)
    if is_listed(etag, sent_etags):
        return PublicAnswer(HTTPStatus.NOT_MODIFIED, etag)
    known = _LANGUAGES.get(language.lower().partition("-")[0], "en")
    return PublicAnswer(HTTPStatus.OK, etag, _encode(public_answer(tracked.state, known, now)))
