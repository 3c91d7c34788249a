"""`GET /ops/fleet.json`: the fleet snapshot by HTTP, as the first frame of the console's socket."""

from django.http import HttpRequest, HttpResponse

from tracking.api.bodies import answer_json
from tracking.api.errors import Refusal, render_problem
from tracking.api.methods import read_only
from tracking.pages.staff import find_signed_in
from tracking.ports import ports
from tracking.services.operations.fleet import read_snapshot
from tracking.services.requests.roles import Verb

SIGN_IN = Refusal(401, "unauthorized", "Sign in as staff with a role.")


@read_only
def show_fleet(request: HttpRequest) -> HttpResponse:
    """Answer staff with the snapshot of their scope; 401 for all others."""
    staff, _ = find_signed_in(request)
    if staff is None:
        return render_problem(request, SIGN_IN)
    return answer_json(read_snapshot(ports(), staff.scope), headers={"Cache-Control": "private, no-store"})


# Read by the matrix of roles, as of the views that `staff_may` decorates.
show_fleet.verb = Verb.SEE
