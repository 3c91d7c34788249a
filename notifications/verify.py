"""`/verify/`: a recipient types in the code of a message and sees what we sent, when, and to whom.

The page shows no shipment and no address in clear, so that a guessed code reveals next to nothing.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from notifications.message_codes import find_message, read_code
from notifications.message_times import format_moment
from notifications.models import MessageCode
from notifications.texts.catalog import TEXTS, render_text
from notifications.wording import headline
from tracking.api.methods import read_only
from tracking.pages.eta_quality import LANGUAGE_NAMES
from tracking.pages.guessing import HOUR_S, Limit, count_right, count_try, find_network
from tracking.pages.links import set_no_store
from tracking.pages.texts import list_sentences
from tracking.translation import LANGUAGES, Language, find_language

WRONG_TRIES_AN_HOUR = 20


@read_only
def show_form(request: HttpRequest) -> HttpResponse:
    """Show the form; a code in its field leads to the page of that code."""
    language = read_language(request)
    if typed := request.GET.get("number", "").strip():
        # What is no code at all leads to a page that says so.
        found = redirect("verify_message", typed=read_code(typed) or "unknown")
        found["Location"] += f"?lang={language}"
        return _finish(found)
    return _render(request, language, "form", status=200)


@read_only
def show_message(request: HttpRequest, typed: str) -> HttpResponse:
    """Show the message of a code (200), or a warning of forged messages (404). Wrong tries are limited."""
    language = read_language(request)
    limits = (limit_tries(request.META.get("REMOTE_ADDR", "")),)
    if count_try(limits):
        limited = _render(request, language, "limited", status=429)
        limited["Retry-After"] = str(HOUR_S)
        return limited
    code = read_code(typed)
    message = find_message(code) if code else None
    if message is None:
        return _render(request, language, "unknown", status=404)
    count_right(limits)
    return _render(request, language, "known", status=200, facts=list_facts(message, language))


def limit_tries(address: str) -> Limit:
    """Return the limit of wrong codes from one network."""
    key = f"verify:network:{find_network(address)}"
    return Limit("network", key, most=WRONG_TRIES_AN_HOUR, window_s=HOUR_S)


def read_language(request: HttpRequest) -> Language:
    """Return the language of `?lang=`, else the one that the browser asks for, else English."""
    asked = request.GET.get("lang") or translation.get_language_from_request(request)
    return find_language(asked)


def list_facts(message: MessageCode, language: Language) -> list[tuple[str, str]]:
    """Return what is shown of a message, as pairs of name and value."""
    delivery = message.delivery
    named = f"verify.transport.{delivery.transport}"
    values = {
        "what": headline(delivery.trigger, language),
        "when": format_moment(delivery.finished_at or delivery.claimed_at, language, "full"),
        "transport": render_text(named, language) if named in TEXTS else delivery.transport,
        "to": message.masked_address or render_text("verify.erased", language),
        "language": LANGUAGE_NAMES[find_language(message.language)],
    }
    return [(render_text(f"verify.{name}", language), value) for name, value in values.items()]


def _render(
    request: HttpRequest,
    language: Language,
    state: str,
    *,
    status: int,
    facts: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    prefix = "verify" if state == "form" else f"verify.{state}"
    site = settings.PUBLIC_URL
    context: dict[str, Any] = {
        "lang": "en-IN" if language == "en" else language,
        "languages": [(tag, LANGUAGE_NAMES[tag]) for tag in LANGUAGES if tag != language],
        "language": language,
        "state": state,
        "tone": {"known": "good", "unknown": "bad"}.get(state, "idle"),
        "icon": {"known": "tick", "unknown": "triangle"}.get(state, "dash"),
        "h1": render_text(f"{prefix}.h1", language),
        "lead": render_text(f"{prefix}.lead", language),
        "pill": render_text(f"{prefix}.pill", language) if state != "form" else "",
        "facts": facts or [],
        "safe": list_sentences(render_text("verify.safe.text", language, site=site)),
        "forged": list_sentences(render_text("verify.forged.text", language)),
        "words": {
            name: render_text(f"verify.{name}", language)
            for name in ("number", "hint", "button", "again", "safe", "forged", "languages")
        },
    }
    context["title"] = render_text("verify.title", language, h1=context["h1"])
    with translation.override(language):
        return _finish(render(request, "notifications/verify.html", context, status=status))


def _finish(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept-Language"])
    return set_no_store(response)
