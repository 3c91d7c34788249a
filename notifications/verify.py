"""`/verify/`: a recipient types in the code of a message and sees what we sent, when, and to whom.

The page shows no shipment and no address in clear, so that a guessed code reveals next to nothing.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from notifications.message_codes import find_message, read_code
from notifications.message_times import format_moment
from notifications.models import MessageCode
from notifications.texts.catalog import render_text
from notifications.transport_names import name_transport
from notifications.wording import headline
from tracking.api.methods import read_only
from tracking.pages.guessing import HOUR_S, Limit, count_right, count_try, find_network
from tracking.pages.languages import LANGUAGE_NAMES, offer_language, read_parameter
from tracking.pages.links import set_no_store
from tracking.pages.texts import list_sentences
from tracking.translation import Language, current_language, find_language

WRONG_TRIES_AN_HOUR = 20


@read_only
def show_form(request: HttpRequest) -> HttpResponse:
    """Show the form; a code in its field leads to the page of that code."""
    if typed := request.GET.get("number", "").strip():
        # What is no code at all leads to a page that says so.
        found = redirect("verify_message", typed=read_code(typed) or "unknown")
        if chosen := read_parameter(request):
            found["Location"] += f"?lang={chosen}"
        return set_no_store(found)
    return _render(request, "form", status=200)


@read_only
def show_message(request: HttpRequest, typed: str) -> HttpResponse:
    """Show the message of a code (200), or a warning of forged messages (404). Wrong tries are limited."""
    limits = (limit_tries(request.META.get("REMOTE_ADDR", "")),)
    if count_try(limits):
        limited = _render(request, "limited", status=429)
        limited["Retry-After"] = str(HOUR_S)
        return limited
    code = read_code(typed)
    message = find_message(code) if code else None
    if message is None:
        return _render(request, "unknown", status=404)
    count_right(limits)
    offer_language(request, message.language)
    return _render(request, "known", status=200, facts=list_facts(message, current_language()))


def limit_tries(address: str) -> Limit:
    """Return the limit of wrong codes from one network."""
    key = f"verify:network:{find_network(address)}"
    return Limit("network", key, most=WRONG_TRIES_AN_HOUR, window_s=HOUR_S)


def list_facts(message: MessageCode, language: Language) -> list[tuple[str, str]]:
    """Return what is shown of a message, as pairs of name and value."""
    delivery = message.delivery
    values = {
        "what": headline(delivery.trigger, language),
        "when": format_moment(delivery.finished_at or delivery.claimed_at, language, "full"),
        "transport": name_transport(delivery.transport, None, language),
        "to": message.masked_address or render_text("verify.erased", language),
        "language": LANGUAGE_NAMES[find_language(message.language)],
    }
    return [(render_text(f"verify.{name}", language), value) for name, value in values.items()]


def _render(
    request: HttpRequest, state: str, *, status: int, facts: list[tuple[str, str]] | None = None
) -> HttpResponse:
    prefix, language = "verify" if state == "form" else f"verify.{state}", current_language()
    site = settings.PUBLIC_URL
    context: dict[str, Any] = {
        "chosen": read_parameter(request),
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
            for name in ("number", "hint", "button", "again", "safe", "forged")
        },
    }
    context["title"] = render_text("verify.title", language, h1=context["h1"])
    return set_no_store(render(request, "notifications/verify.html", context, status=status))
