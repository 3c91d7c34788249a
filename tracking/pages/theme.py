"""Theme of the console: the server turns a cookie into a class on <html>, so that nothing flashes."""

from typing import Literal, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.views.decorators.http import require_POST

from tracking.pages.next_page import redirect_to_next

Theme = Literal["light", "auto", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
COOKIE = "theme"
_KEPT_FOR_S = 365 * 24 * 3600


def read_theme(request: HttpRequest | None) -> Theme:
    """Return the theme in the reader's cookie; `auto` (the system's) if it is missing or invalid."""
    chosen = request.COOKIES.get(COOKIE, "") if request else ""
    return next((theme for theme in THEMES if theme == chosen), "auto")


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Store the chosen theme in a cookie and redirect to the page it was chosen on."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest("No such theme.")
    response = redirect_to_next(request, reverse("ops:fleet"))
    response.set_cookie(COOKIE, theme, max_age=_KEPT_FOR_S, samesite="Lax", secure=request.is_secure())
    return response
