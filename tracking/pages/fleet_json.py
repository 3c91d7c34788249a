"""`GET /ops/fleet.json`: the console's whole picture by HTTP, as its socket sends it first."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tracking.services.fleet import read_snapshot


@require_safe
def show_fleet(request: HttpRequest) -> HttpResponse:
    """The snapshot for staff; 401 for anybody else."""
    if not request.user.is_staff:
        return HttpResponse(status=401)
    body = msgspec.json.encode(read_snapshot())
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, no-store"})
