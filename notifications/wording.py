"""What recipients read, in English: the fact, its time with the weekday, the link, in this order."""

import math
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from notifications.domain import SMS, Telling, Trigger
from tracking.domain.events import Change, Eta
from tracking.translation import Language, translate, translate_status

LANGUAGE: Language = "en"
IST = ZoneInfo("Asia/Kolkata")
# The longest address of the site with which every SMS stays one segment.
MAX_PUBLIC_URL = 40
# An estimate told to the minute would promise more than it knows.
WINDOW_STEP = timedelta(minutes=15)

# The GSM 03.38 alphabet; characters of its extension table are sent as two septets.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")

# The fact with the time it happened.
PAST: dict[Trigger, str] = {
    Trigger.CREATED: "Your parcel was booked on {at}.",
    Trigger.PICKED_UP: "Your parcel was picked up on {at}.",
    Trigger.OUT_FOR_DELIVERY: "Your parcel went out for delivery on {at}.",
    Trigger.DELAYED: "Your parcel is delayed, as of {at}.",
    Trigger.ATTEMPT_FAILED: "We could not deliver your parcel on {at}.",
    Trigger.AVAILABLE_FOR_PICKUP: "Your parcel is ready for pickup since {at}.",
    Trigger.DELIVERED: "Your parcel was delivered on {at}.",
    Trigger.ON_HOLD: "Your parcel is on hold since {at} and needs your help.",
    Trigger.EXCEPTION: "Your parcel is held up since {at} and needs your help.",
    Trigger.RETURNING: "Your parcel is going back to the sender since {at}.",
    Trigger.RETURNED: "Your parcel was returned to the sender on {at}.",
}
# Where the time to come matters more, and is known.
AHEAD: dict[Trigger, str] = {
    Trigger.PICKED_UP: "Your parcel was picked up. Expected {window}.",
    Trigger.OUT_FOR_DELIVERY: "Your parcel is out for delivery. Expected {window}.",
    Trigger.DELAYED: "Your parcel is delayed. Now expected {window}.",
}
# English by code: what the catalogs of this package translate.
TEXTS: dict[str, str] = {
    **{f"message.{trigger}": text for trigger, text in PAST.items()},
    **{f"message.{trigger}.expected": text for trigger, text in AHEAD.items()},
    "message.email": (
        "{fact}\n\nFollow it here: {link}\n\nShipment {shipment_id}. Times are Indian time (IST).\n"
    ),
}


class Words(NamedTuple):
    """A worded message; `subject` is empty for an SMS."""

    subject: str
    body: str


class SmsLength(NamedTuple):
    """How an SMS is sent: its alphabet, its length in septets (GSM-7) or UTF-16 units, its segments."""

    alphabet: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def word(telling: Telling, link: str) -> Words:
    """The message for the telling's transport, with `link` to the shipment's page."""
    fact = _word_fact(telling.trigger, telling.change)
    if telling.transport == SMS:
        return Words("", f"{fact} {link}")
    shipment_id = telling.change.shipment_id
    body = _translate("message.email").format(fact=fact, link=link, shipment_id=shipment_id)
    return Words(f"{headline(telling.trigger)}: {shipment_id}", body)


def headline(trigger: str) -> str:
    """A trigger in two or three words, as the shipment's page says it."""
    return translate_status(trigger, language=LANGUAGE)


def measure_sms(body: str) -> SmsLength:
    """How many segments an SMS takes; the alphabet is that of its rarest character."""
    characters = set(body)
    if characters <= GSM_BASIC | GSM_EXTENSION:
        septets = len(body) + sum(character in GSM_EXTENSION for character in body)
        return SmsLength("GSM-7", septets, _count_segments(septets, single=160, part=153))
    units = len(body.encode("utf-16-be")) // 2
    return SmsLength("UCS-2", units, _count_segments(units, single=70, part=67))


def _count_segments(units: int, single: int, part: int) -> int:
    return 1 if units <= single else math.ceil(units / part)


def _word_fact(trigger: Trigger, change: Change) -> str:
    eta = change.after.eta
    if trigger in AHEAD and eta is not None and eta.to > change.occurred_at:
        return _translate(f"message.{trigger}.expected").format(window=_format_window(eta))
    return _translate(f"message.{trigger}").format(at=_format_moment(change.occurred_at))


def _translate(code: str) -> str:
    return translate(code, TEXTS[code], LANGUAGE)


def _format_window(eta: Eta) -> str:
    from_, to = _round_down(eta.from_), _round_down(eta.to + WINDOW_STEP - timedelta.resolution)
    if from_.astimezone(IST).date() == to.astimezone(IST).date():
        return f"{_format_moment(from_)} to {_format_clock(to)}"
    return f"{_format_moment(from_)} to {_format_moment(to)}"


def _round_down(moment: datetime) -> datetime:
    local = moment.astimezone(IST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // WINDOW_STEP * WINDOW_STEP


def _format_moment(moment: datetime) -> str:
    local = moment.astimezone(IST)
    return f"{local:%a} {local.day} {local:%b}, {_format_clock(local)}"


def _format_clock(moment: datetime) -> str:
    local = moment.astimezone(IST)
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {'am' if local.hour < 12 else 'pm'}"
