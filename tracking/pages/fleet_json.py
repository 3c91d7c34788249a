"""`GET /ops/fleet.json`: the console's whole picture by HTTP, as its socket sends it first."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tracking.api.bodies import answer_json
from tracking.api.errors import Refusal, render_problem
from tracking.ports import ports
from tracking.services.operations.fleet import read_snapshot

SIGN_IN = Refusal(401, "unauthorized", "Sign in as staff.")


@require_safe
def show_fleet(request: HttpRequest) -> HttpResponse:
    """The snapshot for staff; 401 for anybody else."""
    if not request.user.is_staff:
        return render_problem(request, SIGN_IN)
    return answer_json(read_snapshot(ports()), headers={"Cache-Control": "private, no-store"})
