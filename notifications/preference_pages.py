"""Pages behind a recipient's link: preferences, the end of a transport's messages, the reason of a message.

A GET changes nothing. No session is read and the token in the path is the permission, so no form token is
needed.
"""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from notifications.address_hashes import hash_recipient
from notifications.consent_models import PreferenceLink
from notifications.decisions import RULES
from notifications.domain import TransportDeclaration, Trigger
from notifications.explanations import explain, find_delivery, list_messages
from notifications.ports import ports
from notifications.preference_links import find_link, open_link
from notifications.preferences import (
    Chosen,
    Preferences,
    is_everything_stopped,
    mask_address,
    read_page_language,
    read_preferences,
    save_preferences,
    start_everything,
    start_transport,
    stop_everything,
    stop_transport,
)
from notifications.quiet_hours import NIGHT, QuietHours
from notifications.texts.catalog import render_text
from notifications.transport_names import name_messages, name_transport
from notifications.wording import headline
from tracking.domain.errors import TransientError
from tracking.domain.shipment import JourneyStep
from tracking.models import Shipment
from tracking.pages.languages import LANGUAGE_NAMES, offer_language
from tracking.pages.links import open_link as open_page
from tracking.pages.links import render_missing, set_no_store
from tracking.pages.unlocking import is_unlocked
from tracking.ports import ports as tracking_ports
from tracking.services.partners.recipients import read_contact
from tracking.tokens import make_token
from tracking.translation import LANGUAGES, Language, current_language


class QuietHoursError(ValueError):
    """Raised for quiet hours of which one end is missing or is no time."""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def show_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show the choices of a recipient; a POST keeps them and shows them again."""
    link = _follow(request, token)
    if link is None:
        return render_missing(request, "missing.link")
    if request.method != "POST":
        return _render_preferences(request, token, link)
    if request.POST.get("action") == "stop_everything":
        stop_everything(link, timezone.now())
        return _go_back(token, "stopped")
    if request.POST.get("action") == "start_everything":
        start_everything(link, timezone.now())
        return _go_back(token, "started")
    try:
        chosen = _read_form(request)
    except QuietHoursError:
        return _render_preferences(request, token, link, status=422)
    save_preferences(ports(), link, chosen, timezone.now())
    return _go_back(token, "saved")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str, transport: str) -> HttpResponse:
    """Ask whether to stop the messages of a transport; a POST stops them (RFC 8058) or starts them again."""
    link, declared = _follow(request, token), _find_declaration(transport)
    if link is None or (declared is None and transport not in settings.TRANSPORTS):
        return render_missing(request, "missing.link")
    can_start = declared is not None and not is_everything_stopped(link)
    is_start = request.POST.get("action") == "start"
    if is_start and declared and can_start:
        start_transport(declared, link, timezone.now())
    elif is_start:
        return _go_back(token, "")
    elif request.method == "POST":
        stop_transport(transport, declared, link, timezone.now())
    context = {
        "token": token,
        "is_stopped": request.method == "POST" and not is_start,
        "is_started": is_start,
        "can_start": can_start,
        "messages": name_messages(transport, declared, current_language()),
        "address": mask_address(declared, link) if declared else "",
    }
    return set_no_store(render(request, "notifications/stop.html", context))


@require_safe
def show_why(request: HttpRequest, token: str, delivery_id: int) -> HttpResponse:
    """Explain in plain words why a message was sent, or why not."""
    link = _follow(request, token)
    delivery = find_delivery(link, delivery_id) if link else None
    if link is None or delivery is None:
        return render_missing(request, "missing.link")
    context = {"token": token, "why": explain(ports(), link, delivery, current_language())}
    return set_no_store(render(request, "notifications/why.html", context))


@require_safe
def open_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Lead from a customer's page to the recipient's preferences; back to the page if it is locked."""
    found = open_page(request, token)
    if isinstance(found, HttpResponse):
        return found
    booking = found.booking
    if not is_unlocked(request.COOKIES, token, booking):
        return set_no_store(redirect(f"{reverse('customer', args=[token])}#private"))
    link = open_link(booking.shipment_id, hash_recipient(booking.shipment_id, read_contact(booking)))
    return set_no_store(redirect("preferences", link))


def _follow(request: HttpRequest, token: str) -> PreferenceLink | None:
    """Find the link of a token, and render the answer in the language of the person behind it."""
    link = find_link(token)
    if link is not None:
        offer_language(request, read_page_language(link))
    return link


def _go_back(token: str, done: str) -> HttpResponse:
    return set_no_store(redirect(f"{reverse('preferences', args=[token])}?done={done}"))


def _find_page(link: PreferenceLink) -> str:
    """Return the path of the parcel's page, which has a lock of its own; empty without a booking."""
    booking = Shipment.objects.filter(shipment_id=link.shipment_id).first()
    if booking is None:
        return ""
    return reverse("customer", args=[make_token(booking.shipment_id, booking.token_n)])


def _render_preferences(
    request: HttpRequest, token: str, link: PreferenceLink, status: int = 200
) -> HttpResponse:
    language, held = current_language(), read_preferences(ports(), link)
    messages = list_messages(ports(), link, language, _read_journey(link), timezone.now())
    context = _build_context(held, language) | {
        "messages": messages,
        "is_any_sent": any(message.was_sent for message in messages),
        "is_stopped": held.is_stopped,
        "token": token,
        "done": request.GET.get("done", ""),
        "is_wrong": status == 422,
        "parcel": _find_page(link),
    }
    return set_no_store(render(request, "notifications/preferences.html", context, status=status))


def _read_journey(link: PreferenceLink) -> tuple[JourneyStep, ...]:
    """Return the journey of the link's shipment; without the store the decisions alone are listed."""
    try:
        state = tracking_ports().store.read_state(link.shipment_id)
    except TransientError:
        return ()
    return state.journey if state else ()


def _build_context(held: Preferences, language: Language) -> dict[str, Any]:
    quiet = held.quiet_hours
    languages = [("", render_text("preferences.language.sender", language)), *LANGUAGE_NAMES.items()]
    return {
        "transports": [
            {
                "name": reachable.declaration.name,
                "label": name_transport(reachable.declaration.name, reachable.declaration, language),
                "address": reachable.address,
                "is_allowed": reachable.is_allowed,
                "triggers": [
                    {"code": trigger.value, "label": headline(trigger, language), "is_chosen": chosen}
                    for trigger, chosen in reachable.triggers.items()
                ],
            }
            for reachable in held.transports
        ],
        "languages": [
            {"tag": tag, "name": name, "is_chosen": tag == held.language} for tag, name in languages
        ],
        "quiet_rule": _say_quiet_rule([one.declaration for one in held.transports], language),
        "quiet_from": f"{quiet.start:%H:%M}" if quiet else f"{NIGHT.start:%H:%M}",
        "quiet_until": f"{quiet.end:%H:%M}" if quiet else f"{NIGHT.end:%H:%M}",
    }


def _say_quiet_rule(declared: list[TransportDeclaration], language: Language) -> list[str]:
    """Return the sentences that say what quiet hours hold back: by the transports and the rules in force."""
    loud, silent = ([one for one in declared if one.is_loud == is_loud] for is_loud in (True, False))
    urgent = [
        trigger for trigger in Trigger if trigger in RULES.urgent and any(one.offers(trigger) for one in loud)
    ]
    named = {
        "held": [name_messages(one.name, one, language) for one in loud],
        "urgent": [headline(trigger, language) for trigger in urgent],
        "silent": [name_messages(one.name, one, language) for one in silent],
    }
    said = [
        render_text(f"preferences.quiet.{code}", language, names=", ".join(names))
        for code, names in named.items()
        if names
    ]
    return [*said, render_text("preferences.quiet.none", language)]


def _read_form(request: HttpRequest) -> Chosen:
    """Return what the form says; values that it does not offer are left out. Raises `QuietHoursError`."""
    declared = [transport.declaration for transport in ports().transports.values()]
    language = request.POST.get("language", "")
    return Chosen(
        transports={one.name for one in declared} & set(request.POST.getlist("transport")),
        triggers={one.name: set(request.POST.getlist(one.name)) for one in declared},
        language=language if language in LANGUAGES else "",
        quiet_hours=_read_quiet_hours(request),
    )


def _read_quiet_hours(request: HttpRequest) -> QuietHours | None:
    typed = [request.POST.get(name, "").strip() for name in ("quiet_from", "quiet_until")]
    if typed == ["", ""]:
        return None
    chosen = QuietHours(*map(_read_clock, typed))
    return None if chosen == NIGHT else chosen


def _read_clock(typed: str) -> time:
    try:
        return datetime.strptime(typed, "%H:%M").time()  # noqa: DTZ007 - a time of the clock has no zone
    except ValueError as error:
        raise QuietHoursError(typed) from error


def _find_declaration(name: str) -> TransportDeclaration | None:
    transport = ports().transports.get(name)
    return transport.declaration if transport else None
