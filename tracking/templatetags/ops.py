"""Template tags and filters of the console: theme, navigation links, codes and times as text."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone

from tracking.code_texts import CodeGroup, say_code, say_reason, say_reported, say_webhook
from tracking.domain.changes import split_change
from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_window import say_at
from tracking.domain.status import END_STATUSES
from tracking.eta.shown_arrival import find_shown
from tracking.pages.notices import UndoOffer, find_offer
from tracking.pages.status_texts import STATUS
from tracking.pages.theme import Theme, read_theme
from tracking.services.reading.public_alarms import PUBLIC_ALARMS
from tracking.services.requests.roles import Verb, may
from tracking.services.requests.staff_accounts import name_accounts
from tracking.status_style import SEVERITY_TONES, STATUS_STYLES, Tone
from tracking.translation import current_language, translate_status

register = template.Library()

CLOCK = "%H:%M:%S"
# A time further ahead of the clock is the fault of a device's clock; `times.js` has the same limit.
AHEAD_FROM = timedelta(seconds=30)


class BarLink(NamedTuple):
    """Link of the navigation bar; `current` is true if the page shown is at or below it."""

    label: str
    href: str
    current: bool


@register.simple_tag(takes_context=True)
def theme(context: Context) -> Theme:
    """Return the reader's chosen theme: `light`, `dark`, or `auto` for the system's."""
    return read_theme(context.get("request"))


@register.simple_tag(takes_context=True)
def bar_links(context: Context) -> list[BarLink]:
    """List the links of the bar (setting `OPS_LINKS`) whose views exist and admit the reader's role."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    found = [(label, _reverse(name)) for label, name in settings.OPS_LINKS if _is_open(request, name)]
    root = reverse("ops:fleet")
    return [
        BarLink(label, href, path == href or (href != root and path.startswith(href)))
        for label, href in found
        if href
    ]


@register.simple_tag(takes_context=True)
def shipment_links(context: Context, shipment_id: str) -> list[BarLink]:
    """List links to other pages about the shipment (`OPS_SHIPMENT_LINKS`: label, view, query parameter)."""
    request: HttpRequest | None = context.get("request")
    found = [
        (label, _reverse(name), parameter)
        for label, name, parameter in settings.OPS_SHIPMENT_LINKS
        if _is_open(request, name)
    ]
    return [
        BarLink(label, f"{href}?{name}={shipment_id}", current=False) for label, href, name in found if href
    ]


@register.simple_tag
def change_links(event: TrackingEvent) -> list[BarLink]:
    """List links to the changes that an event caused (setting `OPS_CHANGE_VIEW`), by their types."""
    return [
        BarLink(say_code("change", change.type), f"{href}?shipment={change.shipment_id}", current=False)
        for change in (split_change(event.change) if event.change else ())
        if (href := _reverse(settings.OPS_CHANGE_VIEW, change.change_id))
    ]


@register.filter
def status_text(status: str | None) -> str:
    """Return the name of a status code or of the flag `delayed`."""
    return translate_status(status, language=current_language()) if status in STATUS_STYLES else "Unknown"


@register.filter
def in_words(code: str | None) -> str:
    """Spell a code out: `no_connection` becomes "no connection". Codes with a text have their own filter."""
    return (code or "").replace("_", " ").replace(".", ": ")


@register.filter
def code_text(code: str | None, group: CodeGroup) -> str:
    """Return the text of a code of this group (`incident`, `resolution`, `change` ...); empty for none."""
    return say_code(group, code) if code else ""


@register.filter
def severity_tone(severity: str) -> Tone:
    """Return the tone of a severity of incidents; `idle` for none."""
    return SEVERITY_TONES.get(severity, "idle")


@register.filter
def substatus_text(substatus: str | None, status: str | None) -> str:
    """Return the name of a substatus of this status; empty for none."""
    return say_reported(status or "", substatus) if substatus else ""


@register.filter
def webhook_text(type_name: str) -> str:
    """Return what a webhook of this type is about."""
    return say_webhook(type_name)


@register.filter
def reason_text(why: str | None) -> str:
    """Return the stored reason of a change or an incident without codes."""
    return say_reason(why or "")


@register.filter
def account_name(actor: str | None) -> str:
    """Return the user name of an account of staff (`staff_7`); other actors stay as they are."""
    return name_accounts([actor])[actor] if actor else ""


@register.filter
def clock(moment: datetime | None) -> str:
    """Format the time of day in India, with seconds."""
    return timezone.localtime(moment).strftime(CLOCK) if moment else "–"


@register.filter
def clock_fault(moment: datetime | None) -> str:
    """Say that a reported time is ahead of the clock: `clock 3 min fast`; empty within half a minute."""
    ahead = moment - timezone.now() if moment else timedelta()
    return f"clock {gap(ahead)} fast" if ahead > AHEAD_FROM else ""


@register.filter
def heard(moment: datetime) -> str:
    """Say how long ago something was reported: `12 s ago`, or the fault of the clock that reported it."""
    return clock_fault(moment) or f"{gap(max(timedelta(seconds=1), timezone.now() - moment))} ago"


@register.filter
def day_and_clock(moment: datetime | None) -> str:
    """Format weekday, day, month and time in India: `Tue 24 Nov, 18:40`; a dash if there is none."""
    return f"{timezone.localtime(moment):%a %-d %b, %H:%M}" if moment else "–"


@register.filter
def has_ended(status: str) -> bool:
    """Return whether a status ends the journey: what was expected before is then the past."""
    return status in END_STATUSES


@register.filter
def shown_window(state: ShipmentState) -> str:
    """Format the window that the recipient is shown: `Tue 24 Nov, 16:15 to 17:00`, or with two days.

    Once it has begun, only its end is said: `by Tue 24 Nov, 17:00`. After the end of the journey it is the
    last one that was shown. Empty without a window.
    """
    if state.eta is None:
        return ""
    shown, now = find_shown(state.eta), timezone.now()
    if state.status not in END_STATUSES:
        shown = say_at(shown, now)
        if shown.from_ <= now:
            return f"by {day_and_clock(shown.to)}"
    start, end = timezone.localtime(shown.from_), timezone.localtime(shown.to)
    day = "" if start.date() == end.date() else f"{end:%a %-d %b, }"
    return f"{start:%a %-d %b, %H:%M} to {day}{end:%H:%M}"


@register.filter
def is_before_its_day(state: ShipmentState) -> bool:
    """Return whether the delivery was moved to a day that is still to come."""
    return state.is_before_its_day(timezone.now())


@register.filter
def predicted_window(state: ShipmentState) -> str:
    """Format the prediction: `predicted Tue 24 Nov, 16:15, between 15:50 and Tue 24 Nov, 17:00`.

    While the journey goes on, times that are past are left out, and a prediction that has passed is named so.
    Empty without a prediction.
    """
    if (eta := state.eta) is None:
        return ""
    middle, end = day_and_clock(eta.at), day_and_clock(eta.to)
    now = timezone.now()
    if state.status in END_STATUSES or now < eta.from_:
        return f"predicted {middle}, between {timezone.localtime(eta.from_):%H:%M} and {end}"
    if now < eta.at:
        return f"predicted {middle}, by {end} at the latest"
    return f"predicted by {end}" + ("" if now < eta.to else ", which has passed")


@register.filter
def rupees(amount: Decimal | None) -> str:
    """Format an amount with Indian grouping: `₹12,34,567.00`; empty for none."""
    if amount is None:
        return ""
    whole, _, paise = f"{amount:.2f}".partition(".")
    thousands = re.sub(r"\d(?=(?:\d\d)+$)", r"\g<0>,", whole[:-3])
    return f"₹{thousands}{',' if thousands else ''}{whole[-3:]}.{paise}"


@register.filter
def gap(span: object) -> str:
    """Format a duration: `640 ms`, `12 s`, `14 min`, `3 h 20 min`, `2 d 4 h`; empty for no duration."""
    if not isinstance(span, timedelta):
        return ""
    seconds = abs(span.total_seconds())
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return _long_gap(int(seconds // 60))


@register.filter
def minutes(count: int) -> str:
    """Format a number of minutes: `45 min`, `2 h 30 min`, `1 d 2 h`."""
    return _long_gap(count)


@register.filter
def milliseconds(span_ms: float | None) -> str:
    """Format a duration in ms: `0.3 ms`, `24 ms`, `1.2 s`; a dash if there is none."""
    if span_ms is None:
        return "–"
    if span_ms < 10:
        return f"{span_ms:.1f} ms"
    return f"{span_ms:.0f} ms" if span_ms < 1000 else f"{span_ms / 1000:.1f} s"


@register.filter
def way_time(took: timedelta) -> str:
    """Format the time from a report to its arrival; a report after its arrival shows a fast clock."""
    return f"clock {gap(took)} fast" if -took > AHEAD_FROM else gap(took)


def _long_gap(count: int) -> str:
    if count < 60:
        return f"{count} min"
    hours, rest = divmod(count, 60)
    if hours < 24:
        return f"{hours} h {rest} min"
    return f"{hours // 24} d {hours % 24} h"


def _is_open(request: HttpRequest | None, name: str) -> bool:
    """Return whether the view of this name admits the role of the request's staff."""
    href, staff = _reverse(name), getattr(request, "staff", None)
    verb = getattr(resolve(href).func, "verb", Verb.SEE) if href else Verb.SEE
    return staff is None or may(staff.role, verb)


@register.simple_tag(takes_context=True)
def may_do(context: Context, verb: str) -> bool:
    """Return whether the role of the reader allows the action."""
    staff = getattr(context.get("request"), "staff", None)
    return staff is not None and may(staff.role, Verb(verb))


@register.filter
def say_publicly(alarm: str) -> str:
    """Return the sentence of the public status page about an alarm; empty if it has none."""
    verdict = PUBLIC_ALARMS.get(alarm)
    return STATUS[f"platform.now.{verdict}"] if verdict else ""


@register.filter
def undo_offer(tags: str) -> UndoOffer | None:
    """Return what a notice with these tags offers to undo; None if it is too late."""
    return find_offer(tags, timezone.now())


def _reverse(name: str, *args: str) -> str | None:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


@register.simple_tag
def now() -> datetime:
    """Return the current time, aware UTC."""
    return timezone.now()
