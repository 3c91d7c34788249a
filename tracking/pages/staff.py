"""Access to the console: staff with the role that a page needs, after both factors of the sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tracking.pages.next_page import redirect_to_next
from tracking.services.operations.second_factor import find_step
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import LOWEST_ROLES, RoleRefusedError, Verb, may
from tracking.services.requests.staff_accounts import find_staff, is_active_staff

View = Callable[..., HttpResponse]
STEPS = {"verify": "ops:verify", "enrol": "ops:enrol"}


def find_signed_in(request: HttpRequest) -> tuple[Staff | None, str]:
    """Return the staff of a request, and the path of the page where its sign-in goes on.

    The staff is None until the sign-in is complete; the path is empty from then on.
    """
    staff = find_staff(request.user, getattr(request, "request_id", ""))
    if staff is None:
        return None, find_way_in(request.user)
    step = find_step(request.user, request.session)
    return (None, reverse(STEPS[step])) if step else (staff, "")


def find_way_in(user: Any) -> str:
    """Return the path for an account that is no caller of services: one without a role cannot go on."""
    return reverse("ops:no_role" if is_active_staff(user) else "ops:login")


@never_cache
@require_safe
def show_no_role(request: HttpRequest) -> HttpResponse:
    """Say to an account without a role that it needs one (403); lead others on."""
    _, sign_in_path = find_signed_in(request)
    if sign_in_path == reverse("ops:no_role"):
        return render(request, "ops/no_role.html", status=403)
    return redirect_to_next(request, reverse("ops:fleet"))


def staff_may(verb: Verb) -> Callable[[View], View]:
    """Restrict a view to staff whose role allows the action, and forbid caching.

    The view finds its caller in `request.staff`. Others are redirected to the sign-in, or get a page that
    names the role. What a service refuses is answered here.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            staff, sign_in_path = find_signed_in(request)
            if staff is None:
                return redirect_to_login(request.get_full_path(), sign_in_path)
            request.staff = staff
            if not may(staff.role, verb):
                return answer_forbidden(request, verb)
            return _answer(view, request, *args, **kwargs)

        guarded.verb = verb
        return never_cache(guarded)

    return decorate


staff_only = staff_may(Verb.SEE)


def answer_forbidden(request: HttpRequest, verb: Verb) -> HttpResponse:
    """Render the 403 page, which names the lowest role that may do it."""
    context = {"role": LOWEST_ROLES[verb].group, "action": verb.replace("_", " ")}
    return render(request, "ops/forbidden.html", context, status=403)


def answer_conflict(request: HttpRequest, conflict: ConflictError) -> HttpResponse:
    """Render the 409 page in words. htmx shows them as a notice, and reads the list of incidents again."""
    if not request.htmx:
        return render(request, "ops/conflict.html", {"detail": conflict.detail}, status=409)
    response = render(request, "ops/conflict_notice.html", {"detail": conflict.detail}, status=409)
    for name, value in (("Retarget", "#notice"), ("Reswap", "innerHTML"), ("Trigger", "incidents-changed")):
        response[f"HX-{name}"] = value
    return response


def answer_locked(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """Render the sign-in page with status 429: too many wrong passwords of the account or the address."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"locked_minutes": minutes, "next": request.POST.get("next", "")}
    response = render(request, "ops/login.html", context, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except RoleRefusedError as refusal:
        return answer_forbidden(request, refusal.verb)
    except UnknownError as error:
        raise Http404(error.detail) from error
    except ConflictError as conflict:
        return answer_conflict(request, conflict)


sign_in = LoginView.as_view(
    template_name="ops/login.html",
    authentication_form=AdminAuthenticationForm,
    next_page="ops:fleet",
)
sign_out = LogoutView.as_view(next_page="ops:login")
