"""Access to the console: only active staff may enter, after signing in on the console's login page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Restrict a view to active staff and forbid caching; redirect all others to the login page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_active and request.user.is_staff:
            return view(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path(), reverse("ops:login"))

    return never_cache(guarded)


sign_in = LoginView.as_view(
    template_name="ops/login.html",
    authentication_form=AdminAuthenticationForm,
    next_page="ops:fleet",
)
sign_out = LogoutView.as_view(next_page="ops:login")
