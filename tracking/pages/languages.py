"""Language of the pages that recipients read: `?lang=`, else a cookie, the booking, the browser, English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from tracking.translation import LANGUAGES, Language, current_language, find_language, match_language

PARAMETER = COOKIE = "lang"
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "hi": "हिन्दी", "ta": "தமிழ்"}
# The console and the documents of the API are in English; the public answer reads `?lang=` itself.
ENGLISH = ("/ops/", "/admin/", "/api/", "/tracking/")
# Addresses that take forms only, and the page that a link on their answer leads to.
FORM_ONLY = {"unlock": "customer", "requests": "customer"}
_KEPT_FOR_S = 365 * 24 * 3600


def choose_language(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that renders a page in the language of its reader, and keeps the one that `?lang=` names."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(ENGLISH):
            return get_response(request)
        with translation.override(read_choice(request) or read_browser_language(request)):
            response = get_response(request)
        # An answer that every cache may keep depends on its URL alone, and one for programs has no language.
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and "public" not in response.get("Cache-Control", ""):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
            _keep(request, response)
        return response

    return answer


def offer_language(request: HttpRequest, tag: str) -> None:
    """Render the rest of the request in this language, unless the reader has chosen one.

    An empty tag changes nothing. The middleware restores the language after the request.
    """
    if tag and read_choice(request) is None:
        translation.activate(find_language(tag))


def read_choice(request: HttpRequest) -> Language | None:
    """Return the language that the reader has chosen, by `?lang=` or earlier; None if there is none."""
    return read_parameter(request) or match_language(request.COOKIES.get(COOKIE, ""))


def read_parameter(request: HttpRequest) -> Language | None:
    """Return the language that `?lang=` names; None if it names none that the product supports."""
    return match_language(request.GET.get(PARAMETER, ""))


def read_browser_language(request: HttpRequest) -> Language:
    """Return the first language of the browser that the product supports, else English."""
    tags = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((language for tag, _ in tags if (language := match_language(tag))), "en")


def list_other_languages(request: HttpRequest) -> list[tuple[str, Language, str]]:
    """Return link, tag and name of each language that the page is not shown in."""
    shown, path = current_language(), _find_page(request)
    return [(f"{path}?{PARAMETER}={tag}", tag, LANGUAGE_NAMES[tag]) for tag in LANGUAGES if tag != shown]


def _find_page(request: HttpRequest) -> str:
    """Return the path of the page without its query; empty for the address of the request."""
    match = request.resolver_match
    if match is None or match.url_name not in FORM_ONLY:
        return ""
    return reverse(FORM_ONLY[match.url_name], args=[match.kwargs["token"]])


def _keep(request: HttpRequest, response: HttpResponseBase) -> None:
    chosen = read_parameter(request)
    if chosen and request.COOKIES.get(COOKIE) != chosen:
        response.set_cookie(
            COOKIE, chosen, max_age=_KEPT_FOR_S, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
