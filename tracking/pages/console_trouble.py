"""Error pages of the console and the admin, in the console's look and in English."""

from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.pages.staff import find_signed_in

# Paths whose pages are for staff.
CONSOLE_PREFIXES = ("/ops/", "/admin/")
# Pages with the links of the account. Others read nothing from the database: it may be what has failed, and
# refusals of the middleware run in the event loop.
WITH_ACCOUNT = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class Trouble(NamedTuple):
    """Heading of an error page, and the sentence that says how to go on."""

    heading: str
    lead: str


TROUBLES: dict[int, Trouble] = {
    400: Trouble("The request cannot be read", "Go back, load the page again and try once more."),
    403: Trouble("Not for this account", "Sign in with an account that may, or ask an administrator."),
    404: Trouble("Nothing is here", "The address may be mistyped, or what was here is gone."),
    405: Trouble("This page cannot do that", "Open the address in a browser."),
    413: Trouble("That was too large", "Nothing was changed. Make it smaller and send it once more."),
    500: Trouble("This page failed", "The failure is in the log. Try again in a minute."),
    503: Trouble("This is not possible just now", "Shipments are still processed. Try again in a minute."),
}
FORGED = Trouble(
    "The form was open too long", "Nothing was changed. Load the page again and send it once more."
)


def is_console_path(path: str) -> bool:
    """Return whether the pages at this path are for staff."""
    return path.startswith(CONSOLE_PREFIXES)


def render_trouble(request: HttpRequest, status: int, trouble: Trouble | None = None) -> HttpResponse:
    """Render the error page with this status, by default with the texts of the status."""
    request.staff = _find_account(request) if status in WITH_ACCOUNT else None
    context = {
        "trouble": trouble or TROUBLES[status],
        "status": status,
        "request_id": getattr(request, "request_id", ""),
    }
    response = render(request, "ops/trouble.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _find_account(request: HttpRequest) -> object:
    """Return the signed-in staff; None for others, and before the middleware that finds accounts has run."""
    return find_signed_in(request)[0] if hasattr(request, "user") else None
