"""`GET /ops/streets.pmtiles`: parts of the archive of streets, by range requests from the console's map."""

import re

from django.http import HttpRequest, HttpResponse

from tracking.api.errors import Refusal, render_problem
from tracking.api.methods import read_only
from tracking.domain.errors import TransientError
from tracking.pages.staff import find_signed_in
from tracking.ports import ports
from tracking.services.requests.roles import Verb

# The largest part of one request; a tile or a directory of an archive is smaller.
MAX_PART_BYTES = 2 * 1024 * 1024
# An archive keeps its content as long as its name, so a browser may keep the parts for a day.
CACHED = "private, max-age=86400"
MEDIA_TYPE = "application/vnd.pmtiles"
SIGN_IN = Refusal(401, "unauthorized", "Sign in as staff with a role.")
NO_STREETS = Refusal(404, "not_found", "This installation has no archive of streets.")
UNREACHABLE = Refusal(503, "unavailable", "The archive of streets cannot be read now.")
# A single range with both ends.
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})", re.ASCII)


@read_only
def show_streets(request: HttpRequest) -> HttpResponse:
    """Answer staff with a part of the archive (206), or with 416 for a range that is not served."""
    staff, _ = find_signed_in(request)
    if staff is None:
        return render_problem(request, SIGN_IN)
    archive = ports().maps.tiles
    if archive is None:
        return render_problem(request, NO_STREETS)
    start, length = _read_range(request.headers.get("Range", ""))
    try:
        part = archive.read(start, length or 1)
    except FileNotFoundError:
        return render_problem(request, NO_STREETS)
    except TransientError:
        return render_problem(request, UNREACHABLE)
    if not length or not part.content:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{part.size}"})
    last = start + len(part.content) - 1
    return HttpResponse(
        part.content,
        status=206,
        content_type=MEDIA_TYPE,
        headers={
            "Accept-Ranges": "bytes",
            "Cache-Control": CACHED,
            "Content-Range": f"bytes {start}-{last}/{part.size}",
            "ETag": part.etag,
        },
    )


# Read by the matrix of roles, as of the views that `staff_may` decorates.
show_streets.verb = Verb.SEE


def _read_range(header: str) -> tuple[int, int]:
    """Return start and length of a range; length 0 for one that is not served."""
    found = _RANGE.fullmatch(header)
    if found is None:
        return 0, 0
    start, last = int(found[1]), int(found[2])
    length = last - start + 1
    return start, length if 0 < length <= MAX_PART_BYTES else 0
