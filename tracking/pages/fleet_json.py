"""`GET /ops/fleet.json`: the fleet snapshot by HTTP, as the first frame of the console's socket."""

from django.http import HttpRequest, HttpResponse

from tracking.api.bodies import answer_json
from tracking.api.errors import Refusal, render_problem
from tracking.api.methods import read_only
from tracking.ports import ports
from tracking.services.operations.fleet import read_snapshot

SIGN_IN = Refusal(401, "unauthorized", "Sign in as staff.")


@read_only
def show_fleet(request: HttpRequest) -> HttpResponse:
    """Answer staff with the snapshot; 401 for all others."""
    if not request.user.is_staff:
        return render_problem(request, SIGN_IN)
    return answer_json(read_snapshot(ports()), headers={"Cache-Control": "private, no-store"})
