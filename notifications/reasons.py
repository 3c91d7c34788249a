"""Reasons why nothing was sent, or not yet: stored codes with a text for staff and one for the recipient."""

from typing import NamedTuple

from tracking.code_texts import spell_code


class ReasonText(NamedTuple):
    """Texts of a reason: a few words for staff, and a sentence for the recipient."""

    staff: str
    recipient: str


REASONS: dict[str, ReasonText] = {
    "test_mode": ReasonText("Test booking", "The shipment is a test, so nothing was sent."),
    "duplicate": ReasonText("Same change again", "The same news came again, so nothing more was sent."),
    "not_first": ReasonText("Told before", "You had this news already, so it was not sent again."),
    "transport_disabled": ReasonText(
        "Only if the recipient chooses it", "This news is sent this way only if you choose it."
    ),
    "late_event": ReasonText("Too late to be of use", "The news reached us too late to be of use to you."),
    "superseded": ReasonText(
        "No longer true", "The news was no longer true when it could be sent, so it was not sent."
    ),
    "quiet_hours": ReasonText(
        "Waits for the end of quiet hours", "It waits for the morning, so that it does not disturb you."
    ),
    "reminder": ReasonText("Reminder, due after a day", "A reminder in case the parcel is not picked up."),
    "opted_out": ReasonText("Recipient opted out", "You have stopped these messages."),
    "no_consent": ReasonText("No consent", "You have not agreed to messages sent this way."),
    "invalid_address": ReasonText("No usable address", "We have no usable address of you for this way."),
    "not_mobile": ReasonText("Not a mobile number", "The phone number is not that of a mobile phone."),
    "no_template_language": ReasonText(
        "No text in the language", "We have no text for this news in your language."
    ),
    "no_dlt_template": ReasonText(
        "No registered text (DLT) in the language", "The text is not registered with the phone companies yet."
    ),
    "budget": ReasonText(
        "Daily budget of the shipment is used up", "You had enough messages about this parcel on that day."
    ),
    "over_budget": ReasonText(
        "Daily budget of the partner is used up", "The sender had no more messages left on that day."
    ),
    "spend_cap": ReasonText(
        "Monthly budget is nearly used up", "Only the most important messages were sent at that time."
    ),
    "rate_limited": ReasonText(
        "Too many messages to the address", "Too many messages went to this address within an hour."
    ),
    "refused": ReasonText("Refused by the provider", "The message was refused on its way to you."),
    "unreadable": ReasonText(
        "Could not be processed, given up", "A fault on our side has kept the message from you."
    ),
    "unreachable": ReasonText(
        "Provider out of reach, tried again", "The message is on its way; the first try did not succeed."
    ),
}


def say_to_staff(code: str) -> str:
    """Return the text of a reason for staff; an unknown code is spelled out."""
    return REASONS[code].staff if code in REASONS else spell_code(code)


def say_to_recipient(code: str) -> str:
    """Return the sentence of a reason for its recipient; an empty text for an unknown code."""
    return REASONS[code].recipient if code in REASONS else ""
