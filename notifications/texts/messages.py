"""English texts of messages by code: facts in two lengths, times, windows and headlines.

A short text is for a transport that counts characters. In English it is the same as the full one; in the
other languages it is shorter, and so are its days and times.
"""

# Texts of a fact with the time it happened, by trigger.
PAST: dict[str, str] = {
    "created": "Your parcel was booked on {at}.",
    "picked_up": "Your parcel was picked up on {at}.",
    "out_for_delivery": "Your parcel went out for delivery on {at}.",
    "arriving": "Your parcel was close by on {at}.",
    "attempt_failed": "We could not deliver your parcel on {at}.",
    "available_for_pickup": "Your parcel has been ready for pickup since {at}.",
    "pickup_reminder": "Your parcel is still waiting for pickup. It has been ready since {at}.",
    "delivered": "Your parcel was delivered on {at}.",
    "on_hold": "Your parcel has been on hold since {at} and needs your help.",
    "exception": "Your parcel has been held up since {at} and needs your help.",
    "returning": "Your parcel has been on its way back to the sender since {at}.",
    "returned": "Your parcel was returned to the sender on {at}.",
}
# Texts of a fact with the expected window, used instead if there is one. A delay always has one.
AHEAD: dict[str, str] = {
    "picked_up": "Your parcel was picked up. Expected {window}.",
    "out_for_delivery": "Your parcel is out for delivery. Expected {window}.",
    "arriving": "Your parcel is close by. Expected {window}.",
    "delayed": "Your parcel is delayed. Now expected {window}.",
}
# Headlines of the triggers that are not the name of a status or of the flag `delayed`.
HEADLINES: dict[str, str] = {
    "arriving": "Almost there",
    "pickup_reminder": "Waiting for pickup",
}
# Triggers that are sent by a transport that counts characters.
SHORT = (
    "out_for_delivery",
    "arriving",
    "delayed",
    "attempt_failed",
    "available_for_pickup",
    "pickup_reminder",
    "delivered",
    "on_hold",
    "exception",
)
# Days and windows: clock times of one day, a window that has begun, or the last of several days.
DAYS: dict[str, str] = {
    "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "day": "{weekday} {date} {month}",
    "at": "{day}, {time}",
    "window.span": "{day}, {start} to {end}",
    "window.begun": "{day}, by {end}",
    "window.by": "by {day}",
}
# Clock times of the parts of a day: some languages name the part where English has "am" and "pm".
CLOCK: dict[str, str] = {
    "clock.night": "{time} am",
    "clock.morning": "{time} am",
    "clock.afternoon": "{time} pm",
    "clock.evening": "{time} pm",
    "clock.late": "{time} pm",
}
# The end of a window in the same part of the day as its begin, which some languages name only once.
CLOCK_AGAIN: dict[str, str] = {f"{code}.again": text for code, text in CLOCK.items()}

_FACTS = PAST | {f"{trigger}.expected": text for trigger, text in AHEAD.items()}
_SHORT_FACTS = {code: text for code, text in _FACTS.items() if code.partition(".")[0] in SHORT}
MESSAGES: dict[str, str] = {
    **{f"message.{code}": text for code, text in (_FACTS | DAYS | CLOCK | CLOCK_AGAIN).items()},
    **{f"message.short.{code}": text for code, text in (_SHORT_FACTS | DAYS | CLOCK).items()},
    **{f"message.headline.{trigger}": text for trigger, text in HEADLINES.items()},
}
