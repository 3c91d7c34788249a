"""Redirects of the console to the next page that a request names: a path of our own host, or a default."""

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def read_next(request: HttpRequest) -> str:
    """Return the next page that the form or the query names, unchecked; empty if there is none."""
    return request.POST.get("next", "") or request.GET.get("next", "")


def redirect_to_next(request: HttpRequest, default: str) -> HttpResponseRedirect:
    """Redirect to the next page of the request, or to the path `default` if that is no path of our host."""
    page = read_next(request)
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(page if is_ours and page.startswith("/") else default)
