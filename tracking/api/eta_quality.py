"""`GET /api/v1/eta-quality`: the public quality of arrival windows."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tracking.api.conditional import make_etag, matches_etag
from tracking.api.errors import RATE_LIMITED, render_problem
from tracking.api.limits import count_public_read
from tracking.api.methods import read_only
from tracking.api.public import CACHE_CONTROL
from tracking.ports import ports
from tracking.services.reading.eta_quality import read_eta_quality


@read_only
def show_eta_quality(request: HttpRequest) -> HttpResponse:
    """Answer with the quality of windows: no key, no session, no cookie, so that every cache may store it."""
    left_s = count_public_read(ports().counter, request.META.get("REMOTE_ADDR", ""))
    if left_s is not None:
        return render_problem(request, RATE_LIMITED, headers={"Retry-After": str(left_s)})
    body = msgspec.json.encode(read_eta_quality(ports().lanes, timezone.now()))
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": make_etag(body)}
    if matches_etag(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)
